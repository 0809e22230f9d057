"""Check a score file against the training corpus, and against the tracks made here."""

from pathlib import Path
from typing import Any

from clearcue.music.work import ParsedWork
from clearcue.originality.check import check
from clearcue.originality.rarity import Rarity
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE, VERDICTS, Match
from clearcue.services.hearing import ANOTHERS, heard_report
from clearcue.services.near_tracks import TracksMade
from clearcue.services.passages_shown import passages_of_match
from clearcue.services.platform import Platform, Progress
from clearcue.services.stored import Organisation
from clearcue.services.supplying import Supply, refuse_known
from clearcue.services.training import cleared


def _of_corpus(platform: Platform, piece: ParsedWork, progress: Progress) -> dict[str, Any]:
    """The report against the corpus; each match with rights, percentile and passages."""
    corpus = cleared(platform, progress)
    index = platform.library.index(corpus, progress)
    background = platform.library.background(index, progress)
    report = check(index, piece)
    plain: dict[str, Any] = report.to_json()
    plain["background"] = {"name": background.name, "lines": len(background.bits)}
    pairs = [*zip(plain["matches"], report.matches, strict=True)]
    if report.nearest is not None:
        pairs.append((plain["nearest"], report.nearest))
    for match, found in pairs:
        decision = corpus.work(found.work).rights.decision
        match["rights"] = {
            "verdict": str(decision.verdict),
            "permissions": list(decision.permitted),
        }
        match["percentile"] = background.percentile(found.information_bits)
        match["passages"] = passages_of_match(found, piece, corpus, platform.scores)
    return plain


def check_upload(
    platform: Platform, organisation: Organisation, path: Path, progress: Progress
) -> dict[str, Any]:
    """The report of a score, against the corpus and the tracks made here, or of a recording.

    `platform` holds the latter: `own`, where the piece is one of the organisation's own tracks, and
    its family, left out of the verdict; the organisation's other tracks with their passages; and of
    all others nothing but that there is one. The verdict is the worst of all.

    Raises:
        BadInputError: when the file is neither MIDI, MusicXML, ABC or kern nor WAV, MP3, FLAC or
            OGG, or cannot be read as that.
    """
    if platform.ears.is_recording(path):
        return _of_recording(platform, organisation, path, progress)
    piece = platform.scores.read(path)
    report = _of_corpus(platform, piece, progress)
    with platform.units.read() as unit:
        tracks = platform.tracks.up_to_date(unit.tracks)
    known = platform.library.index(cleared(platform, progress), progress).rarity
    report["platform"] = _of_platform(tracks, organisation, piece, known)
    worst = report["platform"]["verdict"]
    report["verdict"] = max(report["verdict"], worst, key=VERDICTS.index)
    return report


def _of_recording(
    platform: Platform, organisation: Organisation, path: Path, progress: Progress
) -> dict[str, Any]:
    recording = platform.ears.read(path)
    with platform.units.read() as unit:
        made = platform.ears.up_to_date(unit, progress)
    return heard_report(made, recording, organisation)


def _of_platform(
    tracks: TracksMade, organisation: Organisation, piece: ParsedWork, known: Rarity
) -> dict[str, Any]:
    foreign = tracks.not_of(organisation.id)
    of_own = tracks.near(piece, known, without=foreign)
    of_others = tracks.near(piece, known, without=tracks.of(organisation.id))
    near = of_own.matches if of_own else ()
    itself = {match.work for match in near if match.verdict == NEAR_DUPLICATE}
    itself |= tracks.same(piece) - foreign
    families = {tracks.owners[track_id].family for track_id in itself}
    left = [match for match in near if tracks.owners[match.work].family not in families]
    elsewhere = CLEAR if of_others is None else of_others.verdict
    if tracks.same(piece) & foreign:
        elsewhere = NEAR_DUPLICATE
    return {
        "verdict": max([elsewhere, *(match.verdict for match in left)], key=VERDICTS.index),
        "own": [
            {"track_id": track_id, "family": tracks.owners[track_id].family}
            for track_id in sorted(itself)
        ],
        "tracks": [_own_match(match) for match in left],
        "other": ANOTHERS if elsewhere != CLEAR else None,
    }


def refuse_near_gifts(
    platform: Platform, organisation: Organisation, supply: Supply, progress: Progress
) -> None:
    """Refuse what is supplied where it is near to other music, before an order is queued.

    Raises:
        NearDuplicateError: naming what it is near to, as far as that may be named.
    """
    with platform.units.read() as unit:
        tracks = platform.tracks.up_to_date(unit.tracks)
    index = platform.library.index(cleared(platform, progress), progress)
    refuse_known(supply, index, organisation, tracks)


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
