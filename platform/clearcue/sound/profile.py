"""The mix's and the master's settings, read from the package's data files.

Conventions: see the comments in `data/sound/mix.toml` and `master.toml`.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

Band = tuple[str, float, float, float]
Curve = tuple[float, ...]
CENTRES = 1000.0 * 2.0 ** np.arange(-4.0, 5.0)
"""The octaves of a reference curve, in Hz, from 62.5 to 16,000."""


@dataclass(frozen=True, slots=True)
class Place:
    """An instrument's place in the mix; sends in dB, None for no send."""

    body: tuple[Band, ...] = ()
    eq: tuple[Band, ...] = ()
    pan: float = 0.0
    spread: float = 0.0
    room: float | None = None
    plate: float | None = None
    hall: float | None = None
    echo: float | None = None
    trim: float = 0.0


@dataclass(frozen=True, slots=True)
class MasterProfile:
    """What the master aims at; `curve` names one of `curves`."""

    lufs: float
    ceiling_dbtp: float
    slope_range: tuple[float, float]
    air_db: float
    most_tilt_db_per_octave: float
    side_to_mid_db: tuple[float, float]
    mono_below_hz: float
    glue_threshold_db: float
    glue_ratio: float
    curve: str


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("clearcue.data").joinpath("sound", name).read_text(encoding="utf-8"))


def _bands(rows: list[list[Any]]) -> tuple[Band, ...]:
    return tuple((str(kind), float(hz), float(db), float(q)) for kind, hz, db, q in rows)


@cache
def places() -> dict[str, Place]:
    """Each instrument's place, by its key."""
    found = {}
    for key, entry in _read("mix.toml")["instruments"].items():
        body, eq = (_bands(entry.pop(name, [])) for name in ("body", "eq"))
        found[key] = Place(body, eq, **entry)
    return found


@cache
def role_loudness() -> dict[str, float]:
    """The loudness in LUFS at which a part of each role enters the mix."""
    return {role: float(value) for role, value in _read("mix.toml")["roles"].items()}


@cache
def master_profile() -> MasterProfile:
    """The master's aims."""
    entry = _read("master.toml")
    del entry["curves"]
    for name in ("slope_range", "side_to_mid_db"):
        low, high = entry.pop(name)
        entry[name] = (float(low), float(high))
    return MasterProfile(**entry)


@cache
def curves() -> dict[str, Curve]:
    """The reference curves by name: dB per hertz against 1 kHz, at `CENTRES`."""
    return {name: tuple(levels) for name, levels in _read("master.toml")["curves"].items()}
