"""Counting what followed each context, by work, into tables that compiled loops read.

`Counts` holds three tables whose rows lie together: contexts in rising order, the symbols that
followed each of them in rising order, and for each symbol the works that taught it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearcue.composer.opinion_kernels import fill_slots, find
from clearcue.composer.viewpoint_kernels import (
    BY_WORK,
    FIRST,
    FIRST_WORK,
    LAST,
    LAST_WORK,
    SYMBOL,
    WORK_TIMES,
    Counted,
    Counts,
    Ints,
    Keys,
)


def count(contexts: Keys, symbols: Ints, works: Ints) -> Counts:
    """Count rows of (context, symbol, work), arrays of one length."""
    order = np.lexsort((works, symbols, contexts))
    contexts, symbols, works = contexts[order], symbols[order], works[order]
    new_context = _changes(contexts)
    new_symbol = new_context | _changes(symbols)
    new_work = new_symbol | _changes(works)
    at_context, at_symbol, at_work = map(np.flatnonzero, (new_context, new_symbol, new_work))
    rows = len(contexts)
    first = np.append(np.searchsorted(at_symbol, at_context), len(at_symbol))
    first_work = np.append(np.searchsorted(at_work, at_symbol), len(at_work))
    return with_slots(
        np.column_stack(
            (
                contexts[at_context].view(np.int64),
                first[:-1],
                first[1:],
                np.diff(np.append(at_context, rows)),
            )
        ),
        np.column_stack(
            (
                symbols[at_symbol],
                np.diff(np.append(at_symbol, rows)),
                first_work[:-1],
                first_work[1:],
            )
        ).astype(np.int32),
        np.column_stack((works[at_work], np.diff(np.append(at_work, rows)))).astype(np.int32),
    )


def with_slots(contexts: Ints, symbols: Counted, taught: Counted) -> Counts:
    """Counts of their three tables, with a hash table of the contexts."""
    slots = np.full(1 << max(2 * len(contexts), 2).bit_length(), -1, np.int32)
    fill_slots(contexts, slots)
    return Counts(contexts, symbols, taught, slots)


def by_work(counts: Counts, key: int, symbol: int) -> tuple[tuple[int, int], ...]:
    """(work, times) of the works that taught a symbol of a context; none where nobody did."""
    context = find(counts, np.uint64(key))
    if context < 0:
        return ()
    low, high = counts.contexts[context, FIRST], counts.contexts[context, LAST]
    place = low + np.searchsorted(counts.symbols[low:high, SYMBOL], symbol)
    if place == high or counts.symbols[place, SYMBOL] != symbol:
        return ()
    first, last = counts.symbols[place, FIRST_WORK], counts.symbols[place, LAST_WORK]
    rows = counts.taught[first:last, [BY_WORK, WORK_TIMES]].tolist()
    return tuple((work, times) for work, times in rows)


def _changes(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a value differs from the one before it; the first one always does."""
    return np.append(np.ones(min(len(values), 1), np.bool_), values[1:] != values[:-1])
