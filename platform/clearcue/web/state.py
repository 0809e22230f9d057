"""What the requests of one process share: limits on what may run at once."""

from dataclasses import dataclass
from threading import BoundedSemaphore, Lock

from clearcue.web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Shared:
    """Made once for an app."""

    streams: BoundedSemaphore
    checks: BoundedSemaphore
    loading: Lock


def shared_state(settings: WebSettings) -> Shared:
    """Fresh limits for an app."""
    return Shared(BoundedSemaphore(settings.streams), BoundedSemaphore(settings.checks), Lock())
