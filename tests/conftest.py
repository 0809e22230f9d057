"""What holds for every test: no network, a home of its own, reproducible examples.

- CLEARCUE_HOME is a new folder for each test process, so that no test meets the user's keys, log or
  database. Its `cache` folder is shared by the processes of one run: parsing the corpus costs a
  minute and is the same for all.
- A connection to anything but this machine raises; child processes are given a proxy where nothing
  listens.
- hypothesis draws the same examples in every run.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from skips import REQUIRE_ALL, SkipLedger

ROOT = Path(__file__).resolve().parents[1]
NODE_MODULES = ROOT / "tests" / "support" / "node" / "node_modules"
RUN_FOLDER = "CLEARCUE_TEST_RUN"
DEAD_PROXY = "http://127.0.0.1:9"

settings.register_profile("clearcue", derandomize=True, deadline=None, database=None)
settings.load_profile("clearcue")


class NetworkRefusedError(RuntimeError):
    """A test tried to reach another machine; no OSError, which libraries catch and try again."""


def _is_this_machine(address: object) -> bool:
    """Say whether a socket address is a path, or is on the loopback interface."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook (PEP 578): raise before a socket reaches out or a name is looked up."""
    if event in {"socket.connect", "socket.sendto"}:
        target = arguments[1]
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        target = (arguments[0] or "",)
    else:
        return
    if not _is_this_machine(target):
        raise NetworkRefusedError(f"tests do not use the network: {event} to {target!r}")


def _make_home(run_folder: Path, worker: str) -> Path:
    """Make one process's CLEARCUE_HOME below the run's folder, with the run's one cache in it."""
    home = run_folder / worker
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    cache = run_folder / "cache"
    cache.mkdir(exist_ok=True)
    if not (home / "cache").exists():
        (home / "cache").symlink_to(cache, target_is_directory=True)
    return home


def pytest_configure(config: pytest.Config) -> None:
    """Isolate this process, before any test module is imported."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="clearcue-tests-")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ["CLEARCUE_HOME"] = str(_make_home(Path(os.environ[RUN_FOLDER]), worker))
    os.environ["MPLBACKEND"] = "Agg"
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = os.environ[name.upper()] = DEAD_PROXY
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "localhost,127.0.0.1,::1"
    if NODE_MODULES.is_dir():
        os.environ.setdefault("CLEARCUE_NODE_MODULES", str(NODE_MODULES))
    require_all = os.environ.get(REQUIRE_ALL) == "1"
    config.pluginmanager.register(SkipLedger(require_all), "clearcue-skips")
    sys.addaudithook(_refuse_network)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the homes and the cache of this run."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(RUN_FOLDER), ignore_errors=True)


@pytest.fixture(scope="session")
def repository_root() -> Path:
    """Return the checkout's folder."""
    return ROOT


@pytest.fixture
def clearcue_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give one test a CLEARCUE_HOME that nothing else has used, with the run's shared cache."""
    home = _make_home(Path(os.environ[RUN_FOLDER]), f"home-{tmp_path.name}-{os.getpid()}")
    monkeypatch.setenv("CLEARCUE_HOME", str(home))
    return home
