"""What a run left out: tests whose programs are missing, and what supplies them.

`@pytest.mark.needs("ffmpeg", "node")` leaves a test out when one of the named tools is missing. The
end of a run names in one line each what was left out and the apt line that supplies it. With
CLEARCUE_REQUIRE_ALL=1 a run in which any test was skipped or deselected fails, for whatever reason
it was, and names those tests; .ci/run sets it.

Under pytest-xdist tests are collected in the workers. Reports of tests reach the controller by
themselves; modules that were skipped whole, and deselected tests, do not, so a worker hands them
over in its `workeroutput` when it ends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REQUIRE_ALL = "CLEARCUE_REQUIRE_ALL"
LEFT_OUT = "clearcue_left_out"

Finder = Callable[[], Path | None]


def _on_path(program: str, *folders: str) -> Finder:
    """Make a search for `program` on PATH, then in folders (globs below `/`) off PATH."""

    def find() -> Path | None:
        found = shutil.which(program)
        if found:
            return Path(found)
        elsewhere = (
            path for folder in folders for path in sorted(Path("/").glob(f"{folder}/{program}"))
        )
        return next(elsewhere, None)

    return find


def _sound_font() -> Path | None:
    """Find MuseScore_General (MIT and CC0), FluidSynth's instruments in the comparison."""
    fonts = (
        path
        for kind in ("sf2", "sf3")
        for path in Path("/usr/share/sounds").glob(f"{kind}/MuseScore_General*")
    )
    return next(iter(sorted(fonts)), None)


def _node_packages() -> Path | None:
    """Find the npm packages that set-up installed, by CLEARCUE_NODE_MODULES."""
    folder = Path(os.environ.get("CLEARCUE_NODE_MODULES", ""))
    return folder if (folder / ".package-lock.json").is_file() else None


@dataclass(frozen=True)
class Tool:
    """What a test may need: how each part of it is found, and the Debian packages with it."""

    finders: tuple[Finder, ...]
    packages: str
    hint: str = ""

    def is_there(self) -> bool:
        """Say whether every part was found."""
        return all(find() is not None for find in self.finders)


_POSTGRES_BINARIES = "usr/lib/postgresql/*/bin"

TOOLS: dict[str, Tool] = {
    "chromium": Tool((_on_path("chromium"),), "chromium"),
    "curl": Tool((_on_path("curl"),), "curl"),
    "ffmpeg": Tool((_on_path("ffmpeg"),), "ffmpeg"),
    "fluidsynth": Tool(
        (_on_path("fluidsynth"), _sound_font), "fluidsynth musescore-general-soundfont-small"
    ),
    "node": Tool(
        (_on_path("node"), _node_packages),
        "nodejs npm",
        "then `make test`, which installs the npm packages",
    ),
    "openssl": Tool((_on_path("openssl"),), "openssl"),
    "pdftoppm": Tool((_on_path("pdftoppm"),), "poppler-utils"),
    "pdftotext": Tool((_on_path("pdftotext"),), "poppler-utils"),
    "postgres": Tool((_on_path("postgres", _POSTGRES_BINARIES),), "postgresql"),
    "redis": Tool((_on_path("redis-server"),), "redis-server"),
}


def find_program(name: str) -> Path:
    """Return the path of the program behind a tool's name.

    Raises:
        LookupError: when it is missing; a test that calls this is marked with `needs(name)`.
    """
    found = TOOLS[name].finders[0]()
    if found is None:
        raise LookupError(f"{name} is missing: apt-get install {TOOLS[name].packages}")
    return found


def missing_tools(names: Iterable[str]) -> list[str]:
    """Return those of the named tools that this machine lacks, in the order given.

    Raises:
        pytest.UsageError: when a name is not in TOOLS.
    """
    wanted = list(names)
    unknown = [name for name in wanted if name not in TOOLS]
    if unknown:
        raise pytest.UsageError(
            f"needs({unknown[0]!r}): unknown tool; known are {', '.join(TOOLS)}"
        )
    return [name for name in wanted if not TOOLS[name].is_there()]


@dataclass(eq=False)  # pytest keeps its plugins in sets
class SkipLedger:
    """The pytest plugin that leaves tests out, says so, and fails a run that had to run them all.

    `left_out` maps a test's or module's node id to the reason.
    """

    require_all: bool
    left_out: dict[str, str] = field(default_factory=dict)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark each test that needs a missing tool as skipped, with the apt line as its reason."""
        for item in items:
            names = [name for mark in item.iter_markers("needs") for name in mark.args]
            missing = missing_tools(names)
            if missing:
                item.add_marker(pytest.mark.skip(reason=_reason(missing)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test; an expected failure is reported as skipped too, but it ran."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.left_out[report.nodeid] = _reason_of(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a module that skipped itself whole."""
        if report.skipped:
            self.left_out[report.nodeid] = _reason_of(report)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note tests that a -k, -m or --deselect kept from running."""
        self.left_out.update({item.nodeid: "deselected" for item in items})

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object | None) -> None:
        """Take over what a worker left out; one that crashed has nothing to hand over."""
        self.left_out.update(getattr(node, "workeroutput", {}).get(LEFT_OUT, {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand a worker's notes over; fail a run that had to run everything and did not."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[LEFT_OUT] = dict(self.left_out)
        elif self.require_all and self.left_out and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print one line a reason, and each test by name when all were to run."""
        if not self.left_out:
            return
        for reason, count in sorted(_counted(self.left_out.values()).items()):
            terminalreporter.write_line(
                f"left out: {count} {'test' if count == 1 else 'tests'}: {reason}"
            )
        if self.require_all:
            terminalreporter.section(f"{REQUIRE_ALL} is set, so these had to run")
            for nodeid, reason in sorted(self.left_out.items()):
                terminalreporter.write_line(f"NOT RUN {nodeid}: {reason}", red=True)


def _reason(missing: list[str]) -> str:
    """Say which tools are missing and the one apt line that supplies them."""
    packages = " ".join(
        dict.fromkeys(word for name in missing for word in TOOLS[name].packages.split())
    )
    hints = [TOOLS[name].hint for name in missing if TOOLS[name].hint]
    return ", ".join([f"{' and '.join(missing)} missing: apt-get install {packages}", *hints])


def _reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Take the reason out of a skip's (file, line, "Skipped: reason")."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr)


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    return counts
