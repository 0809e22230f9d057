"""`clearcue sources`: which works and rules a bar of a track comes from."""

from pathlib import Path
from typing import Any

import click

from clearcue.cli.output import platform, print_json
from clearcue.services.lineage_file import read_lineage
from clearcue.services.sourcing import sources_of

SHOWN = 8
"""Works, and rules, that are listed on a terminal; --json and --all give every one."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--bar", type=click.IntRange(1), help="The bar, from 1; the whole track without it.")
@click.option("--part", help="One part, such as melody, or chords; all of them without it.")
@click.option("--all", "everything", is_flag=True, help="List the smallest shares too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def sources(
    folder: Path, bar: int | None, part: str | None, everything: bool, as_json: bool
) -> None:
    """Say which works and rules a bar of the track in FOLDER was made from, and with what share."""
    found = sources_of(platform(), read_lineage(folder), bar, part)
    if as_json:
        print_json(found)
        return
    place = f"bar {bar}" if bar else "the whole track"
    click.echo(f"{place}{f', {part}' if part else ''}: shares of works and rules, summing to one")
    for kind in ("work", "rule"):
        _list(kind, [one for one in found["sources"] if one["kind"] == kind], everything)
    for run in found["shared_runs"]:
        if run["notes"]:
            click.echo(
                f"longest run shared by {run['part']}: {run['notes']} notes of at most "
                f"{run['limit']}, with {run['work']}"
            )


def _list(kind: str, found: list[dict[str, Any]], everything: bool) -> None:
    """The sources of one kind, the largest first, and what the others come to."""
    click.echo(f"{_sum(found):7.3f} %  {len(found)} {kind}s")
    listed = found if everything else found[:SHOWN]
    for source in listed:
        click.echo(f"{source['percent']:11.3f} %  {_named(source)}")
    if rest := found[len(listed) :]:
        click.echo(f"{_sum(rest):11.3f} %  {len(rest)} more (--all)")


def _sum(found: list[dict[str, Any]]) -> float:
    return float(sum(one["percent"] for one in found))


def _named(source: dict[str, Any]) -> str:
    if source["kind"] == "rule":
        return f"{source['rule']} ({source['file']}, {source['licence']})"
    evidence = source["evidence"][0]["where"] if source["evidence"] else "not on this shelf"
    return f"{source['work']}: {source['title'] or 'no title'} ({evidence})"
