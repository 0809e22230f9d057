"""`clearcue licence status`: the signed status of a licence."""

from pathlib import Path

import click

from clearcue.cli.output import platform
from clearcue.cli.printing import print_json
from clearcue.files import write_atomically
from clearcue.services.licence_status import STATES, signed_status
from clearcue.services.licences import show
from clearcue.services.owner import ensure_owner


@click.command("status")
@click.argument("licence_id", required=False)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
    help="The file to write, status.json.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def licence_status(licence_id: str | None, out: Path, as_json: bool) -> None:
    """Write a licence's signed status, good for a day; the newest licence if left out.

    `clearcue-verify bundle.json licence.json status.json` checks it.
    """
    wired = platform()
    shown = show(wired, ensure_owner(wired).id, licence_id)
    write_atomically(out, signed_status(wired, shown))
    if as_json:
        print_json({"number": shown.licence.number, "state": shown.state, "file": str(out)})
        return
    click.echo(f"licence {shown.licence.number} is {STATES[shown.state]}; {out} says so for a day")
