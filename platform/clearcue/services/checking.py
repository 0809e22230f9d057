"""Check a score file against the training corpus, and against the tracks made here."""

from pathlib import Path
from typing import Any

from clearcue.music.work import ParsedWork
from clearcue.originality.check import check
from clearcue.originality.report import CLEAR, VERDICTS, Match
from clearcue.services.composing import nearest_track
from clearcue.services.platform import Platform, Progress
from clearcue.services.stored import Organisation
from clearcue.services.training import cleared


def check_file(platform: Platform, path: Path, progress: Progress) -> dict[str, Any]:
    """The originality report of a score file, as `check --json` prints it.

    Raises:
        BadInputError: when the file cannot be read as MIDI, MusicXML, ABC or kern.
    """
    return _of_corpus(platform, platform.scores.read(path), progress)


def _of_corpus(platform: Platform, piece: ParsedWork, progress: Progress) -> dict[str, Any]:
    corpus = cleared(platform, progress)
    report: dict[str, Any] = check(platform.library.index(corpus, progress), piece).to_json()
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


ANOTHERS = "another track of this platform"
"""All that is said of a track that belongs to another organisation."""


def check_upload(
    platform: Platform, organisation: Organisation, path: Path, progress: Progress
) -> dict[str, Any]:
    """The report of an uploaded score, against the corpus and against the tracks made here.

    `platform` holds the latter: the organisation's own tracks with their passages, and of all
    others nothing but that there is one. The verdict is the worst of all.

    Raises:
        BadInputError: when the file cannot be read as MIDI, MusicXML, ABC or kern.
    """
    piece = platform.scores.read(path)
    report = _of_corpus(platform, piece, progress)
    with platform.units.read() as unit:
        tracks = list(unit.tracks.fingerprints())
    index = platform.library.index(cleared(platform, progress), progress)
    own = [track for track in tracks if track.organisation_id == organisation.id]
    others = [track for track in tracks if track.organisation_id != organisation.id]
    of_own = nearest_track(index, own, piece)
    of_others = nearest_track(index, others, piece)
    verdicts = [found.verdict if found else CLEAR for found in (of_own, of_others)]
    worst = max(verdicts, key=VERDICTS.index)
    report["platform"] = {
        "verdict": worst,
        "tracks": [_own_match(match) for match in of_own.matches] if of_own else [],
        "other": ANOTHERS if verdicts[1] != CLEAR else None,
    }
    report["verdict"] = max(report["verdict"], worst, key=VERDICTS.index)
    return report


def _own_match(match: Match) -> dict[str, Any]:
    return {
        "track_id": match.work,
        "title": match.title,
        "verdict": match.verdict,
        "similarity": match.similarity,
        "query_bars": list(match.query_bars),
        "track_bars": list(match.work_bars),
        "transposition": match.transposition,
    }
