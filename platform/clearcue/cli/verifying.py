"""`clearcue verify`: the stand-alone verifier, with this installation's trust root."""

import os
import sys
from pathlib import Path

import click

from clearcue.cli.output import platform, print_json, progress
from clearcue.errors import BadInputError
from clearcue.services.recomposing import (
    DIFFERS,
    NOT_COMPARED,
    SAME,
    WITHIN,
    Recomposition,
    recompose,
)
from clearcue.settings import read_settings
from clearcue_provenance.cli import NOT_VERIFIED, VERIFIED, UnreadableError, check, print_report
from clearcue_provenance.cli import main as verifier

_MARKS = {SAME: "ok  ", WITHIN: "ok  ", DIFFERS: "FAIL", NOT_COMPARED: "--  "}


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--trust-root", type=click.Path(path_type=Path), help="The keys to believe, if not our own."
)
@click.option(
    "--recompose",
    "again",
    is_flag=True,
    help="Compose the track again from its record, and compare score and sound.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(
    bundle: Path, files: tuple[Path, ...], trust_root: Path | None, again: bool, as_json: bool
) -> None:
    """Verify a track's record and files.

    BUNDLE is bundle.json; FILES are audio, scores, licence.json, delivery.json, authorship.json or
    any other file of the delivery. Exit code 0: verified; 1: not verified; 2: unreadable.
    """
    own = read_settings(os.environ).home / "trust-root.json"
    root = trust_root or (own if own.is_file() else None)
    if again:
        sys.exit(_verify_again(bundle, files, root, as_json))
    options = ["--json"] if as_json else []
    if root is not None:
        options += ["--trust-root", str(root)]
    sys.exit(verifier([*options, "--", str(bundle), *map(str, files)]))


def _verify_again(bundle: Path, files: tuple[Path, ...], root: Path | None, as_json: bool) -> int:
    """Verify, and compose again what has verified; returns the exit code."""
    try:
        report = check(str(bundle), [*map(str, files)], None if root is None else str(root))
    except UnreadableError as error:
        raise BadInputError(str(error)) from error
    done = None
    if report.verified and report.track:
        audio = next((path.read_bytes() for path in files if path.name == "track.wav"), None)
        with progress(as_json) as tell:
            done = recompose(platform(), bundle.read_bytes(), audio, tell)
    if as_json:
        print_json({**report.plain(), "recomposition": None if done is None else done.plain()})
    else:
        print_report(report)
        _tell(done)
    return VERIFIED if done is not None and done.same else NOT_VERIFIED


def _tell(done: Recomposition | None) -> None:
    if done is None:
        click.echo("not composed again: only the verified record of a track can be")
        return
    click.echo("composed again: the same" if done.same else "composed again: NOT the same")
    for one in done.comparisons:
        mark = {"same": "ok  ", "within tolerance": "ok  ", "differs": "FAIL"}.get(
            one.outcome, "--  "
        )
        click.echo(f"  {mark} {one.what}: {one.message or one.outcome}")
        if one.outcome == DIFFERS:
            click.echo(f"       stated {one.stated}, found {one.found}")
    if done.advice:
        click.echo(done.advice)
