"""The fingerprint index: which windows of which works resemble a window, and the notes to prove it.

An index holds, for every voice of every work, its notes and bars, so that a check needs nothing
else; for every window of 16 notes the keys of its 42 bands; and what is common among its works
(`rarity`). Its header says by what scheme, seed, hash and versions it was made, and of what;
`index_file` writes and opens it, and refuses one made otherwise.

Bands: entries are uint64, key in the upper and window in the lower 32 bits, sorted band by band,
so looking a key up is a binary search in memory that may be mapped from a file. Windows with
fewer than `MIN_DISTINCT` distinct shingles are idiom (repeated notes, one figure over and over)
and stand in no band. Beside the bands every turn of four notes stands in a table of its own
(`turns`), for copies so edited that they share no window.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from clearcue.music.work import ParsedWork
from clearcue.originality import minhash, rarity, shingles, turns
from clearcue.originality.rarity import Rarity
from clearcue.originality.voices import Voice, voices_of

INDEX_VERSION = 2
MIN_DISTINCT = 8
LARGEST_BUCKET = 256
NO_TOKEN = -1

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Keys = NDArray[np.uint64]
Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Header:
    """How an index was made (all up to `rarity_version`), and of what (the rest)."""

    index_version: int
    scheme: str
    hash: str
    seed: int
    permutations: int
    bands: int
    rows: int
    band_key: str
    shingle_version: int
    window_notes: int
    index_hop: int
    min_distinct: int
    turns_version: int
    rarity_version: int
    corpus_digest: str
    works: int
    lines: int
    notes: int
    windows: int


def method() -> dict[str, int | str]:
    """The part of a header that says how this program makes an index."""
    return {
        "index_version": INDEX_VERSION,
        "scheme": minhash.SCHEME,
        "hash": minhash.HASH,
        "seed": minhash.SEED,
        "permutations": minhash.PERMUTATIONS,
        "bands": minhash.BANDS,
        "rows": minhash.ROWS,
        "band_key": minhash.BAND_KEY,
        "shingle_version": shingles.SHINGLE_VERSION,
        "window_notes": shingles.WINDOW_NOTES,
        "index_hop": shingles.INDEX_HOP,
        "min_distinct": MIN_DISTINCT,
        "turns_version": turns.TURNS_VERSION,
        "rarity_version": rarity.RARITY_VERSION,
    }


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """A work of an index; its bars are `first_bar` to `first_bar + bars` of the index's bars.

    `music` is its `music_digest`.
    """

    work_id: str
    title: str
    music: str
    first_bar: int
    bars: int


@dataclass(frozen=True, slots=True)
class VoiceEntry:
    """A voice of an index: its work's number, its part, and which of the index's notes are its."""

    work: int
    part: str
    role: str
    lowest: bool
    first_note: int
    notes: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Windows that may resemble one another: query window and index window, int64, shape (n,)."""

    query: Longs
    index: Longs


class Bands(Protocol):
    """The port to the band rows: sorted arrays here, a database when they outgrow a machine."""

    def lookup(self, keys: NDArray[np.uint32]) -> Pairs:
        """The windows that share a band with those whose keys are given, shape (BANDS, windows).

        A bucket of over `LARGEST_BUCKET` windows is idiom and is not read.
        """
        ...


@dataclass(frozen=True, slots=True)
class SortedBands:
    """Band rows as sorted arrays: `entries` uint64, shape (BANDS, windows)."""

    entries: Keys

    def lookup(self, keys: NDArray[np.uint32]) -> Pairs:
        """See `Bands`."""
        pairs = np.unique(_lookup(self.entries, np.ascontiguousarray(keys.T)))
        return Pairs(pairs >> 32, pairs & 0xFFFFFFFF)


