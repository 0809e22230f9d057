"""Ending with whoever started us: the child's standard input is a pipe that its parent holds."""

import os
import signal
import sys
from threading import Thread


def end_with_parent() -> None:
    """Send this process SIGTERM when its standard input ends.

    A parent that is killed cannot end its children; its half of the pipe closes all the same.
    """
    Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
