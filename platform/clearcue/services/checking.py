"""Check a score file against the training corpus."""

from pathlib import Path
from typing import Any

from clearcue.originality.check import check
from clearcue.services.platform import Platform, Progress


def check_file(platform: Platform, path: Path, progress: Progress) -> dict[str, Any]:
    """The originality report of a score file, as `check --json` prints it.

    Raises:
        BadInputError: when the file cannot be read as MIDI, MusicXML, ABC or kern.
    """
    piece = platform.scores.read(path)
    corpus = platform.library.corpus(progress)
    report = check(platform.library.index(corpus, progress), piece).to_json()
    for match in [*_listed(report["matches"]), *_listed([report["nearest"]])]:
        decision = corpus.work(str(match["work"])).rights.decision
        match["rights"] = {
            "verdict": str(decision.verdict),
            "permissions": list(decision.permitted),
        }
    return report


def _listed(matches: object) -> list[dict[str, Any]]:
    assert isinstance(matches, list)
    return [match for match in matches if match is not None]
