"""Reads moods, usages and styles from package data and refuses a wrong file by name and field.

The data are written by us; a style file holds only patterns of its named author under the licence
that it states.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from clearcue.composer.errors import BriefError, StyleError
from clearcue.composer.harmony import REGIONS
from clearcue.composer.numerals import parse_numeral
from clearcue.composer.style import (
    CELL_STEPS,
    DrumVoice,
    FormSection,
    Layer,
    Mood,
    RuleFile,
    Style,
    Usage,
)
from clearcue.data.instruments import instruments
from clearcue.music.lineage import CHORDS
from clearcue.music.pitch import MODES
from clearcue.music.score import ROLES

KINDS = {
    "melody": r"[x.\-]",
    "double": r"[x.\-]",
    "counter": r"[x.\-]",
    "pad": r"[x.\-]",
    "comp": r"[Xxlh.\-]",
    "arp": r"[x.\-]",
    "bass": r"[R358A.\-]",
    "drums": r"[1-9.]",
    "hits": r"[1-9.]",
}
"""Each kind of layer with what a step of its cells may be."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All moods, usages and styles by name."""

    moods: dict[str, Mood]
    usages: dict[str, Usage]
    styles: dict[str, Style]

    def mood(self, name: str) -> Mood:
        """The mood of that name; BriefError names those that exist."""
        return _known(self.moods, name, "mood")

    def usage(self, name: str) -> Usage:
        """The usage of that name; BriefError names those that exist."""
        return _known(self.usages, name, "usage")

    def style(self, name: str) -> Style:
        """The style of that name; BriefError names those that exist."""
        return _known(self.styles, name, "style")


