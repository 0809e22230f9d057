"""The project's own files: pins, hosts, paths, compose, set-up and licences."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from list_licences import BEGIN, END, declarations_of, pins_of, table_of
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import features

# Put together from pieces, so that this file does not hold what it looks for.
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "yarn" + "pkg.com",
    "deb." + "debian.org",
    "docker" + ".io",
    "ghcr" + ".io",
    "quay" + ".io",
    "proxy." + "golang.org",
]
MACHINE_PATH = re.compile(
    r"(?<![\w.)}])/(?:work/|root/|home/\w+/)" + r"|/opt/(?:py" + r"pi|wheels)"
)
NOT_OURS = {
    *(".git", ".venv", "node_modules", "__pycache__", "dist", "build", "out"),
    *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis"),
}


def _our_texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each of the repository's text files with its text."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(set(subfolders) - NOT_OURS)
        for name in sorted(set(names) - NOT_OURS):
            path = Path(folder, name)
            try:
                yield path.relative_to(root), path.read_text()
            except UnicodeDecodeError:
                continue


def test_no_registry_host_and_no_path_of_a_machine(repository_root: Path) -> None:
    """Neither code nor documents nor lock files name where packages came from or were made."""
    found = [
        f"{path}: {match[0]}"
        for path, text in _our_texts(repository_root)
        for match in re.finditer("|".join([*map(re.escape, HOSTS), MACHINE_PATH.pattern]), text)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["runtime", "cluster", "test", "evidence"])
def test_every_pin_has_hashes(repository_root: Path, name: str) -> None:
    """pip refuses a list in which one package lacks its hashes, and takes no other version."""
    text = (repository_root / "requirements" / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text).strip())
    assert all(re.match(r"[\w.-]+==\S+ ", block) for block in blocks)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)


@pytest.mark.parametrize("extra", [None, "cluster", "test", "evidence"])
def test_pins_meet_what_the_project_asks_for(repository_root: Path, extra: str | None) -> None:
    """Each dependency stands in its list at a version that the project accepts."""
    project = tomllib.loads((repository_root / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    if extra:
        wanted += project["optional-dependencies"][extra]
    pinned = pins_of(repository_root / "requirements" / f"{extra or 'runtime'}.txt")
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not pinned: run make requirements"
        assert requirement.specifier.contains(version)


def test_sets_agree(repository_root: Path) -> None:
    """What runs is what was tested: the larger lists pin the runtime list's versions."""
    runtime, cluster, test, evidence = (
        pins_of(repository_root / "requirements" / f"{name}.txt")
        for name in ("runtime", "cluster", "test", "evidence")
    )
    assert runtime.items() <= test.items()
    assert runtime.items() <= cluster.items()
    assert runtime.items() <= evidence.items()
    assert all(test.get(package, pin) == pin for package, pin in evidence.items())


def test_licence_table_is_up_to_date(repository_root: Path) -> None:
    """The table in the documents is what the installed metadata says."""
    document = (repository_root / "docs" / "licences.md").read_text()
    _, _, rest = document.partition(BEGIN)
    inside, _, _ = rest.partition(END)
    assert BEGIN + inside + END == table_of(repository_root / "requirements" / "runtime.txt")


@pytest.mark.parametrize("name", ["runtime", "cluster"])
def test_nothing_that_runs_is_under_the_gpl(repository_root: Path, name: str) -> None:
    """No package at run time is under the GPL or the AGPL; the LGPL is another licence."""
    pins = pins_of(repository_root / "requirements" / f"{name}.txt")
    for package in pins:
        fields = declarations_of(package)
        # A `License` field may hold a whole licence text; its beginning names it.
        starts = [text[:80] for text in fields["License"]]
        for text in fields["License-Expression"] + fields["Classifier"] + starts:
            without_lgpl = re.sub(r"LGPL|Lesser General Public", "", text)
            assert not re.search(r"GPL|General Public License", without_lgpl), (package, text)


