"""Reads moods, usages and styles from package data and refuses a wrong file by name and field.

The data are written by us; a style file holds only patterns of its named author under the licence
that it states.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from clearcue.composer.blend import blended
from clearcue.composer.errors import BriefError, StyleError
from clearcue.composer.fields import Fields
from clearcue.composer.harmony import REGIONS
from clearcue.composer.mood_file import mood_at, read_mood
from clearcue.composer.style import FormSection, Mood, RuleFile, Style, Usage
from clearcue.composer.style_file import read_style
from clearcue.composer.wishes import style_shares

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All moods, usages and styles by name."""

    moods: dict[str, Mood]
    usages: dict[str, Usage]
    styles: dict[str, Style]

    def mood(self, name: str) -> Mood:
        """The mood of that name or place, such as `40,-20`; BriefError names those that exist."""
        placed = None if name in self.moods else mood_at(self.moods, name)
        return placed or _known(self.moods, name, "mood")

    def usage(self, name: str) -> Usage:
        """The usage of that name; BriefError names those that exist."""
        return _known(self.usages, name, "usage")

    def style(self, name: str) -> Style:
        """The style of that name or that went by it, or a blend; BriefError names those there are.

        A blend is written `lo-fi:60+jazz-trio:40`.
        """
        shares = style_shares(name)
        if len(shares) == 2:
            (first, weight), (second, rest) = shares
            return blended(name, ((self.style(first), weight), (self.style(second), rest)))
        for style in self.styles.values():
            if name in style.aliases:
                return style
        return _known(self.styles, name, "style")


def _known(entries: dict[str, Made], name: str, what: str) -> Made:
    if name not in entries:
        near = get_close_matches(name, sorted(entries), 1)
        hint = f"did you mean {near[0]}? There are" if near else "choose one of"
        raise BriefError(f"there is no {what} {name!r}; {hint} {', '.join(sorted(entries))}")
    return entries[name]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue of this installation.

    Raises:
        StyleError: when a file is wrong; the message names the file and the field.
    """
    usages = _read("usages.toml", _usage)
    folder = files("clearcue.data") / "styles"
    styles: dict[str, Style] = {}
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            name = path.name.removesuffix(".toml")
            styles[name] = read_style(name, f"styles/{path.name}", path.read_text("utf-8"))
    names = [name for style in styles.values() for name in (style.name, *style.aliases)]
    if len(set(names)) != len(names):
        raise StyleError("styles: two files claim one name; look at their aliases")
    return Catalogue(_moods(styles), usages, styles)


def _moods(styles: dict[str, Style]) -> dict[str, Mood]:
    file = "moods.toml"
    table = _toml(file, (files("clearcue.data") / file).read_text("utf-8"))
    head = table.pop("file")
    source = RuleFile(file, head["version"], head["author"], head["licence"])
    moods = {name: read_mood(name, source, Fields(file, name, table[name])) for name in table}
    for mood in moods.values():
        for name, _ in mood.styles:
            Fields(file, mood.name, {}).known("styles", name, sorted(styles))
    return moods


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


def _percent(value: int) -> int:
    if not 0 <= value <= 100:
        raise ValueError(f"{value} is no percentage")
    return value


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


def _weights(entries: dict[str, int]) -> tuple[tuple[str, int], ...]:
    if not entries or any(weight < 1 for weight in entries.values()):
        raise ValueError(f"{entries} holds no positive weights")
    return tuple(entries.items())
