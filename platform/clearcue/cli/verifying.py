"""`clearcue verify`: the stand-alone verifier, with this installation's trust root."""

import os
import sys
from pathlib import Path

import click

from clearcue.settings import read_settings
from clearcue_provenance.cli import main as verifier


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--trust-root", type=click.Path(path_type=Path), help="The keys to believe, if not our own."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(bundle: Path, files: tuple[Path, ...], trust_root: Path | None, as_json: bool) -> None:
    """Verify a track's record and files.

    BUNDLE is bundle.json; FILES are audio, scores, licence.json, delivery.json or any other file
    of the delivery. Exit code 0: verified; 1: not verified; 2: unreadable.
    """
    own = read_settings(os.environ).home / "trust-root.json"
    root = trust_root or (own if own.is_file() else None)
    options = ["--json"] if as_json else []
    if root is not None:
        options += ["--trust-root", str(root)]
    sys.exit(verifier([*options, "--", str(bundle), *map(str, files)]))
