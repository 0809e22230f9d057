"""A platform that kills its process at a counted step: every call of a repository, of a unit of
work and of the keys is one, and so is the moment after a commit."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clearcue.services.platform import Platform


class Steps:
    """Counts steps, and ends the process with SIGKILL at one of them."""

    def __init__(self, fatal: int) -> None:
        self.done, self._fatal = 0, fatal

    def step(self) -> None:
        """One more step; perhaps the last."""
        self.done += 1
        if self.done == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class _Watched:
    """Another object whose every call is a step before and, for a commit, after it."""

    def __init__(self, inner: Any, steps: Steps) -> None:
        self._inner, self._steps = inner, steps

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._call(found, name) if callable(found) else _Watched(found, self._steps)

    def _call(self, found: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self._steps.step()
            answer = found(*given, **named)
            if name == "commit":
                self._steps.step()
            return answer

        return call


class _WatchedUnit(_Watched):
    def __enter__(self) -> "_WatchedUnit":
        self._inner.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._inner.__exit__(*error)


class _WatchedUnits:
    def __init__(self, inner: Any, steps: Steps) -> None:
        self._inner, self._steps = inner, steps

    def read(self) -> Any:
        return _WatchedUnit(self._inner.read(), self._steps)

    def write(self) -> Any:
        return _WatchedUnit(self._inner.write(), self._steps)


def dying(platform: Platform, fatal: int) -> tuple[Platform, Steps]:
    """The platform with counted steps, of which the `fatal`-th ends the process."""
    steps = Steps(fatal)
    watched: Any = _WatchedUnits(platform.units, steps)
    keyring: Any = _Watched(platform.keyring, steps)
    return replace(platform, units=watched, keyring=keyring), steps
