"""How commands speak: progress on a terminal, JSON for machines, plain lines otherwise."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from clearcue.bootstrap import open_platform
from clearcue.cli.printing import print_json as print_json
from clearcue.services.platform import Platform
from clearcue.settings import read_settings


def platform() -> Platform:
    """The installation that the environment names."""
    return open_platform(read_settings(os.environ))


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Something to tell progress to: a bar on a terminal's standard error, else a line a stage."""
    if quiet:
        yield lambda stage, done, total: None
        return
    if not sys.stderr.isatty():
        yield _line_for_each_stage()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1)
        yield lambda stage, done, total: bar.update(
            task, description=stage, completed=done, total=total
        )


def _line_for_each_stage() -> Callable[[str, int, int], None]:
    """Writes one line when a stage begins, for logs."""
    told: list[str] = []

    def tell(stage: str, done: int, total: int) -> None:
        kind = "playing" if stage.startswith("playing") else stage
        if kind not in told:
            told.append(kind)
            click.echo(f"clearcue: {kind} ...", err=True)

    return tell
