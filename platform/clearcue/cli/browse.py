"""`clearcue log` and `clearcue licence`: look at what is there."""

from pathlib import Path
from typing import Any

import click

from clearcue.adapters.staging import staged
from clearcue.cli.output import platform, print_json
from clearcue.licensing.summary import scope_json, summarise
from clearcue.services.browsing import show_log
from clearcue.services.delivering import write_again
from clearcue.services.licences import ShownLicence
from clearcue.services.licences import show as show_licence
from clearcue.services.owner import ensure_owner
from clearcue.services.withdrawing import percent, works_json

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def log() -> None:
    """The public log of signed statements."""


@log.command("show")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, help="How many leaves to show.")
@_JSON
def log_show(limit: int, as_json: bool) -> None:
    """Show the log's checkpoint and its newest leaves."""
    shown = show_log(platform(), limit)
    if as_json:
        print_json(shown)
        return
    click.echo(f"{shown['origin']}: {shown['size']} leaves, root {shown['root_sha256']}")
    for leaf in shown["leaves"]:
        click.echo(f"{leaf['index']:8}  envelope {leaf['envelope_sha256']}")
    click.echo(f"the log lies in {shown['folder']}")


@click.group()
def licence() -> None:
    """Issued licences."""


@licence.command("show")
@click.argument("licence_id", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the track's files there again.",
)
@_JSON
def licence_show(licence_id: str | None, out: Path | None, as_json: bool) -> None:
    """Show a licence by its number or id; the newest if left out."""
    wired = platform()
    owner = ensure_owner(wired)
    shown = show_licence(wired, owner.id, licence_id)
    if out is not None:
        with staged(out) as staging:
            write_again(wired, owner.id, shown.licence.id, staging)
    if as_json:
        print_json(_licence_json(shown))
        return
    _tell_licence(shown)
    if out is not None:
        click.echo(f"the track's files lie in {out}")


def _licence_json(shown: ShownLicence) -> dict[str, Any]:
    quoted, stored = shown.quoted, shown.licence
    return {
        "licence_id": stored.id,
        "number": stored.number,
        "state": shown.state,
        "track_id": stored.track_id,
        **scope_json(quoted),
        "price": {"amount_minor": quoted.price.amount_minor, "currency": quoted.price.currency},
        "record_digest": quoted.subject.record_digest,
        "licence_digest": stored.envelope_sha256,
        "credits": list(quoted.subject.credits),
        "withdrawn_works": works_json(shown.withdrawn),
        "text": quoted.text,
    }


def _tell_licence(shown: ShownLicence) -> None:
    quoted, stored = shown.quoted, shown.licence
    summary = summarise(quoted)
    click.echo(f"licence {stored.number} ({stored.id}): {shown.state}")
    click.echo(f"{quoted.licensor} to {quoted.licensee}, {quoted.subject.title}")
    for name, value in summary.allowed:
        click.echo(f"  {name}: {value}")
    for line in summary.not_allowed:
        click.echo(f"  not allowed: {line}")
    for line in summary.notes:
        click.echo(f"  {line}")
    for credit in quoted.subject.credits:
        click.echo(f"  credit owed: {credit}")
    for one in shown.withdrawn:
        click.echo(
            f"  flagged: {one.title} ({one.work_id}), which the model learnt from, was withdrawn "
            f"at {one.withdrawn_at}; its influence is {percent(one.share):g} %; the terms stay"
        )
    click.echo(
        f"  template {quoted.template_id} {quoted.template_version}: {quoted.template_status}"
    )
    click.echo(f"  record {quoted.subject.record_digest}")
    click.echo(f"  signed licence {stored.envelope_sha256}")
