"""The source tree's shape: where packages may be, who imports whom, what the wheel holds."""

import ast
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel_names(repository_root: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Build the wheel without a network and return the names of its files."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    run = subprocess.run(
        [sys.executable, *command, str(repository_root)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (wheel,) = folder.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def _files(folder: Path, pattern: str) -> set[str]:
    paths = (path for path in folder.rglob(pattern) if path.is_file())
    return {str(path.relative_to(folder)) for path in paths if "__pycache__" not in path.parts}


@pytest.mark.parametrize("folder", ["platform", "provenance"])
def test_source_roots_are_no_packages(repository_root: Path, folder: str) -> None:
    """A package named `platform` would take the standard library's place."""
    assert not (repository_root / folder / "__init__.py").exists()


def test_tests_are_no_packages(repository_root: Path) -> None:
    """Test folders hold no __init__.py, so that importlib mode imports each file by itself."""
    found = (repository_root / "tests").rglob("__init__.py")
    assert [path for path in found if "node_modules" not in path.parts] == []


def test_test_files_have_names_of_their_own(repository_root: Path) -> None:
    """Two test files of one name would stand for one module."""
    names = Counter(path.name for path in (repository_root / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def _lint_imports(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter in a process of its own: it keeps the modules' graph in memory."""
    code = (
        "import sys; from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(config_filename=sys.argv[1], no_cache=True))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(config)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_import_contracts_hold(repository_root: Path) -> None:
    """The layers and the places of Flask, SQLAlchemy, music21 and datasketch are kept."""
    run = _lint_imports(repository_root, repository_root / "pyproject.toml")
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


def test_import_contracts_can_break(tmp_path: Path) -> None:
    """A layer that reaches back is found, so that the contracts above say something."""
    config = tmp_path / "reversed.toml"
    config.write_text(
        '[tool.importlinter]\nroot_packages = ["clearcue"]\n'
        '[[tool.importlinter.contracts]]\nname = "reversed"\ntype = "layers"\n'
        'layers = ["clearcue.music", "clearcue.rights"]\n'
    )
    run = _lint_imports(tmp_path, config)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "reversed BROKEN" in run.stdout


def test_verifier_needs_only_the_standard_library_and_cryptography(repository_root: Path) -> None:
    """An auditor installs `cryptography` and nothing else."""
    allowed = {"cryptography", "clearcue_provenance", *sys.stdlib_module_names}
    imported = set()
    for path in (repository_root / "provenance" / "clearcue_provenance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path.name} imports relatively"
                imported.add(str(node.module).partition(".")[0])
    assert imported <= allowed


def test_wheel_holds_code_data_and_migrations(
    repository_root: Path, wheel_names: list[str]
) -> None:
    """Each file of both source roots and the migrations is in the wheel, ignored by no pattern."""
    roots = {
        "clearcue": repository_root / "platform" / "clearcue",
        "clearcue_provenance": repository_root / "provenance" / "clearcue_provenance",
        "clearcue/migrations": repository_root / "migrations",
    }
    expected = {f"{name}/{path}" for name, root in roots.items() for path in _files(root, "*")}
    assert expected - set(wheel_names) == set()


def test_wheel_holds_nothing_else(wheel_names: list[str]) -> None:
    """Tests, tools and documents stay out; the licence goes along."""
    tops = {name.partition("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "clearcue",
        "clearcue_provenance",
    }
    assert any(name.endswith("licenses/LICENSE") for name in wheel_names)
