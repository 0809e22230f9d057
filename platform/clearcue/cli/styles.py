"""`clearcue styles`: which styles, moods and usages there are; whether a style file is right."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from clearcue.cli.printing import print_json
from clearcue.composer.catalogue import Catalogue, catalogue
from clearcue.composer.errors import StyleError
from clearcue.composer.style import Style
from clearcue.composer.style_file import LARGEST_BYTES, read_style
from clearcue.errors import BadInputError

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def styles() -> None:
    """Styles, moods and usages: what a brief may name."""


@styles.command("list")
@_JSON
def styles_list(as_json: bool) -> None:
    """List every style, mood and usage with what it sounds like."""
    known = catalogue()
    if as_json:
        print_json(_plain(known))
        return
    width = max(len(name) for name in (*known.styles, *known.moods, *known.usages))
    for kind, lines in (
        ("Styles (--style)", [(s.name, s.description) for s in known.styles.values()]),
        ("Moods (--mood)", [(m.name, _placed(m.description, m.point)) for m in
                            known.moods.values()]),
        ("Usages (--usage)", [(u.name, u.description) for u in known.usages.values()]),
    ):  # fmt: skip
        click.echo(kind)
        for name, description in lines:
            click.echo(f"  {name:{width}}  {description}")


def _placed(description: str, point: tuple[int, int]) -> str:
    return f"({point[0]:+d},{point[1]:+d}) {description}"


def _plain(known: Catalogue) -> dict[str, Any]:
    return {
        "styles": [_style(style) for style in known.styles.values()],
        "moods": [
            {
                "name": mood.name,
                "description": mood.description,
                "valence": mood.point[0],
                "arousal": mood.point[1],
                "tempo_bpm": list(mood.tempo_bpm),
                "modes": [mode for mode, _ in mood.modes],
                "styles": [name for name, _ in mood.styles],
            }
            for mood in known.moods.values()
        ],
        "usages": [
            {"name": usage.name, "description": usage.description}
            for usage in known.usages.values()
        ],
    }


def _style(style: Style) -> dict[str, Any]:
    swing = style.swing
    return {
        "name": style.name,
        "aliases": list(style.aliases),
        "description": style.description,
        "tempo_bpm": None if style.tempo_bpm is None else list(style.tempo_bpm),
        "swing": None if swing is None else asdict(swing),
        "layers": [
            {"name": layer.name, "kind": layer.kind, "instruments": list(layer.instruments)}
            for layer in style.layers
        ],
        "file": asdict(style.source),
    }


@styles.command("check")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@_JSON
def styles_check(path: Path, as_json: bool) -> None:
    """Check a style FILE without installing it; see docs/styles.md for how to write one."""
    try:
        style = read_style(path.stem, path.name, _text(path))
    except StyleError as error:
        raise BadInputError(str(error)) from error
    if as_json:
        print_json({"valid": True, **_style(style)})
        return
    names = ", ".join(layer.name for layer in style.layers)
    click.echo(f"{path.name} is a style of {len(style.layers)} layers: {names}")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        return data.decode("utf-8")
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path} is not UTF-8; save it as UTF-8 text") from error