def _known(entries: dict[str, Made], name: str, what: str) -> Made:
    if name not in entries:
        raise BriefError(f"there is no {what} {name!r}; choose one of {', '.join(sorted(entries))}")
    return entries[name]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue of this installation.

    Raises:
        StyleError: when a file is wrong; the message names the file and the field.
    """
    moods = _read("moods.toml", _mood)
    usages = _read("usages.toml", _usage)
    folder = files("clearcue.data") / "styles"
    styles: dict[str, Style] = {}
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            table = _toml(f"styles/{path.name}", path.read_text("utf-8"))
            name = path.name.removesuffix(".toml")
            styles[name] = _guarded(f"styles/{path.name}", name, table, table, _style)
    for mood in moods.values():
        for name, _ in mood.styles:
            if name not in styles:
                raise StyleError(f"moods.toml: {mood.name} names the style {name!r}: there is none")
    return Catalogue(moods, usages, styles)


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StyleError(f"{name}: {error}") from error


def _read(name: str, make: Callable[[str, RuleFile, dict[str, Any]], Made]) -> dict[str, Made]:
    table = _toml(name, (files("clearcue.data") / name).read_text("utf-8"))
    head = table.pop("file")
    return {key: _guarded(name, key, {"file": head}, entry, make) for key, entry in table.items()}


def _guarded(
    name: str,
    key: str,
    table: dict[str, Any],
    entry: dict[str, Any],
    make: Callable[[str, RuleFile, dict[str, Any]], Made],
) -> Made:
    try:
        head = table["file"]
        source = RuleFile(name, head["version"], head["author"], head["licence"])
        return make(key, source, entry)
    except KeyError as error:
        raise StyleError(f"{name}: {key} lacks the field {error}") from error
    except (ValueError, TypeError) as error:
        raise StyleError(f"{name}: {key}: {error}") from error


def _range(values: list[int], low: int, high: int) -> tuple[int, int]:
    first, last = values
    if not low <= first <= last <= high:
        raise ValueError(f"{values} is no range within {low} to {high}")
    return first, last


def _percent(value: int) -> int:
    if not 0 <= value <= 100:
        raise ValueError(f"{value} is no percentage")
    return value


def _weights(entries: dict[str, int]) -> tuple[tuple[str, int], ...]:
    if not entries or any(weight < 1 for weight in entries.values()):
        raise ValueError(f"{entries} holds no positive weights")
    return tuple(entries.items())


def _mood(name: str, source: RuleFile, entry: dict[str, Any]) -> Mood:
    modes = _weights(entry["modes"])
    palettes = {mode: _weights(entry["palette"][mode]) for mode, _ in modes}
    starts = {mode: tuple(entry["starts"][mode]) for mode, _ in modes}
    cadences = {mode: tuple(entry["cadences"][mode]) for mode, _ in modes}
    for mode, _ in modes:
        if not cadences[mode]:
            raise ValueError(f"there is no cadence in {mode}")
        if mode not in MODES:
            raise ValueError(f"there is no mode {mode!r}")
        for numeral, _ in palettes[mode]:
            parse_numeral(numeral)
        if not set(starts[mode]) <= {numeral for numeral, _ in palettes[mode]}:
            raise ValueError(f"a loop in {mode} starts outside its palette")
        for cadence in cadences[mode]:
            if not 1 <= len([parse_numeral(numeral) for numeral in cadence.split()]) <= 2:
                raise ValueError(f"the cadence {cadence!r} is not one chord or two")
    return Mood(
        name=name,
        source=source,
        description=entry["description"],
        tempo_bpm=_range(entry["tempo_bpm"], 40, 200),
        energy=_range(entry["energy"], 0, 100),
        density=_range(entry["density"], 1, 16),
        register=entry["register"],
        chord_bars=tuple((int(bars), weight) for bars, weight in _weights(entry["chord_bars"])),
        modes=modes,
        styles=_weights(entry["styles"]),
        palettes=palettes,
        starts=starts,
        cadences=cadences,
        turnaround_percent=_percent(entry["turnaround_percent"]),
    )


def _usage(name: str, source: RuleFile, entry: dict[str, Any]) -> Usage:
    form = tuple(
        FormSection(
            name=section["name"],
            theme=section["theme"],
            weight=section["weight"],
            priority=section["priority"],
            curve=_curve(section["energy"]),
        )
        for section in entry["form"]
    )
    return Usage(
        name=name,
        source=source,
        description=entry["description"],
        intro_energy=_percent(entry["intro_energy"]),
        intro_bars=entry["intro_bars"],
        melody_gain=entry["melody_gain"],
        closure_percent=_percent(entry["closure_percent"]),
        second_theme=_regions(entry["second_theme"]),
        loops=entry.get("loops", False),
        form=form,
    )


def _curve(points: list[int]) -> tuple[int, ...]:
    if len(points) < 2:
        raise ValueError(f"the energy {points} is no curve; give two points or more")
    return tuple(_percent(point) for point in points)


def _regions(entries: dict[str, int]) -> tuple[tuple[str, int], ...]:
    if unknown := set(entries) - set(REGIONS):
        raise ValueError(f"{sorted(unknown)} are no regions; there are {', '.join(REGIONS)}")
    return _weights(entries)


def _cells(cells: list[str], steps: str) -> tuple[str, ...]:
    for cell in cells:
        if len(cell) != CELL_STEPS or not re.fullmatch(f"{steps}*", cell):
            raise ValueError(f"the cell {cell!r} is not {CELL_STEPS} steps of {steps}")
    return tuple(cells)


def _layer(entry: dict[str, Any]) -> Layer:
    kind = entry["kind"]
    if kind not in KINDS or entry["role"] not in ROLES:
        raise ValueError(f"layer {entry['name']!r} has an unknown kind or role")
    names = tuple(entry["instruments"])
    for instrument in names:
        if instrument not in instruments():
            raise ValueError(f"there is no instrument {instrument!r}")
    low, high = _range(entry.get("register", [0, 127]), 0, 127)
    voices = tuple(
        DrumVoice(
            voice["key"],
            voice["enter"],
            _cells(voice["first"], KINDS[kind]),
            _cells(voice["second"], KINDS[kind]),
        )
        for voice in entry.get("voice", [])
    )
    return Layer(
        name=entry["name"],
        kind=kind,
        role=entry["role"],
        instruments=names,
        enter=entry["enter"],
        leave=entry.get("leave", 100),
        low=low,
        high=high,
        velocity=entry["velocity"],
        cells=_cells(entry.get("cells", []), KINDS[kind]),
        steps=entry.get("steps", 2),
        voices=voices,
    )


def _style(name: str, source: RuleFile, entry: dict[str, Any]) -> Style:
    layers = tuple(_layer(layer) for layer in entry["layer"])
    if not any(layer.kind == "melody" for layer in layers):
        raise ValueError("it has no melody layer")
    names = {layer.name for layer in layers}
    if len(names) != len(layers) or CHORDS in names:
        raise ValueError(f"layers need names of their own, and none may be {CHORDS!r}")
    return Style(
        name=name,
        source=source,
        description=entry["description"],
        melody_cells=_cells(entry["melody_cells"], KINDS["melody"]),
        learnt_rhythm_percent=entry["learnt_rhythm_percent"],
        colour_percent=entry["colour_percent"],
        layers=layers,
    )
