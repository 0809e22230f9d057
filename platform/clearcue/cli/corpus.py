"""`clearcue corpus`: the works, the evidence for each right, policies and packs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from clearcue.adapters.packs.template import template
from clearcue.cli.output import platform, print_json, progress
from clearcue.errors import BadInputError
from clearcue.rights.manifest import MAX_MANIFEST_BYTES, manifest_errors, read_manifest
from clearcue.rights.values import Verdict
from clearcue.services.browsing import USABLE, list_packs, list_works, show_work
from clearcue.services.policies import show_policy, switch

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


@corpus.group("policy", invoke_without_command=True)
@_JSON
@click.pass_context
def corpus_policy(context: click.Context, as_json: bool) -> None:
    """Show which works may be used by which rules, and who switched what on."""
    if context.invoked_subcommand is not None:
        return
    shown = show_policy(platform())
    if as_json:
        print_json(shown)
        return
    click.echo(f"policy {shown['policy']} (version {shown['version']}): {shown['description']}")
    for permission, verdicts in shown["admits"].items():
        click.echo(f"  {permission}: {', '.join(verdicts)}")
    click.echo(f"  works that it admits to learn from: {shown['learnt_from']}")
    for opt_in in shown["opt_ins"]:
        click.echo(f"{'on ' if opt_in['on'] else 'off'} {opt_in['name']}: {opt_in['description']}")
    for one in shown["switches"]:
        click.echo(
            f"{one['at']} {one['who']} switched {one['opt_in']} {one['switched']}: {one['why']}"
        )


@corpus_policy.command("on")
@click.argument("opt_in")
@click.option("--who", required=True, help="Who answers for it.")
@click.option("--why", required=True, help="Why.")
def corpus_policy_on(opt_in: str, who: str, why: str) -> None:
    """Switch an opt-in on, in somebody's name; it is kept who did so and why."""
    _switch(opt_in, True, who, why)


@corpus_policy.command("off")
@click.argument("opt_in")
@click.option("--who", required=True, help="Who switches it off.")
@click.option("--why", required=True, help="Why.")
def corpus_policy_off(opt_in: str, who: str, why: str) -> None:
    """Switch an opt-in off; it is kept who did so and why."""
    _switch(opt_in, False, who, why)


def _switch(opt_in: str, on: bool, who: str, why: str) -> None:
    switch(platform(), opt_in, on, who, why)
    click.echo(f"{opt_in} is {'on' if on else 'off'} from now on; a running service asks at start")


@corpus.command("add")
@click.argument("pack")
@click.option(
    "--from",
    "source",
    required=True,
    help="A folder, a .zip or .tar.gz archive, or an https: or file: address of an archive.",
)
@click.option(
    "--manifest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The rights manifest of a folder of your own.",
)
@_JSON
def corpus_add(pack: str, source: str, manifest: Path | None, as_json: bool) -> None:
    """Take a pack of works in: a known one, or your own with its manifest.

    A file that is missing, changed or not listed is refused by name. What was stopped is taken up
    again by the same command.
    """
    text = None if manifest is None else manifest.read_bytes()
    wired = platform()
    with progress(as_json) as tell:
        name = wired.library.add_pack(pack, source, text, tell)
    shown = next(one for one in list_packs(wired) if one["name"] == name)
    if as_json:
        print_json(shown)
        return
    _tell_pack(shown)
    if not shown["learnt_from"]:
        click.echo(f"to learn from it, set CLEARCUE_PACKS={name}")


@corpus.command("packs")
@_JSON
def corpus_packs(as_json: bool) -> None:
    """List the packs that were taken in, and those that are known."""
    packs = list_packs(platform())
    if as_json:
        print_json({"packs": packs})
        return
    for pack in packs:
        _tell_pack(pack)


def _tell_pack(pack: dict[str, Any]) -> None:
    state = "taken in" if pack["taken_in"] else "known, not taken in"
    learnt = ", learnt from" if pack["learnt_from"] else ""
    counts = ", ".join(f"{verdict} {count}" for verdict, count in pack["counts"].items() if count)
    click.echo(f"{pack['name']}: {state}{learnt}; {pack['content']}: {counts}")
    click.echo(f"  {pack['source']}, {pack['licence'] or 'licence by work'}")
    if pack["attribution"]:
        click.echo(f"  credit: {pack['attribution']}")


@corpus.command("template")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", required=True, help="How the works' ids begin, such as my-songs.")
def corpus_template(folder: Path, name: str) -> None:
    """Print a manifest for a folder of your own, with every file's hash and every fact unknown.

    Save it, fill in what you can show, and give it to `clearcue corpus add NAME --from FOLDER
    --manifest FILE`. Nothing is learnt from until its rights are filled in.
    """
    click.echo(template(folder, name, datetime.now(UTC).date()))
