"""An index that grows and shrinks work by work: segments, merged as they come.

A segment is an ordinary `Index`, never changed. Works that come in make a new segment; a segment
that has become no smaller than `GROWTH` times those behind it is merged with them, so that n works
lie in about log n segments and each is merged about log n times. Merging copies and sorts what was
fingerprinted before: nothing is fingerprinted twice. A work that goes is taken out of its segment.

What counts as common is not the segments' own: a handful of tracks cannot say. It is given with
every check (`known`), and the segments hold none.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearcue.music.score import Score
from clearcue.music.work import ParsedWork
from clearcue.originality import turns
from clearcue.originality.check import LARGEST_LIST, check
from clearcue.originality.index import Index, SortedBands, VoiceEntry, WorkEntry, build_index
from clearcue.originality.minhash import BANDS
from clearcue.originality.rarity import NOTHING_KNOWN, Rarity
from clearcue.originality.report import CLEAR, Compared, Report, rank

GROWTH = 4
_ZERO = np.zeros(1, dtype=np.int64)

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Segments:
    """Works in segments, largest first; a work stands in one of them only."""

    parts: tuple[Index, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all works."""
        return frozenset(work.work_id for part in self.parts for work in part.works)

    def music(self) -> dict[str, str]:
        """The digest of every work's music, by its id (see `index.music_digest`)."""
        return {work.work_id: work.music for part in self.parts for work in part.works}

    def inserted(
        self, works: Iterable[ParsedWork], roles: Mapping[str, Mapping[str, str]]
    ) -> "Segments":
        """With these works, whose ids are new; `roles` as for `build_index`.

        Raises:
            ValueError: when one of the ids is there already.
        """
        held = self.ids
        new = list(works)
        twice = sorted(work.work_id for work in new if work.work_id in held)
        if twice:
            raise ValueError(f"the index holds {twice[0]} already")
        if not new:
            return self
        named = {work_id: dict(parts) for work_id, parts in roles.items()}
        return Segments(_settled([*self.parts, build_index(new, roles=named, known=NOTHING_KNOWN)]))

    def deleted(self, gone: Collection[str]) -> "Segments":
        """Without these works; ids that are not there are passed over."""
        parts = [
            merged([part], gone) if any(work.work_id in gone for work in part.works) else part
            for part in self.parts
        ]
        return Segments(_settled([part for part in parts if part.works]))

    def check(
        self, piece: ParsedWork | Score, known: Rarity, exclude: frozenset[str] = frozenset()
    ) -> Report | None:
        """Compare a piece with all works but those excluded; None when there are none.

        The report's matches and nearest passage are the best of all segments.
        """
        reports = [
            check(replace(part, rarity=known), piece, exclude=exclude) for part in self.parts
        ]
        return _joined(reports, self) if reports else None


def _settled(parts: Sequence[Index]) -> tuple[Index, ...]:
    """Largest first, and each at least `GROWTH` times as large as the next."""
    left = sorted(parts, key=_size)
    while len(left) > 1 and _size(left[1]) < GROWTH * _size(left[0]):
        left = sorted([merged(left[:2]), *left[2:]], key=_size)
    kept: list[Index] = []
    for part in left:
        if kept and _size(part) < GROWTH * _size(kept[-1]):
            kept[-1] = merged([kept[-1], part])
        else:
            kept.append(part)
    return tuple(reversed(kept))


def _size(part: Index) -> int:
    return len(part.works)


def _joined(reports: Sequence[Report], segments: Segments) -> Report:
    matches = sorted((match for report in reports for match in report.matches), key=rank)
    nearest = min((one.nearest for one in reports if one.nearest), key=rank, default=None)
    counted = [report.corpus for report in reports]
    return replace(
        reports[0],
        verdict=CLEAR if nearest is None else nearest.verdict,
        similarity=0.0 if nearest is None else nearest.similarity,
        corpus=Compared(
            _digest(segments.music()),
            *(sum(getattr(one, of) for one in counted) for of in _COUNTS),
        ),
        matches=tuple(matches[:LARGEST_LIST]),
        nearest=nearest,
    )


_COUNTS = ("works", "lines", "notes", "windows")


def _digest(music: Mapping[str, str]) -> str:
    listed = "".join(f"{work_id} {digest}\n" for work_id, digest in sorted(music.items()))
    return f"sha256:{hashlib.sha256(listed.encode()).hexdigest()}"


