"""What the requests of one process share: limits on what may run at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock

from clearcue.web.problems import ProblemError
from clearcue.web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Shared:
    """Made once for an app."""

    streams: BoundedSemaphore
    uploads: BoundedSemaphore
    loading: Lock


@contextmanager
def taken(places: BoundedSemaphore, wait_seconds: float) -> Iterator[None]:
    """One of the places for as long as the block runs. Raises ProblemError: 503 when none is free.

    An upload lies in memory, or costs a process: more at once than there are places is refused.
    """
    if not places.acquire(timeout=wait_seconds):
        raise ProblemError(503, "too many uploads are being looked at; try again in a moment")
    try:
        yield
    finally:
        places.release()


def shared_state(settings: WebSettings) -> Shared:
    """Fresh limits for an app."""
    return Shared(BoundedSemaphore(settings.streams), BoundedSemaphore(settings.uploads), Lock())
