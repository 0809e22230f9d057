"""The check: a piece against an index, part by part.

MinHash bands and votes of turns find the places that may resemble the piece (`diagonals`),
alignment of the notes decides how far they do, on one time scale (`stiff`) and with changes of pace
(`align`), and what the matched notes tell is weighed by how rare it is (`rarity`, `verdict`). Every
melodic part is checked; drums and effects are not compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clearcue.music.score import Score
from clearcue.music.work import ParsedWork
from clearcue.originality import align, memory, shingles, stiff, verdict
from clearcue.originality.index import Index, build_index
from clearcue.originality.passages import SAME_PASSAGE, Found, passages_of, shared
from clearcue.originality.rarity import Rarity
from clearcue.originality.report import CLEAR, DECIMALS, Compared, Left, Match, Report, rank
from clearcue.originality.voices import Voice, as_work, part_of, roles_of, voices_of

LARGEST_LIST = 24


def check(
    index: Index,
    piece: ParsedWork | Score,
    *,
    exclude: frozenset[str] = frozenset(),
    left_out: Sequence[Left] = (),
) -> Report:
    """Compare a piece with an index.

    Args:
        index: what to compare against.
        piece: an upload, a work, or one of our own scores.
        exclude: ids of works of the index that are left out of the comparison, such as the piece
            itself.
        left_out: what the reader of the piece left out, for the report's `not_covered`.
    """
    matches, left = _searched(index, piece, exclude)
    return _report(index, matches, [*left_out, *left])


def ranked(
    index: Index, piece: ParsedWork | Score, *, exclude: frozenset[str] = frozenset()
) -> list[Match]:
    """Every passage that the search found, however little it tells, the nearest first.

    A report lists only what is similar; this is for putting works in order.
    """
    return _without_echoes(_searched(index, piece, exclude)[0])


def _searched(
    index: Index, piece: ParsedWork | Score, exclude: frozenset[str]
) -> tuple[list["_Placed"], list[Left]]:
    """What resembles a piece, the nearest first, and what of it was not compared."""
    work, roles = _as_query(piece)
    voices = voices_of(work, roles)
    found: list[tuple[Found, Voice]] = []
    left = _not_melodic(piece)
    for voice in voices:
        if len(voice.pitches) < shingles.WINDOW_NOTES:
            if not voice.lowest:
                left.append(_short(voice))
            continue
        passages, idiom = passages_of(index, voice, exclude)
        found.extend((passage, voice) for passage in passages)
        if idiom and not voice.lowest:
            left.append(
                Left(voice.part, "idiom, compared by its rarest turns only", idiom, "windows")
            )
    matches = [_placed(index, work, voice, passage) for passage, voice in found]
    return sorted(matches, key=lambda one: rank(one.match)), left


def index_of_scores(scores: Iterable[tuple[str, Score]], known: Rarity | None = None) -> Index:
    """A small index of our own tracks, given as (track id, score).

    Args:
        known: what counts as common, best the training index's `rarity`.
    """
    tracks = sorted(scores, key=lambda track: track[0])
    roles = {track_id: roles_of(score) for track_id, score in tracks}
    works = [as_work(score, track_id) for track_id, score in tracks]
    return build_index(works, roles=roles, known=known)


def compare(piece: Score, other: Score, known: Rarity | None = None) -> Report:
    """Compare one of our tracks with another; see `check`."""
    return check(index_of_scores([(other.title, other)], known), piece)


def _as_query(piece: ParsedWork | Score) -> tuple[ParsedWork, dict[str, str]]:
    if isinstance(piece, Score):
        return as_work(piece, piece.title), roles_of(piece)
    return piece, {}


def _not_melodic(piece: ParsedWork | Score) -> list[Left]:
    if not isinstance(piece, Score):
        return []
    melodic = roles_of(piece)
    return [
        Left(part.name, f"{part.role}, not melodic", len(part.notes), "notes")
        for part in piece.parts
        if part.name not in melodic
    ]


def _short(voice: Voice) -> Left:
    what = f"fewer than {shingles.WINDOW_NOTES} notes"
    return Left(voice.part, what, len(voice.pitches), "notes")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A match, and its first and last bar in both pieces, counted from 0."""

    match: Match
    query: tuple[int, int]
    work: tuple[int, int]


