"""`clearcue log`: look at what is there."""

import click

from clearcue.cli.output import platform, print_json
from clearcue.services.browsing import show_log

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
