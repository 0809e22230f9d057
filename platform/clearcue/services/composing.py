"""Composing until the check is content: attempts of one seed, and seeds until one is free.

A seed that the caller gives is reproduced whatever is stored: only the training set can reject an
attempt. Without one, seeds are drawn until the track is clear of every track made before, too.
"""

import json
import secrets
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clearcue.composer.brief import Brief
from clearcue.composer.compose import Composition, compose
from clearcue.composer.model import Model
from clearcue.errors import ClearcueError
from clearcue.music.score import Note, Score
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork
from clearcue.originality.check import check
from clearcue.originality.index import Index, build_index
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE, Report
from clearcue.originality.voices import as_work, roles_of
from clearcue.services.platform import Progress
from clearcue.services.recording import Attempt
from clearcue.services.stored import TrackFingerprint

MOST_ATTEMPTS = 8
MOST_SEEDS = 8
SEED_BITS = 48
_FINGERPRINT_FORMAT = 1


class NearDuplicateError(ClearcueError):
    """Every attempt came too near to a work or to another track; nothing was made."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted piece, the seed it came from, and every attempt on the way."""

    seed: int
    composition: Composition
    report: Report
    attempts: tuple[Attempt, ...]


def compose_clear(
    model: Model,
    index: Index,
    brief: Brief,
    seed: int | None,
    organisation_id: str,
    others: Iterator[TrackFingerprint],
    progress: Progress,
) -> Accepted:
    """Compose the brief from the given seed, or from drawn ones until the piece is free.

    Raises:
        NearDuplicateError: when no attempt is clear of the training set, or a given seed's music
            belongs to another organisation.
    """
    tracks = list(others)
    if seed is not None:
        accepted = _of_seed(model, index, brief, seed, progress)
        foreign = [track for track in tracks if track.organisation_id != organisation_id]
        near = nearest_track(index, foreign, accepted.composition.score)
        if near is not None and near.verdict == NEAR_DUPLICATE:
            raise NearDuplicateError(
                f"the music of seed {seed} belongs to another track of this platform; "
                "leave the seed out and one is drawn"
            )
        return accepted
    for _ in range(MOST_SEEDS):
        accepted = _of_seed(model, index, brief, secrets.randbits(SEED_BITS), progress)
        near = nearest_track(index, tracks, accepted.composition.score)
        if near is None or near.verdict == CLEAR:
            return accepted
    raise NearDuplicateError(
        f"{MOST_SEEDS} drawn seeds all came near to tracks made before; "
        "change the style, the mood or the length"
    )


def _of_seed(model: Model, index: Index, brief: Brief, seed: int, progress: Progress) -> Accepted:
    attempts: list[Attempt] = []
    for number in range(MOST_ATTEMPTS):
        progress("composing", number, MOST_ATTEMPTS)
        piece = compose(model, brief, seed, number)
        report = check(index, piece.score)
        nearest = report.nearest.work if report.nearest else None
        attempts.append(Attempt(number, report.verdict, report.similarity, nearest))
        if report.verdict == CLEAR:
            return Accepted(seed, piece, report, tuple(attempts))
    raise NearDuplicateError(
        f"{MOST_ATTEMPTS} attempts of seed {seed} all came near to a work of the training set; "
        "give another seed, or none"
    )


def compose_again(
    model: Model, index: Index, brief: Brief, seed: int, attempts: tuple[Attempt, ...]
) -> Accepted:
    """The piece that was accepted earlier, whose last attempt is the accepted one."""
    piece = compose(model, brief, seed, attempts[-1].number)
    return Accepted(seed, piece, check(index, piece.score), attempts)


def nearest_track(
    index: Index, tracks: Sequence[TrackFingerprint], piece: Score | ParsedWork
) -> Report | None:
    """What comparing a piece with tracks gives; None when there are no tracks."""
    if not tracks:
        return None
    works, roles = [], {}
    for track in tracks:
        work, of_parts = read_fingerprint(track.track_id, track.fingerprint)
        works.append(work)
        roles[track.track_id] = of_parts
    return check(build_index(works, roles=roles, known=index.rarity), piece)


def fingerprint(score: Score) -> bytes:
    """What a later check needs of a track: the notes of its melodic parts, compressed."""
    work = as_work(score, "")
    plain = {
        "format": _FINGERPRINT_FORMAT,
        "title": work.title,
        "meter": [score.meter.numerator, score.meter.denominator],
        "bars": [bar.onset_ticks for bar in work.bars],
        "roles": roles_of(score),
        "lines": {
            line.name: [[note.onset_ticks, note.duration_ticks, note.pitch] for note in line.notes]
            for line in work.lines
        },
    }
    return zlib.compress(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode(), 9)


def read_fingerprint(track_id: str, data: bytes) -> tuple[ParsedWork, dict[str, str]]:
    """The melodic parts and their roles from `fingerprint`'s bytes."""
    plain = json.loads(zlib.decompress(data))
    meter = Meter(*plain["meter"])
    bars = tuple(Bar(number, onset, meter) for number, onset in enumerate(plain["bars"], start=1))
    lines = tuple(
        Line(name, tuple(Note(onset, length, pitch) for onset, length, pitch in notes))
        for name, notes in plain["lines"].items()
    )
    return ParsedWork(track_id, plain["title"], lines, bars, ()), plain["roles"]
