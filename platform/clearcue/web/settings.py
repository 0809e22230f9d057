"""What the service may choose, read once where it is started."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_UPLOAD_BYTES = 16 * 1024 * 1024
MAX_VERIFIED_BYTES = 256 * 1024 * 1024
MAX_JSON_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Limits of the service.

    `streams` is how many job streams may be open in one process, `uploads` how many uploads
    are looked at at once; both leave threads for everyone else. Times are in seconds.
    """

    streams: int = 24
    uploads: int = 2
    upload_wait_seconds: float = 20.0
    stream_seconds: float = 600.0
    stream_poll_seconds: float = 0.5
    stream_heartbeat_seconds: float = 10.0
    idempotency_hours: float = 24.0
    idempotency_stale_seconds: float = 300.0


THREADS = 40
"""Threads of one gunicorn process: the streams, and sixteen for all other requests."""


def processes(environment: Mapping[str, str]) -> int:
    """How many gunicorn processes serve: CLEARCUE_WEB_PROCESSES, 1 to 32, else 1."""
    given = environment.get("CLEARCUE_WEB_PROCESSES", "1")
    return min(max(int(given), 1), 32) if given.isascii() and given.isdigit() else 1
