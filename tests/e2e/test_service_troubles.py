"""A running service whose database is lost, or whose disk is full, and that gets it back."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asking import ask, ended, until, upload
from command_line import fresh_home
from service import Service, running_service

BRIEF = {"mood": "calm", "usage": "ad", "seconds": 5}


def processes(service: Service) -> list[int]:
    """Those that do the work: what serves requests, and the worker."""
    until(lambda: ask(service, "/readyz")[0] == 200)
    service.wait_for("clearcue worker: ready for jobs")  # one that starts yet would just end
    master = int(service.wait_for("web started").split()[-1])
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [*map(int, children), service.worker_pid]


@contextmanager
def full_disk(pids: list[int], most_bytes: int) -> Iterator[None]:
    """Let no file of these processes grow beyond a size while the block runs."""
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    try:
        for pid, (_, hard) in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most_bytes, hard))
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def test_a_lost_database_is_told_and_comes_back(tmp_path: Path) -> None:
    """While it is away: 503 with a plain line, and nothing dies; then the service works on."""
    home = fresh_home(tmp_path / "home")
    with running_service(home) as service:
        working = processes(service)
        (home / "clearcue.db").rename(home / "away.db")
        for path, body in (("/v1/tracks", None), ("/v1/tracks", BRIEF), ("/readyz", None)):
            status, problem = ask(service, path, body)
            assert (status, problem["type"]) == (503, "urn:clearcue:problem:store-lost")
            assert "check its URL, folder and server" in problem["detail"]
        assert ask(service, "/healthz") == (200, {"status": "ok"})
        service.wait_for("clearcue worker: the database cannot be reached or opened")
        assert not (home / "clearcue.db").exists()
        (home / "away.db").rename(home / "clearcue.db")
        status, job = ask(service, "/v1/tracks", BRIEF)
        assert status == 202
        assert ended(service, job["id"])["state"] == "done"
        assert processes(service) == working
    assert "Traceback" not in "\n".join(service.lines)


def test_a_full_disk_for_the_database_is_told(tmp_path: Path) -> None:
    """Nothing can be noted, not even what went wrong: 503, and a line of the worker."""
    home = fresh_home(tmp_path / "home")
    with running_service(home, CLEARCUE_LEASE_SECONDS="3") as service:
        working = processes(service)
        with full_disk(working, 16 * 1024):
            status, problem = ask(service, "/v1/tracks", BRIEF)
            assert (status, problem["type"]) == (503, "urn:clearcue:problem:store-unwritable")
            assert "make room" in problem["detail"]
            assert ask(service, "/healthz")[0] == 200
            service.wait_for("clearcue worker: the disk of the database cannot be written")
        status, job = ask(service, "/v1/tracks", BRIEF)
        assert status == 202
        assert ended(service, job["id"])["state"] == "done"
        assert processes(service) == working
    assert "Traceback" not in "\n".join(service.lines)


def test_a_full_disk_for_files_makes_the_job_wait(tmp_path: Path) -> None:
    """The job says why it waits, a large upload gets 503; with room again it is done, once."""
    home = fresh_home(tmp_path / "home")
    with running_service(home, CLEARCUE_LEASE_SECONDS="3") as service:
        working = processes(service)
        with full_disk(working, 1024 * 1024):
            _, job = ask(service, "/v1/tracks", BRIEF)
            told = until(lambda: ask(service, f"/v1/jobs/{job['id']}")[1]["error"])
            assert told == "the disk of the stored files is full; make room"
            assert ask(service, f"/v1/jobs/{job['id']}")[1]["state"] in ("queued", "running")
            refused = upload(service, b"X:1\nK:C\n" + b"%" * (2 << 20))
            assert (refused[0], refused[1]["type"]) == (503, "urn:clearcue:problem:unavailable")
        done = ended(service, job["id"])
        assert (done["state"], done["error"]) == ("done", None)
        assert len(ask(service, "/v1/tracks")[1]["items"]) == 1
        assert upload(service, b"X:1\nK:C\n" + b"%" * (2 << 20))[0] == 422
        assert processes(service) == working
    assert "Traceback" not in "\n".join(service.lines)
