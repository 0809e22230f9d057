"""`clearcue licence`: quote, hold, issue, revoke and look at licences."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from clearcue.adapters.staging import staged
from clearcue.cli.output import platform, print_json
from clearcue.licensing.exclusivity import Exclusivity
from clearcue.licensing.summary import scope_json, summarise
from clearcue.licensing.terms import Quote
from clearcue.services.delivering import write_again
from clearcue.services.ending import REASONS, revoke
from clearcue.services.granting import hold_quote
from clearcue.services.licences import LicenceRequest, ShownLicence, issue_quote, quote_track, shown
from clearcue.services.licences import show as show_licence
from clearcue.services.owner import ensure_owner
from clearcue.services.withdrawing import percent, works_json

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_SCOPE = (
    click.option("--licence-for", "template_id", help="Template; fits the track if left out."),
    click.option("--territory", help="WORLD, or country codes such as DE,AT."),
    click.option("--term", help="Such as P1Y, P6M or PERPETUAL."),
    click.option("--start", help="The first day, such as 2027-03-01; today if left out."),
    click.option("--licensee", help="Who is licensed; the owner if left out."),
    click.option("--client", help="The end client, where the licensee acts for one."),
    click.option(
        "--exclusivity", type=click.Choice([*map(str, Exclusivity)]), default="none",
        help="Whom the licence shuts out.",
    ),
    click.option("--sector", help="The line of business it is limited to, such as banking."),
    click.option("--project", help="The one production, where there is one."),
    click.option("--audience", help="A cap, such as impressions:2000000."),
    click.option("--channels", help="The licensee's channels, separated by semicolons."),
    click.option("--isrc", help="The recording's ISRC, where it has one."),
    click.option("--iswc", help="The composition's ISWC, where it has one."),
    click.option("--ipi", help="The licensor's IPI number, where it has one."),
    click.option("--amends", help="The number of the licence whose place this one takes."),
)  # fmt: skip


def _scope(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_SCOPE):
        command = option(command)
    return command


@click.group()
def licence() -> None:
    """Licences: quoted, held, issued, revoked, shown."""


@licence.command("quote")
@click.argument("track_id")
@_scope
@_JSON
def licence_quote(track_id: str, as_json: bool, **asked: Any) -> None:
    """Quote a licence of a track: the exact terms, and a price that stands for some days."""
    wired = platform()
    quoted = quote_track(wired, ensure_owner(wired), track_id, None, LicenceRequest(**asked))
    if as_json:
        print_json({"quote_id": quoted.id, **_quote_json(quoted)})
        return
    click.echo(f"quote {quoted.id}, stands until {quoted.expires_at:%Y-%m-%d %H:%M} UTC")
    _tell_quote(quoted)
    click.echo(f"accept it with `clearcue licence issue {quoted.id}`")


@licence.command("hold")
@click.argument("quote_id")
@_JSON
def licence_hold(quote_id: str, as_json: bool) -> None:
    """Keep an exclusive quote's scope for whoever asked, for some days."""
    wired = platform()
    held = hold_quote(wired, ensure_owner(wired), quote_id)
    if as_json:
        print_json({"quote_id": held.quote_id, "held_until": held.until.isoformat()})
        return
    click.echo(f"quote {held.quote_id} is held until {held.until:%Y-%m-%d %H:%M} UTC")


@licence.command("issue")
@click.argument("quote_id")
@_JSON
def licence_issue(quote_id: str, as_json: bool) -> None:
    """Accept a quote: its licence is issued, once, signed and logged."""
    wired = platform()
    found = shown(wired, issue_quote(wired, ensure_owner(wired), quote_id))
    if as_json:
        print_json(_licence_json(found))
    else:
        _tell_licence(found)


@licence.command("revoke")
@click.argument("licence_id")
@click.option("--reason", type=click.Choice([*REASONS]), required=True, help="Why it is revoked.")
@click.option("--note", default="", help="More about it; shown to whoever has the number.")
@_JSON
def licence_revoke(licence_id: str, reason: str, note: str, as_json: bool) -> None:
    """Revoke a licence by its number or id: signed, logged, and shown at once."""
    wired = platform()
    end = revoke(wired, ensure_owner(wired), licence_id, reason, note)
    if as_json:
        print_json({"state": end.state, "reason": end.reason, "ended_at": end.ended_at,
                    "statement": end.digest})  # fmt: skip
        return
    click.echo(f"revoked at {end.ended_at}: {end.reason_in_words}; statement {end.digest}")


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
    found = show_licence(wired, owner.id, licence_id)
    if out is not None:
        with staged(out) as staging:
            write_again(wired, owner.id, found.licence.id, staging)
    if as_json:
        print_json(_licence_json(found))
        return
    _tell_licence(found)
    if out is not None:
        click.echo(f"the track's files lie in {out}")


def _quote_json(quoted: Quote) -> dict[str, Any]:
    return {
        "track_id": quoted.subject.track_id,
        **scope_json(quoted),
        "price": {"amount_minor": quoted.price.amount_minor, "currency": quoted.price.currency},
        "expires_at": quoted.expires_at.isoformat(),
        "record_digest": quoted.subject.record_digest,
        "credits": list(quoted.subject.credits),
        "text": quoted.text,
    }


def _licence_json(found: ShownLicence) -> dict[str, Any]:
    stored, end = found.licence, found.end
    return {
        "licence_id": stored.id,
        "number": stored.number,
        "state": found.state,
        "ended": None if end is None else {
            "at": end.ended_at, "reason": end.reason, "note": end.note, "statement": end.digest,
        },
        **_quote_json(found.quoted),
        "licence_digest": stored.envelope_sha256,
        "withdrawn_works": works_json(found.withdrawn),
    }  # fmt: skip


def _tell_quote(quoted: Quote) -> None:
    summary = summarise(quoted)
    click.echo(f"{quoted.licensor} to {quoted.licensee}, {quoted.subject.title}")
    for name, value in summary.allowed:
        click.echo(f"  {name}: {value}")
    for line in summary.not_allowed:
        click.echo(f"  not allowed: {line}")
    for line in summary.notes:
        click.echo(f"  {line}")
    for credit in quoted.subject.credits:
        click.echo(f"  credit owed: {credit}")
    click.echo(
        f"  template {quoted.template_id} {quoted.template_version}: {quoted.template_status}"
    )


def _tell_licence(found: ShownLicence) -> None:
    stored = found.licence
    click.echo(f"licence {stored.number} ({stored.id}): {found.state}")
    if found.end is not None:
        click.echo(f"  ended at {found.end.ended_at}: {found.end.reason_in_words}")
    _tell_quote(found.quoted)
    for one in found.withdrawn:
        click.echo(
            f"  flagged: {one.title} ({one.work_id}), which the model learnt from, was withdrawn "
            f"at {one.withdrawn_at}; its influence is {percent(one.share):g} %; the terms stay"
        )
    click.echo(f"  record {found.quoted.subject.record_digest}")
    click.echo(f"  signed licence {stored.envelope_sha256}")
