"""What `clearcue make` was asked for, as an order: brief, what is supplied, what is worked on."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from clearcue.composer.brief import Brief, parse_seconds
from clearcue.composer.wishes import (
    parse_adventure,
    parse_hit,
    parse_key,
    parse_mood,
    parse_style,
    parse_tempo,
)
from clearcue.errors import BadInputError
from clearcue.services.ordering import Order
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.recipes import Rework, base_of
from clearcue.services.supplying import Declaration, Supply, Upload, supply_of

_OF_A_BRIEF = ("mood", "usage", "seconds", "style", "adventure", "tempo", "key")
_SUPPLIED = ("motif", "chords", "bass")
_LONGEST_TEXT = 4096


def asked_order(opened: Callable[[], Platform], asked: Mapping[str, Any]) -> Order:
    """The order that the options ask for, without seed and licence.

    The platform is not opened before the brief was read.

    Raises:
        click.UsageError: when options are missing or stand against each other.
        BadInputError: when one cannot be read.
    """
    if asked["base"] is not None:
        return _reworked(opened, asked)
    if asked["locks"] or asked["vary"] is not None:
        raise click.UsageError("--lock and --vary work on a track; name it with --from")
    missing = [f"--{name}" for name in _OF_A_BRIEF[:3] if asked[name] is None]
    if missing:
        raise click.UsageError(f"{' and '.join(missing)} missing; see clearcue make --help")
    brief = _brief(asked)
    return Order(brief, None, None, supply=_supply(opened(), asked))


def _brief(asked: Mapping[str, Any]) -> Brief:
    def read(name: str, parse: Any, otherwise: Any = None) -> Any:
        return otherwise if asked[name] is None else parse(asked[name])

    return Brief(
        parse_mood(asked["mood"]),
        asked["usage"],
        parse_seconds(asked["seconds"]),
        read("style", parse_style),
        adventure=read("adventure", parse_adventure, 0),
        hits=tuple(sorted(parse_hit(hit) for hit in asked["hits"])),
        tempo_bpm=read("tempo", parse_tempo),
        key=read("key", parse_key),
    )


def _supply(platform: Platform, asked: Mapping[str, Any]) -> Supply:
    declaration = None
    if any(asked[name] is not None for name in ("given_by", "given_right", "given_text")):
        declaration = Declaration(
            asked["given_by"] or "", asked["given_right"] or "", asked["given_text"]
        )
    motif, bass = (
        None if asked[name] is None else Upload(asked[name], asked[name].name)
        for name in ("motif", "bass")
    )
    chords = None if asked["chords"] is None else _text(asked["chords"])
    return supply_of(platform.scores, motif, chords, bass, declaration)


def _text(given: str) -> str:
    """Chords as typed, or out of the text file of that name."""
    path = Path(given)
    try:
        if not path.is_file():
            return given
        with path.open(encoding="utf-8") as file:
            return file.read(_LONGEST_TEXT).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{given!r} is no text file of chords") from error


def _reworked(opened: Callable[[], Platform], asked: Mapping[str, Any]) -> Order:
    """An order that works on an earlier track, whose brief and gifts it has."""
    against = [name for name in (*_OF_A_BRIEF, *_SUPPLIED) if asked[name] is not None]
    if against or asked["hits"]:
        raise click.UsageError(
            f"--from keeps the track's own brief; leave out --{(against or ['hit'])[0]}"
        )
    platform = opened()
    owner = ensure_owner(platform)
    base = base_of(platform, owner, _named(asked["base"]))
    by = asked["given_by"] or owner.name
    rework = Rework(base, by, tuple(asked["locks"]), asked["vary"])
    return Order(base.recipe.brief, None, None, supply=base.recipe.supply, rework=rework)


def _named(given: str) -> str:
    """A track's id or its record's digest; of a folder or a file, the record's."""
    path = Path(given)
    record = path / "record.json" if path.is_dir() else path
    if not record.is_file():
        return given
    try:
        return sha256(record.read_bytes()).hexdigest()
    except OSError as error:
        raise BadInputError(f"{record} cannot be read: {error.strerror}") from error
