"""Compiled: runs of notes as hashes that are blind to transposition and to tempo."""

import numpy as np

from clearcue.compiled import compiled
from clearcue.composer.viewpoint_kernels import Ints, Keys, mixed


@compiled
def common_divisor(first: int, second: int) -> int:
    """The greatest common divisor of two numbers of 0 or more."""
    while second:
        first, second = second, first % second
    return first


@compiled
def run_key(onsets: Ints, pitches: Ints, at: int, notes: int) -> np.uint64:
    """A hash of the run of notes that ends at a place, blind to transposition and to tempo.

    It is made of the intervals between the notes and of the times between their onsets, these
    divided by their greatest common divisor; 0 where two onsets are the same.
    """
    unit = 0
    for place in range(at - notes + 2, at + 1):
        unit = common_divisor(unit, onsets[place] - onsets[place - 1])
        if onsets[place] <= onsets[place - 1]:
            return np.uint64(0)
    hashed = np.uint64(notes)
    for place in range(at - notes + 2, at + 1):
        hashed = mixed(hashed, pitches[place] - pitches[place - 1])
        hashed = mixed(hashed, (onsets[place] - onsets[place - 1]) // max(unit, 1))
    return hashed if hashed else np.uint64(1)


@compiled
def run_keys(onsets: Ints, pitches: Ints, begins: Ints, notes: int, keys: Keys) -> None:
    """The run that ends at each note, 0 where its line is not that long yet.

    `begins` is the place at which each note's line begins.
    """
    for at in range(len(onsets)):
        if at - notes + 1 >= begins[at]:
            keys[at] = run_key(onsets, pitches, at, notes)


@compiled
def fill_runs(keys: Keys, table: Keys) -> None:
    """Enter runs into a hash table, 0 where it is free."""
    mask = len(table) - 1
    for key in keys:
        place = np.int64(key) & mask
        while table[place] and table[place] != key:
            place = (place + 1) & mask
        table[place] = key


@compiled
def in_runs(key: np.uint64, table: Keys) -> bool:
    """Whether a run is in a hash table."""
    mask = len(table) - 1
    place = np.int64(key) & mask
    while table[place]:
        if table[place] == key:
            return True
        place = (place + 1) & mask
    return False