def merged(parts: Sequence[Index], gone: Collection[str] = ()) -> Index:
    """One index of the works of some, in the order of the parts, without those that are gone."""
    pieces = [_kept(part, gone) for part in parts]
    works: list[WorkEntry] = []
    voices: list[VoiceEntry] = []
    moved: list[_Kept] = []
    notes = windows = bars = 0
    for piece in pieces:
        voices += [
            replace(one, work=one.work + len(works), first_note=one.first_note + notes)
            for one in piece.voices
        ]
        works += [replace(one, first_bar=one.first_bar + bars) for one in piece.works]
        moved.append(_moved(piece, notes, windows, len(voices) - len(piece.voices)))
        notes += len(piece.arrays["pitches"])
        windows += len(piece.arrays["window_notes"])
        bars += len(piece.arrays["bar_onsets"])
    arrays = {
        name: np.concatenate([piece.arrays[name] for piece in moved]) for name in moved[0].arrays
    }
    order = np.argsort(arrays["turn_keys"], kind="stable")
    arrays["turn_keys"] = arrays["turn_keys"][order]
    arrays["turn_rows"] = arrays["turn_rows"][order]
    entries = np.concatenate([piece.bands for piece in moved], axis=1)
    entries.sort(axis=1)
    music = {work.work_id: work.music for work in works}
    header = replace(
        parts[0].header,
        corpus_digest=_digest(music),
        works=len(works),
        lines=len(voices),
        notes=notes,
        windows=windows,
    )
    return Index(
        header=header,
        works=tuple(works),
        voices=tuple(voices),
        bands=SortedBands(entries),
        rarity=NOTHING_KNOWN,
        **arrays,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is left of an index, numbered anew from 0; `arrays` by the names of `Index`."""

    works: list[WorkEntry]
    voices: list[VoiceEntry]
    arrays: dict[str, NDArray[Any]]
    bands: NDArray[np.uint64]


def _kept(part: Index, gone: Collection[str]) -> _Kept:
    stays = np.array([work.work_id not in gone for work in part.works], dtype=bool)
    work_at = np.cumsum(stays) - 1
    voice_stays = np.array([stays[voice.work] for voice in part.voices], dtype=bool)
    lengths = np.array([voice.notes for voice in part.voices], dtype=np.int64)
    bars = np.array([work.bars for work in part.works], dtype=np.int64)
    note_stays = np.repeat(voice_stays, lengths)
    bar_stays = np.repeat(stays, bars)
    window_stays = voice_stays[part.window_voices]
    note_at, window_at = np.cumsum(note_stays) - 1, np.cumsum(window_stays) - 1
    bar_at = np.concatenate(([0], np.cumsum(bar_stays)))
    turn_voices, turn_pitches, places = turns.unpacked(part.turn_rows)
    turn_stays = voice_stays[turn_voices]
    arrays: dict[str, NDArray[Any]] = {
        name: getattr(part, name)[note_stays] for name in ("onsets", "pitches", "tokens")
    }
    voice_at = np.cumsum(voice_stays) - 1
    arrays["window_notes"] = note_at[part.window_notes[window_stays]].astype(np.int64)
    arrays["window_voices"] = (np.cumsum(voice_stays) - 1)[part.window_voices[window_stays]].astype(
        np.int32
    )
    arrays["turn_keys"] = part.turn_keys[turn_stays]
    places = places[turn_stays]
    arrays["turn_rows"] = turns.packed(
        voice_at[turn_voices[turn_stays]],
        turn_pitches[turn_stays],
        2 * note_at[places >> 1] + (places & 1),
    )
    arrays["bar_onsets"] = part.bar_onsets[bar_stays]
    arrays["bar_numbers"] = part.bar_numbers[bar_stays]
    works = [
        replace(work, first_bar=int(bar_at[work.first_bar]))
        for work, stay in zip(part.works, stays, strict=True)
        if stay
    ]
    voices = [
        replace(one, work=int(work_at[one.work]), first_note=int(note_at[one.first_note]))
        for one, stay in zip(part.voices, voice_stays, strict=True)
        if stay
    ]
    return _Kept(works, voices, arrays, _bands_kept(part, window_stays, window_at))


def _bands_kept(part: Index, stays: NDArray[np.bool_], place: Longs) -> NDArray[np.uint64]:
    """Band entries of the windows that stay, with their new numbers; the order is not kept."""
    entries = part.bands.entries
    window = (entries & np.uint64(0xFFFFFFFF)).astype(np.int64)
    keys = entries & np.uint64(0xFFFFFFFF00000000)
    wanted = stays[window]
    left: NDArray[np.uint64] = (keys | place[window].astype(np.uint64))[wanted]
    return left.reshape(BANDS, -1)


def _moved(piece: _Kept, notes: int, windows: int, voices: int) -> _Kept:
    arrays = dict(piece.arrays)
    arrays["window_notes"] = arrays["window_notes"] + notes
    arrays["window_voices"] = (arrays["window_voices"] + voices).astype(np.int32)
    arrays["turn_rows"] = arrays["turn_rows"] + turns.packed(voices, _ZERO, 2 * notes + _ZERO)
    return _Kept(piece.works, piece.voices, arrays, piece.bands + np.uint64(windows))
