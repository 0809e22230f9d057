"""Counting what followed each context, by work, into sorted arrays that compiled loops read.

In `Counts`, `keys` are the contexts, rising; context c was seen `total[c]` times and has symbols
`first[c]` to `first[c + 1]` of `symbol`, each `times_seen` times; symbol s was taught by the works
of rows `taught[s]` to `taught[s + 1]` of `work`, each `times` times. `slots` is a hash table of
the contexts.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearcue.composer.opinion_kernels import fill_slots
from clearcue.composer.viewpoint_kernels import Counts, Ints, Keys

KEPT = Counts._fields[:-1]
"""The columns to be kept; the hash table is made again."""


def count(contexts: Keys, symbols: Ints, works: Ints) -> Counts:
    """Count rows of (context, symbol, work), arrays of one length."""
    order = np.lexsort((works, symbols, contexts))
    contexts, symbols, works = contexts[order], symbols[order], works[order]
    new_context = _changes(contexts)
    new_symbol = new_context | _changes(symbols)
    new_work = new_symbol | _changes(works)
    at_context, at_symbol, at_work = map(np.flatnonzero, (new_context, new_symbol, new_work))
    rows = len(contexts)
    return with_slots(
        (
            contexts[at_context],
            np.append(np.searchsorted(at_symbol, at_context), len(at_symbol)),
            np.diff(np.append(at_context, rows)),
            symbols[at_symbol],
            np.diff(np.append(at_symbol, rows)),
            np.append(np.searchsorted(at_work, at_symbol), len(at_work)),
            works[at_work],
            np.diff(np.append(at_work, rows)),
        )
    )


def with_slots(columns: Sequence[NDArray[Any]]) -> Counts:
    """Counts of the columns `KEPT`."""
    keys, *others = columns
    slots = np.full(1 << max(2 * len(keys), 2).bit_length(), -1, np.int32)
    fill_slots(keys, slots)
    return Counts._make([keys, *(column.astype(np.int32) for column in others), slots])


def by_work(counts: Counts, key: int, symbol: int) -> tuple[tuple[int, int], ...]:
    """(work, times) of the works that taught a symbol of a context; none where nobody did."""
    context = int(np.searchsorted(counts.keys, np.uint64(key)))
    if context == len(counts.keys) or int(counts.keys[context]) != key:
        return ()
    low, high = int(counts.first[context]), int(counts.first[context + 1])
    place = low + int(np.searchsorted(counts.symbol[low:high], symbol))
    if place == high or int(counts.symbol[place]) != symbol:
        return ()
    rows = range(int(counts.taught[place]), int(counts.taught[place + 1]))
    return tuple((int(counts.work[row]), int(counts.times[row])) for row in rows)


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a value differs from the one before it; the first one always does."""
    return np.append(np.ones(min(len(values), 1), np.bool_), values[1:] != values[:-1])