@njit(cache=True)
def _lookup(entries: Keys, keys: NDArray[np.uint32]) -> Longs:
    """Query window in the upper and index window in the lower 32 bits, some more than once."""
    windows, bands = keys.shape
    lows = np.empty((windows, bands), dtype=np.int64)
    sizes = np.zeros((windows, bands), dtype=np.int64)
    for window in range(windows):
        for band in range(bands):
            upper = np.uint64(keys[window, band]) << np.uint64(32)
            low = np.searchsorted(entries[band], upper)
            size = 0
            while (
                size <= LARGEST_BUCKET
                and low + size < entries.shape[1]
                and entries[band, low + size] >> np.uint64(32) == keys[window, band]
            ):
                size += 1
            lows[window, band] = low
            sizes[window, band] = size if size <= LARGEST_BUCKET else 0
    found = np.empty(sizes.sum(), dtype=np.int64)
    count = 0
    for window in range(windows):
        for band in range(bands):
            for at in range(lows[window, band], lows[window, band] + sizes[window, band]):
                other = np.int64(entries[band, at] & np.uint64(0xFFFFFFFF))
                found[count] = (window << 32) | other
                count += 1
    return found


@dataclass(frozen=True, slots=True)
class Index:
    """A fingerprint index, in memory or mapped from a file.

    Arrays over all notes, voice after voice: `onsets`, `pitches`, `tokens` (int32; a voice's last
    token is `NO_TOKEN`). Over windows: `window_notes` (int64, first note), `window_voices` (int32).
    Over turns: `turn_keys` (int32, rising), `turn_rows` (int64; see `turns.packed`). Over bars:
    `bar_onsets`, `bar_numbers`. Over voices, from `voices`: `voice_notes` (the first note of each,
    and the number of all notes) and `voice_works`, int64.
    """

    header: Header
    works: tuple[WorkEntry, ...]
    voices: tuple[VoiceEntry, ...]
    onsets: Ints
    pitches: Ints
    tokens: Ints
    window_notes: Longs
    window_voices: Ints
    bands: SortedBands
    turn_keys: Ints
    turn_rows: Longs
    bar_onsets: Ints
    bar_numbers: Ints
    rarity: Rarity
    voice_notes: Longs = field(init=False)
    voice_works: Longs = field(init=False)

    def __post_init__(self) -> None:
        firsts = [*(voice.first_note for voice in self.voices), len(self.pitches)]
        works = [voice.work for voice in self.voices]
        object.__setattr__(self, "voice_notes", np.array(firsts, dtype=np.int64))
        object.__setattr__(self, "voice_works", np.array(works, dtype=np.int64))

    def bar_at(self, work: int, ticks: int) -> int:
        """The printed number of a work's bar at a tick; 1 for a work without bars."""
        entry = self.works[work]
        if not entry.bars:
            return 1
        return int(self.bar_numbers[entry.first_bar + self.bar_place(work, ticks)])

    def bar_place(self, work: int, ticks: int) -> int:
        """Which of a work's bars sounds at a tick, counted from 0."""
        entry = self.works[work]
        bars = self.bar_onsets[entry.first_bar : entry.first_bar + entry.bars]
        return max(int(np.searchsorted(bars, ticks, side="right")) - 1, 0)


def build_index(
    works: Iterable[ParsedWork],
    *,
    corpus_digest: str | None = None,
    roles: dict[str, dict[str, str]] | None = None,
    known: Rarity | None = None,
    progress: Progress | None = None,
) -> Index:
    """Build an index of some works.

    Args:
        works: read once; put in order of their ids, so that the order they come in does not matter.
        corpus_digest: names the set of works; `works_digest` of them when none is given.
        roles: for our own tracks, by work id, the role of each part by name.
        known: what counts as common; learnt from these works when none is given. A small index of
            our own tracks is given the training index's.
        progress: called with (works read, title) after each.
    """
    entries: list[WorkEntry] = []
    voices: list[VoiceEntry] = []
    drawn: list[Voice] = []
    bars: list[tuple[int, int]] = []
    digest = hashlib.sha256()
    notes = 0
    for number, work in enumerate(_in_order(works, progress)):
        digest.update(_work_digest(work))
        music = music_digest(work)
        entries.append(WorkEntry(work.work_id, work.title, music, len(bars), len(work.bars)))
        bars.extend((bar.onset_ticks, bar.number) for bar in work.bars)
        for voice in voices_of(work, (roles or {}).get(work.work_id)):
            if len(voice.pitches) < shingles.WINDOW_NOTES:
                continue
            count = len(voice.pitches)
            voices.append(VoiceEntry(number, voice.part, voice.role, voice.lowest, notes, count))
            drawn.append(voice)
            notes += count
    name = corpus_digest or f"sha256:{digest.hexdigest()}"
    return _assemble(name, tuple(entries), tuple(voices), drawn, bars, known)


