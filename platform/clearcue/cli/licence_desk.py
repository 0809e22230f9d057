"""`clearcue licence which|templates|review|prices|payments|paid|paper`: around the licences."""

import os
from pathlib import Path

import click

from clearcue.bootstrap import PRICES_NAME
from clearcue.cli.output import platform, print_json
from clearcue.errors import BadInputError
from clearcue.files import write_atomically
from clearcue.licensing.advising import advise
from clearcue.licensing.paper import SIZES
from clearcue.licensing.prices import example_price_list
from clearcue.licensing.scope import territory_in_words
from clearcue.licensing.templates import all_templates
from clearcue.services.advising import advice_json, price_of
from clearcue.services.licences import show as show_licence
from clearcue.services.licences import status_of
from clearcue.services.owner import ensure_owner
from clearcue.services.papers import PAPERS, paper
from clearcue.services.paying import list_payments, mark_paid
from clearcue.services.reviewing import record_review
from clearcue.settings import read_settings

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command("which")
@click.argument("words", nargs=-1, required=True)
@_JSON
def licence_which(words: tuple[str, ...], as_json: bool) -> None:
    """Say which licence is needed, from WORDS that say what is made with the music."""
    wired = platform()
    found = advise(" ".join(words))
    price = price_of(wired, found)
    if as_json:
        print_json(advice_json(found, price))
        return
    click.echo(f"{found.template.title} ({found.template.id}), {price}")
    click.echo(f"  {found.reason}")
    click.echo(f"  covers: {'; '.join(found.template.media.values())}")
    click.echo(
        f"  where: {territory_in_words(found.territory)}; how long: {found.term}; "
        f"exclusive: {found.exclusivity}"
    )
    for line in found.assumed:
        click.echo(f"  {line}")
    for line in found.not_covered:
        click.echo(f"  does not cover: {line}")


@click.command("templates")
@_JSON
def licence_templates(as_json: bool) -> None:
    """List the licence templates, their versions and what is known of their review."""
    wired = platform()
    listed = [
        {
            "id": one.id,
            "version": one.version,
            "title": one.title,
            "sha256": one.sha256,
            "status": status_of(wired, one),
        }
        for one in all_templates()
    ]
    if as_json:
        print_json({"templates": listed})
        return
    for entry in listed:
        click.echo(f"{entry['id']:15} {entry['version']}  {entry['title']}: {entry['status']}")


@click.command("review")
@click.argument("template_id")
@click.option("--by", "reviewer", required=True, help="Who reviewed it; stands in every quote.")
@click.option("--note", default="", help="More about it, kept for the owner.")
@_JSON
def licence_review(template_id: str, reviewer: str, note: str, as_json: bool) -> None:
    """Record that counsel has reviewed a template's current text."""
    review = record_review(platform(), template_id, reviewer, note)
    if as_json:
        print_json({"template": review.template_id, "version": review.version,
                    "sha256": review.sha256, "reviewer": review.reviewer})  # fmt: skip
        return
    click.echo(f"{review.template_id} {review.version} ({review.sha256}): by {review.reviewer}")


@click.command("prices")
@click.option("--write", is_flag=True, help="Copy the example to the home folder, to be edited.")
def licence_prices(write: bool) -> None:
    """Print the price list that is in force."""
    path = read_settings(os.environ).home / PRICES_NAME
    if write:
        if path.exists():
            raise BadInputError(f"{path} is there already; edit it")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, example_price_list())
        click.echo(f"the price list lies in {path}; what is edited there holds for new quotes")
        return
    click.echo((path.read_bytes() if path.is_file() else example_price_list()).decode("utf-8"))


@click.command("payments")
@_JSON
def licence_payments(as_json: bool) -> None:
    """List what is owed for licences and was paid, oldest first."""
    wired = platform()
    listed = list_payments(wired, ensure_owner(wired))
    if as_json:
        print_json({"payments": [
            {"invoice": one.invoice, "method": one.method, "state": one.state,
             "reason": one.reason, "quote_id": one.quote_id, "licence_id": one.licence_id,
             "currency": one.currency, "amount_minor": one.amount_minor,
             "created_at": one.created_at.isoformat()}
            for one in listed
        ]})  # fmt: skip
        return
    for one in listed:
        name = f"invoice {one.invoice}" if one.invoice else one.reference
        click.echo(
            f"{one.created_at:%Y-%m-%d}  {one.currency} {one.amount_minor} minor  {one.state:11}  "
            f"{name}  {one.licence_id or one.reason}"
        )


@click.command("paid")
@click.argument("licence_id")
def licence_paid(licence_id: str) -> None:
    """Note that the invoice of a licence (its number or id) was paid."""
    wired = platform()
    payment = mark_paid(wired, ensure_owner(wired), licence_id)
    click.echo(f"{payment.reference} is noted as paid")


@click.command("paper")
@click.argument("licence_id")
@click.argument("name", type=click.Choice([*PAPERS]))
@click.option("--size", type=click.Choice(SIZES), default="A4", help="The paper's size.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; NAME if left out."
)
def licence_paper(licence_id: str, name: str, size: str, out: Path | None) -> None:
    """Write one of a licence's papers into a file."""
    wired = platform()
    found = show_licence(wired, ensure_owner(wired).id, licence_id)
    path = out or Path(name)
    write_atomically(path, paper(wired, found.licence, name, size))
    click.echo(f"{name} of {found.licence.number} lies in {path}")
