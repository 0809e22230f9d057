"""What a run left out is said, and fails a run that had to run everything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from skips import TOOLS, missing_tools

CONFTEST = """
import os
from skips import TOOLS, SkipLedger, Tool

TOOLS["unobtainable"] = Tool((lambda: None,), "clearcue-unobtainable")

def pytest_configure(config):
    config.pluginmanager.register(SkipLedger(os.environ.get("CLEARCUE_REQUIRE_ALL") == "1"))
"""

PASSING = "def test_passes():\n    assert True\n"
NEEDY = "import pytest\n\n@pytest.mark.needs('unobtainable')\ndef test_needy():\n    assert False\n"
PLAIN_SKIP = "import pytest\n\ndef test_gives_up():\n    pytest.skip('no reason at all')\n"
MODULE_SKIP = "import pytest\n\npytest.skip('the whole module', allow_module_level=True)\n"
EXPECTED_FAILURE = (
    "import pytest\n\n@pytest.mark.xfail(strict=True)\ndef test_known():\n    assert False\n"
)


def _run(
    folder: Path, *arguments: str, require_all: bool, **files: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a process of its own on a small project that uses the ledger."""
    (folder / "conftest.py").write_text(CONFTEST)
    for name, text in files.items():
        (folder / f"test_{name}.py").write_text(text)
    support = Path(__file__).parents[1] / "support"
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = needs(*tools): needs these programs\n")
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTEST_", "CLEARCUE_"))
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=kept
        | {"PYTHONPATH": str(support)}
        | ({"CLEARCUE_REQUIRE_ALL": "1"} if require_all else {}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
@pytest.mark.parametrize(
    ("left_out", "name"),
    [
        (NEEDY, "test_case.py::test_needy"),
        (PLAIN_SKIP, "test_case.py::test_gives_up"),
        (MODULE_SKIP, "test_case.py"),
    ],
    ids=["needs", "skip", "module"],
)
def test_required_run_fails_when_a_test_is_left_out(
    tmp_path: Path, workers: tuple[str, ...], left_out: str, name: str
) -> None:
    """A run that must run everything ends with a failure that names the test, in workers too."""
    run = _run(tmp_path, *workers, require_all=True, passing=PASSING, case=left_out)
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"NOT RUN {name}: " in run.stdout


def test_required_run_fails_when_a_test_is_deselected(tmp_path: Path) -> None:
    """A test kept out by -k counts as left out."""
    run = _run(tmp_path, "-k", "passes", require_all=True, passing=PASSING, case=EXPECTED_FAILURE)
    assert run.returncode == 1
    assert "NOT RUN test_case.py::test_known: deselected" in run.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_required_run_passes_when_all_ran(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """An expected failure ran, so that nothing was left out."""
    run = _run(tmp_path, *workers, require_all=True, passing=PASSING, case=EXPECTED_FAILURE)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "left out" not in run.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_plain_run_names_the_apt_line_once(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Else the run passes, and says in one line what supplies the missing tool."""
    run = _run(tmp_path, *workers, require_all=False, one=NEEDY, two=NEEDY, passing=PASSING)
    assert run.returncode == 0, run.stdout + run.stderr
    lines = [line for line in run.stdout.splitlines() if line.startswith("left out:")]
    assert lines == [
        "left out: 2 tests: unobtainable missing: apt-get install clearcue-unobtainable"
    ]


def test_failing_run_keeps_its_own_exit_code(tmp_path: Path) -> None:
    """A failed collection is not turned into a failed test."""
    run = _run(tmp_path, require_all=True, case=NEEDY, broken="def (\n")
    assert run.returncode == 2


def test_unknown_tool_is_refused() -> None:
    """A misspelt tool is an error, not a test that never runs."""
    with pytest.raises(pytest.UsageError, match="ffmpg"):
        missing_tools(["ffmpg"])


def test_ci_installs_what_the_marks_need(repository_root: Path) -> None:
    """Each package behind a tool that a test is marked with stands in .ci/run."""
    marks = re.compile(r"mark\.needs\(([^)]*)\)")
    own = Path(__file__).name
    texts = [
        path.read_text()
        for path in (repository_root / "tests").rglob("test_*.py")
        if path.name != own
    ]
    needed = {
        name
        for text in texts
        for found in marks.findall(text)
        for name in re.findall(r'"([^"]+)"', found)
    }
    assert needed <= TOOLS.keys()
    ci = (repository_root / ".ci" / "run").read_text().split()
    packages = {package for name in needed for package in TOOLS[name].packages.split()}
    assert packages <= set(ci)