def works_digest(works: Iterable[ParsedWork]) -> str:
    """The digest of a set of works: their ids and notes, whatever order they come in."""
    digest = hashlib.sha256()
    for work in _in_order(works, None):
        digest.update(_work_digest(work))
    return f"sha256:{digest.hexdigest()}"


def music_digest(work: ParsedWork) -> str:
    """The digest of a work's notes in any key, whatever the work and its parts are called."""
    notes = sorted(
        (note.onset_ticks, note.pitch, note.duration_ticks)
        for line in work.lines
        for note in line.notes
    )
    table = np.array(notes, dtype="<i8").reshape(-1, 3)
    if len(table):
        table[:, 1] -= table[:, 1].min()
    return hashlib.sha256(table.tobytes()).hexdigest()


def _in_order(works: Iterable[ParsedWork], progress: Progress | None) -> list[ParsedWork]:
    read: list[ParsedWork] = []
    for count, work in enumerate(works, start=1):
        read.append(work)
        if progress is not None:
            progress(count, work.title)
    return sorted(read, key=lambda work: work.work_id)


def _work_digest(work: ParsedWork) -> bytes:
    digest = hashlib.sha256(work.work_id.encode())
    for line in work.lines:
        notes = [(note.onset_ticks, note.duration_ticks, note.pitch) for note in line.notes]
        digest.update(b"\0line\0" + line.name.encode() + b"\0")
        digest.update(np.array(notes, dtype="<i8").tobytes())
    return digest.digest()


def _assemble(
    digest: str,
    works: tuple[WorkEntry, ...],
    voices: tuple[VoiceEntry, ...],
    drawn: list[Voice],
    bars: list[tuple[int, int]],
    known: Rarity | None,
) -> Index:
    """Fingerprint the voices and put the arrays together."""
    lines = [shingles.tokens(voice.onsets, voice.pitches) for voice in drawn]
    owners = [voice.work for voice in voices]
    melodies = [(voice.onsets, voice.pitches) for voice in drawn]
    laid = shingles.windows(melodies, shingles.INDEX_HOP)
    ends = np.array([voice.first_note + voice.notes for voice in voices], dtype=np.int64)
    told = laid.distinct >= MIN_DISTINCT
    tokens = _concatenated([np.append(line, np.int32(NO_TOKEN)) for line in lines])
    turn_keys, turn_rows = turns.sorted_turns(melodies)
    header = Header(
        **method(),  # type: ignore[arg-type]  # names and types are those of the fields
        corpus_digest=digest,
        works=len(works),
        lines=len(voices),
        notes=len(tokens),
        windows=len(laid.starts),
    )
    return Index(
        header=header,
        works=works,
        voices=voices,
        onsets=_concatenated([voice.onsets for voice in drawn]),
        pitches=_concatenated([voice.pitches for voice in drawn]),
        tokens=tokens,
        window_notes=laid.starts,
        window_voices=np.searchsorted(ends, laid.starts, side="right").astype(np.int32),
        bands=SortedBands(_sorted_bands(laid, np.flatnonzero(told))),
        turn_keys=turn_keys,
        turn_rows=turn_rows,
        bar_onsets=np.array([onset for onset, _ in bars], dtype=np.int32),
        bar_numbers=np.array([number for _, number in bars], dtype=np.int32),
        rarity=known or rarity.learn(list(zip(owners, lines, strict=True))),
    )


def _concatenated(parts: list[Ints]) -> Ints:
    if not parts:
        return np.zeros(0, dtype=np.int32)
    joined: Ints = np.concatenate(parts).astype(np.int32)
    return joined


def _sorted_bands(laid: shingles.Windows, windows: Longs) -> Keys:
    keys = minhash.band_keys(laid.hashes, laid.ranges[windows]).astype(np.uint64)
    entries: Keys = (keys << np.uint64(32)) | windows.astype(np.uint64)
    entries.sort(axis=1)
    return entries
