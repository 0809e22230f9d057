"""`clearcue corpus`: the works, the evidence for each right, policies and packs."""

from pathlib import Path
from typing import Any

import click

from clearcue.cli.output import platform, print_json
from clearcue.errors import BadInputError
from clearcue.rights.manifest import MAX_MANIFEST_BYTES, manifest_errors, read_manifest
from clearcue.rights.values import Verdict
from clearcue.services.browsing import USABLE, list_works, show_work

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


MAX_TOLD = 20
"""How many of a manifest's errors are printed; `--json` gives them all."""


@click.group()
def corpus() -> None:
    """The works, and the evidence on which each right rests."""


@corpus.command("list")
@click.option(
    "--verdict",
    "verdicts",
    type=click.Choice([str(verdict) for verdict in Verdict]),
    multiple=True,
    help="List works of this verdict; may be given several times.",
)
@click.option("--all", "every", is_flag=True, help="List all works, of whatever verdict.")
@_JSON
def corpus_list(verdicts: tuple[str, ...], every: bool, as_json: bool) -> None:
    """List the works that might be used, and the counts per verdict over all works."""
    asked = tuple(Verdict) if every else tuple(map(Verdict, verdicts)) or USABLE
    listed = list_works(platform(), asked)
    if as_json:
        print_json(listed)
        return
    for work in listed["works"]:
        click.echo(f"{work['verdict']:15} {work['id']}  {work['title']}")
    counts = ", ".join(f"{verdict} {count}" for verdict, count in listed["counts"].items())
    click.echo(f"all works that are known: {counts}")


@corpus.command("show")
@click.argument("work_id")
@_JSON
def corpus_show(work_id: str, as_json: bool) -> None:
    """Show what is known and decided about one work."""
    shown = show_work(platform(), work_id)
    if as_json:
        print_json(shown)
        return
    tune = f", tune {shown['tune']}" if shown["tune"] else ""
    click.echo(f"{shown['title']} ({shown['id']})")
    click.echo(f"file: {shown['path']}{tune} of {shown['source']}, sha256 {shown['sha256']}")
    for creator in shown["creators"] or ():
        died = f", died {creator['died']}" if creator["died"] else ""
        click.echo(f"by: {creator['name']} ({creator['role']}{died})")
    for place in shown["public_domain"]:
        click.echo(_place(place))
    click.echo(f"encoding: {shown['encoding']['licence'] or 'licence unknown'}")
    for entry in shown["evidence"]:
        click.echo(f"evidence: “{entry['quote']}” ({entry['where']}, read {entry['read_on']})")
    click.echo(f"verdict: {shown['verdict']}, confidence {shown['confidence']}, use {shown['use']}")
    for entry in shown["obligations"]:
        click.echo(f"owed: {entry['kind']}: {entry['text']}")
    learnt = "learnt from" if shown["learnt_from"] else "not learnt from"
    click.echo(f"policy {shown['policy']}: {learnt}" + "".join(f"; {r}" for r in shown["reasons"]))


def _place(place: dict[str, Any]) -> str:
    if place["standing"] is None:
        return f"in the {place['territory']}: unknown whether the composition is protected"
    return f"in the {place['territory']}: {place['standing']} on {place['on']} ({place['rule']})"


@corpus.command("check-manifest")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_JSON
def corpus_check_manifest(file: Path, as_json: bool) -> int:
    """Check a rights manifest; each error names the work and the field."""
    with file.open("rb") as opened:
        text = opened.read(MAX_MANIFEST_BYTES + 1)
    errors = manifest_errors(text, file.name)
    if as_json:
        counts = {} if errors else read_manifest(text, file.name).counts()
        print_json({
            "valid": not errors,
            "errors": list(errors),
            "counts": {str(verdict): count for verdict, count in counts.items()},
        })  # fmt: skip
        return 2 if errors else 0
    if errors:
        for line in errors[:MAX_TOLD]:
            click.echo(f"clearcue: {line}", err=True)
        raise BadInputError(f"{file.name} is not as the format says: {len(errors)} errors")
    counts = read_manifest(text, file.name).counts()
    told = ", ".join(f"{verdict} {count}" for verdict, count in counts.items() if count)
    click.echo(f"{file.name} is as the format says: {told or 'no works'}")
    return 0
