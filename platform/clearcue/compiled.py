"""Compiling inner loops with numba, cached on disk where a folder for the cache can be written."""

import hashlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])
KERNELS = "*kernels.py"
"""The files whose functions are compiled; a compiled function calls none but those beside it."""


def compiled(function: _F) -> _F:
    """Compile with numba; without a folder for the cache, anew in each process.

    The compiled code lets go of the interpreter's lock and uses no fast-math and no threads, so
    that the same input gives the same bits. numba's cache notices a change of a function's own
    file alone, not of one that it calls or takes a constant from; the name under which the code is
    kept therefore holds a digest of all files of kernels in the folder.
    """
    digest = _digest(Path(inspect.getfile(function)).parent)
    function.__qualname__ = f"{function.__qualname__}_{digest}"
    try:
        return cast(_F, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba found no writable cache folder
        return cast(_F, numba.njit(nogil=True)(function))


@cache
def _digest(folder: Path) -> str:
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob(KERNELS)))
    return hashlib.sha256(sources).hexdigest()[:12]
