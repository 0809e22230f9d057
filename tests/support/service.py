"""A running service for tests: `clearcue serve` on a free port, with its worker."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from command_line import SCRIPT

START_SECONDS = 120


@dataclass
class Service:
    """A started service: its address, its home, the lines that it has written."""

    process: subprocess.Popen[str]
    home: Path
    lines: list[str] = field(default_factory=list)
    url: str = ""

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
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "serve", "--port", "0"],
        env={**os.environ, "CLEARCUE_HOME": str(home), **environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    service = Service(process, home)
    reader = threading.Thread(target=_read, args=(service,), daemon=True)
    reader.start()
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
            reader.join(10)
            assert process.stdout is not None
            process.stdout.close()


def _read(service: Service) -> None:
    stream: Any = service.process.stdout
    for line in stream:
        service.lines.append(line.rstrip())
