"""`clearcue account`: organisations and their API keys."""

import click

from clearcue.cli.output import platform, print_json
from clearcue.services.access import (
    add_organisation,
    find_organisation,
    list_keys,
    make_key,
    revoke_key,
)
from clearcue.services.erasing import erase_account
from clearcue.services.stored import ApiKey

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_OF = click.option("--organisation", default="owner", show_default=True, help="Whose, by handle.")


@click.group()
def account() -> None:
    """Organisations, and the keys that act for them over HTTP."""


@account.command("add")
@click.argument("handle")
@click.option("--name", required=True, help="The organisation's name.")
@_JSON
def add(handle: str, name: str, as_json: bool) -> None:
    """Add an organisation beside the owner's."""
    made = add_organisation(platform(), handle, name)
    if as_json:
        print_json({"organisation_id": made.id, "handle": made.handle, "name": made.name})
    else:
        click.echo(f"{made.handle}: {made.name} ({made.id})")


@account.command("erase")
@click.argument("handle")
@_JSON
def erase(handle: str, as_json: bool) -> None:
    """Erase an organisation's account; what its issued licences need is kept."""
    erased = erase_account(platform(), handle)
    if as_json:
        print_json({"quotes": erased.quotes, "jobs": erased.jobs, "keys": erased.keys})
        return
    click.echo(
        f"erased: {erased.quotes} quotes, {erased.jobs} jobs; {erased.keys} keys are closed; "
        "issued licences are kept"
    )


@account.group()
def key() -> None:
    """API keys."""


@key.command("add")
@click.option("--name", required=True, help="What the key is for.")
@_OF
@_JSON
def key_add(name: str, organisation: str, as_json: bool) -> None:
    """Make a key; it is shown this once."""
    wired = platform()
    fresh = make_key(wired, find_organisation(wired, organisation), name)
    if as_json:
        print_json({"key": fresh.text, **_shown(fresh.stored)})
        return
    click.echo(fresh.text)
    click.echo("Keep it now: it is not stored and cannot be shown again.", err=True)


@key.command("list")
@_OF
@_JSON
def key_list(organisation: str, as_json: bool) -> None:
    """List the keys by their prefixes."""
    wired = platform()
    keys = list_keys(wired, find_organisation(wired, organisation))
    if as_json:
        print_json({"keys": [_shown(one) for one in keys]})
        return
    for one in keys:
        state = "closed" if one.revoked_at else "open"
        click.echo(f"{one.prefix}  {state:6}  {one.created_at:%Y-%m-%d}  {one.name}")


@key.command("revoke")
@click.argument("prefix")
@_OF
def key_revoke(prefix: str, organisation: str) -> None:
    """Close a key for good."""
    wired = platform()
    closed = revoke_key(wired, find_organisation(wired, organisation), prefix)
    click.echo(f"{closed.prefix} is closed")


def _shown(one: ApiKey) -> dict[str, str | None]:
    return {
        "prefix": one.prefix,
        "name": one.name,
        "created_at": one.created_at.isoformat(),
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
    }
