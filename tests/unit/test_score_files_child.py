"""The parser process refuses what a score file has no business with."""

import json
import subprocess
import sys
from dataclasses import asdict

from clearcue.adapters.score_files.limits import Limits

PROBE = """
import socket, subprocess, sys
from clearcue.adapters.score_files import child
sys.addaudithook(child.refuse)
for attempt in (
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: subprocess.run(["true"]),
):
    try:
        attempt()
    except PermissionError as error:
        print(error)
"""


def test_connections_and_programs_are_refused() -> None:
    """With the process's own hook in place neither a socket nor a program can be opened."""
    run = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "a score file cannot ask for socket.getaddrinfo",
        "a score file cannot ask for socket.getaddrinfo",
        "a score file cannot ask for subprocess.Popen",
    ]


def test_what_a_library_prints_does_not_reach_the_result() -> None:
    """A refused file gives its line on the error output and nothing on the output."""
    request = {"kind": "midi", "work_id": "x", "limits": asdict(Limits())}
    run = subprocess.run(
        [sys.executable, "-I", "-m", "clearcue.adapters.score_files.child", json.dumps(request)],
        input=b"MThd",
        capture_output=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (3, b"")
    assert run.stderr == b"is a damaged MIDI file\n"
