"""The service from outside: the documented commands, word for word, against `clearcue serve`."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command_line import clearcue, fresh_home
from service import running_service


def _commands(document: Path) -> str:
    return "\n".join(re.findall(r"```sh\n(.*?)```", document.read_text(), re.DOTALL))


@pytest.mark.needs("curl")
def test_the_documented_commands_work(repository_root: Path, tmp_path: Path) -> None:
    """From a brief to a verified bundle and a licence with curl alone, as docs/api.md has it."""
    home, folder = fresh_home(tmp_path / "home"), tmp_path / "walk"
    folder.mkdir()
    script = _commands(repository_root / "docs" / "api.md")
    with running_service(home) as service:
        assert "http://127.0.0.1:8000" in script
        script = script.replace("http://127.0.0.1:8000", service.url)
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            cwd=folder, env={**os.environ, "CLEARCUE_HOME": str(home)}, capture_output=True,
            text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert (home / "first-api-key").stat().st_mode & 0o777 == 0o600
        assert service.key not in "\n".join(service.lines)
    view = json.loads((folder / "licence-view.json").read_text())
    assert (view["licensee"], view["territory"]) == ("Example Film", ["AT", "DE"])
    assert (folder / "certificate.pdf").read_bytes().startswith(b"%PDF-")
    events = re.findall(r"^event: job$", done.stdout, re.MULTILINE)
    assert len(events) >= 3
    checked = clearcue(home, "verify", folder / "bundle.json", folder / "track.wav",
                       folder / "licence.json")  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    shown = clearcue(home, "licence", "show", view["number"], "--json")
    assert json.loads(shown.stdout)["licence_id"] == view["id"]


def test_a_busy_port_is_one_line(tmp_path: Path) -> None:
    """A port that somebody holds is told in one line, with what to do."""
    home = fresh_home(tmp_path / "home")
    with running_service(home) as service:
        port = service.url.rsplit(":", 1)[1]
        refused = clearcue(home, "serve", "--port", port)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "choose another with --port" in refused.stderr


def test_children_end_with_a_killed_parent(tmp_path: Path) -> None:
    """When `clearcue serve` itself is killed, web and worker end by themselves."""
    with running_service(fresh_home(tmp_path / "home")) as service:
        web = int(service.wait_for("web started").split()[-1])
        children = [web, service.worker_pid]
        service.process.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 60
        while children and time.monotonic() < deadline:
            children = [pid for pid in children if _runs(pid)]
            time.sleep(0.1)
    assert children == []


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1]
    except FileNotFoundError:
        return False
