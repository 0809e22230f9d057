"""A running service for tests: `clearcue serve` on a free port, with its worker."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from command_line import SCRIPT

START_SECONDS = 120


@dataclass
class Service:
    """A started service: its address, its home, and the file that its lines go to."""

    process: subprocess.Popen[bytes]
    home: Path
    output: Path
    url: str = ""
    last_lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        """The whole lines that it has written so far, or did until it ended."""
        if self.last_lines is not None:
            return self.last_lines
        return self.output.read_text(errors="replace").rpartition("\n")[0].splitlines()

    @property
    def key(self) -> str:
        """The owner's first key."""
        return (self.home / "first-api-key").read_text().strip()

    @property
    def worker_pid(self) -> int:
        """The process of the worker that was started last."""
        found = [re.search(r"worker started, process (\d+)", line) for line in self.lines]
        return int([match for match in found if match][-1][1])

    def wait_for(self, text: str, after: int = 0) -> str:
        """The first line with a text, from a number of lines on."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for line in self.lines[after:]:
                if text in line:
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no {text!r} in {self.lines}")


@contextmanager
def running_service(home: Path, **environment: str) -> Iterator[Service]:
    """A service on a free port, ended when the block is left."""
    with tempfile.NamedTemporaryFile(prefix="clearcue-service-") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, "serve", "--port", "0"],
            env={**os.environ, "CLEARCUE_HOME": str(home), **environment},
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        service = Service(process, home, Path(output.name))
        try:
            service.url = service.wait_for("serving on").split()[-1]
            service.wait_for("worker started")
            yield service
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            finally:
                process.kill()
                process.wait()
                service.last_lines = service.lines