def _placed(index: Index, work: ParsedWork, voice: Voice, found: Found) -> _Placed:
    entry = index.voices[found.voice]
    first, last = (int(index.onsets[entry.first_note + note]) for note in found.work)
    start, end = (int(voice.onsets[note]) for note in found.query)
    return _Placed(
        _in_words(index, work, voice, found),
        (work.bar_place(start), work.bar_place(end)),
        (index.bar_place(entry.work, first), index.bar_place(entry.work, last)),
    )


def _in_words(index: Index, work: ParsedWork, voice: Voice, found: Found) -> Match:
    entry = index.voices[found.voice]
    source = index.works[entry.work]
    start = entry.first_note
    work_ticks = [int(index.onsets[start + note]) for note in found.work]
    query_ticks = [int(voice.onsets[note]) for note in found.query]
    measured = found.measured
    return Match(
        verdict=verdict.verdict(found.similarity),
        work=source.work_id,
        title=source.title,
        similarity=found.similarity,
        query_part=voice.part,
        query_bars=(work.bar_at(query_ticks[0]), work.bar_at(query_ticks[1])),
        work_part=entry.part,
        work_bars=(
            index.bar_at(entry.work, work_ticks[0]),
            index.bar_at(entry.work, work_ticks[1]),
        ),
        transposition=found.transposition,
        tempo_ratio=round(found.tempo_ratio, DECIMALS),
        matched_notes=measured.matched,
        verbatim_run=measured.verbatim,
        information_bits=round(measured.bits, DECIMALS),
        coverage=round(measured.coverage, DECIMALS),
        query_ticks=(query_ticks[0], query_ticks[1]),
        work_ticks=(work_ticks[0], work_ticks[1]),
    )


def _without_echoes(ranked: list[_Placed]) -> list[Match]:
    """Without passages told of before by another voice of the same two parts."""
    kept: dict[tuple[str, str, str], list[_Placed]] = {}
    listed: list[Match] = []
    for one in ranked:
        others = kept.setdefault(_parts(one.match), [])
        if not any(
            shared(one.query, other.query) > SAME_PASSAGE
            and shared(one.work, other.work) > SAME_PASSAGE
            for other in others
        ):
            others.append(one)
            listed.append(one.match)
    return listed


def _parts(match: Match) -> tuple[str, str, str]:
    return match.work, part_of(match.work_part), part_of(match.query_part)


def _report(index: Index, matches: list[_Placed], left: list[Left]) -> Report:
    listed = _without_echoes(matches)
    nearest = listed[0] if listed else None
    header = index.header
    return Report(
        verdict=CLEAR if nearest is None else nearest.verdict,
        similarity=0.0 if nearest is None else nearest.similarity,
        method=method_of(index),
        corpus=Compared(
            header.corpus_digest, header.works, header.lines, header.notes, header.windows
        ),
        matches=tuple(match for match in listed if match.verdict != CLEAR)[:LARGEST_LIST],
        nearest=nearest,
        not_covered=tuple(left),
    )


def method_of(index: Index) -> dict[str, int | float | str]:
    """Everything that the outcome of a check depends on, by name."""
    header = index.header
    return {
        "measure": "MinHash bands and turns find, stiff and loose alignment decide, rarity weighs",
        "shingles": " ".join(tag.decode().rstrip(":") for tag in shingles.TAGS),
        "shingle_version": header.shingle_version,
        "window_notes": header.window_notes,
        "index_hop": header.index_hop,
        "query_hop": shingles.QUERY_HOP,
        "scheme": header.scheme,
        "hash": header.hash,
        "seed": header.seed,
        "permutations": header.permutations,
        "bands": header.bands,
        "rows": header.rows,
        "min_distinct": header.min_distinct,
        "turns_version": header.turns_version,
        "align_version": align.ALIGN_VERSION,
        "stiff_version": stiff.STIFF_VERSION,
        "rarity_version": header.rarity_version,
        "memory_version": memory.MEMORY_VERSION,
        "largest_list": LARGEST_LIST,
        **verdict.thresholds(),
    }