def test_every_bundled_library_is_listed(repository_root: Path) -> None:
    """Each shared library that a runtime wheel brings in a `*.libs` folder is on the page."""
    document = (repository_root / "docs" / "licences.md").read_text()
    bundled = set()
    for package in pins_of(repository_root / "requirements" / "runtime.txt"):
        for file in distribution(package).files or []:
            if file.parts[0].endswith(".libs") and ".so" in file.name:
                bundled.add(re.split(r"[-.]", file.name)[0].removesuffix("64_"))
    assert {name for name in bundled if name not in document} == set()


def test_pillow_is_built_without_gpl_code() -> None:
    """Pillow can be built with libimagequant, which is under the GPL; ours is not."""
    assert not features.check("libimagequant")


def test_compose_file_has_no_dangling_reference(repository_root: Path) -> None:
    """Each service that another waits for, and each named volume, is defined in the file."""
    compose = yaml.safe_load((repository_root / "compose.yaml").read_text())
    services = compose["services"]
    assert services
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= services.keys() - {name}
        named = {text.partition(":")[0] for text in service.get("volumes", [])}
        assert {volume for volume in named if not volume.startswith((".", "/"))} <= set(
            compose["volumes"]
        )
        build = service.get("build")
        assert build is None or (repository_root / build["dockerfile"]).is_file()


def test_compose_file_follows_its_schema(repository_root: Path) -> None:
    """The file is valid by the Compose specification."""
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    run = subprocess.run(
        [sys.executable, *command, str(repository_root / "compose.yaml")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_make_track_takes_nothing_from_the_environment(repository_root: Path) -> None:
    """Variables that happen to be set do not change a track; the command line does."""
    stray = {"MOOD": "stray", "SECONDS": "7", "SEED": "8", "OUT": "stray", "USAGE": "stray",
             "LOUDNESS": "-16", "DELIVER": "all"}  # fmt: skip
    command = ["make", "--dry-run", "track", "USAGE=film", "SEED=9"]
    run = subprocess.run(
        command,
        cwd=repository_root,
        env=os.environ | stray,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    line = " ".join(run.stdout.replace("\\\n", " ").split())
    expected = "make --mood 'uplifting' --usage 'film' --seconds '30' --seed '9' --out 'out' printf"
    assert expected in line
    assert "--loudness" not in line
    assert "--deliver" not in line


def test_set_up_without_python_says_what_to_do(repository_root: Path, tmp_path: Path) -> None:
    """On a machine without Python 3.11 the set-up ends with one line and makes nothing."""
    programs = tmp_path / "programs"
    clone = tmp_path / "a clone"
    programs.mkdir()
    shutil.copytree(repository_root / "requirements", clone / "requirements")
    shutil.copy(repository_root / "pyproject.toml", clone)
    for name in ("cat", "cksum", "dirname", "grep", "sh"):
        (programs / name).symlink_to(str(shutil.which(name)))
    run = subprocess.run(
        ["sh", clone / "requirements" / "install.sh", "runtime"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.splitlines() == [
        "clearcue: no Python 3.11 or later found: install it, or name it with "
        "PYTHON=/path/to/python3.11"
    ]
    assert not (clone / ".venv").exists()


def test_tests_reach_no_other_machine() -> None:
    """A connection or a look-up that leaves this machine raises."""
    with pytest.raises(RuntimeError, match="do not use the network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match="do not use the network"):
        socket.getaddrinfo("example.com", 80)


def test_tests_may_reach_this_machine() -> None:
    """A server on the loopback interface can be talked to."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_tests_have_a_home_of_their_own(clearcue_home: Path) -> None:
    """No test meets the keys, the log or the database of whoever runs it."""
    assert os.environ["CLEARCUE_HOME"] == str(clearcue_home)
    assert {path.name for path in clearcue_home.iterdir()} == {"cache"}
