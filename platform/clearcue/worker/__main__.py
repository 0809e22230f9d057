"""The worker process: `python -m clearcue.worker`, also started by `clearcue serve`."""

import logging
import os
import signal
import sys
from threading import Event
from types import FrameType

from clearcue.bootstrap import open_platform
from clearcue.errors import ClearcueError
from clearcue.lifeline import end_with_parent
from clearcue.settings import read_settings
from clearcue.worker.loop import WorkerSettings, work

SUPERVISED = "--supervised"


def main() -> int:
    """Work until SIGTERM or SIGINT; the job in hand goes back to the queue."""
    logging.basicConfig(format="clearcue worker: %(message)s", level=logging.WARNING)
    logging.getLogger("clearcue").setLevel(logging.INFO)
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if SUPERVISED in sys.argv[1:]:
        end_with_parent()
    try:
        settings = read_settings(os.environ)
        folder = settings.home / "work"
        work(open_platform(settings), WorkerSettings(settings.lease_seconds, folder), stop)
    except ClearcueError as error:
        print(f"clearcue: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
