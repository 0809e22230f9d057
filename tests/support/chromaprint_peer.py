"""Chromaprint as a peer of the landmarks, where this machine has its library (it is LGPL).

The raw fingerprint is 32 bits for each eighth of a second; two recordings are compared at every
offset by the share of equal bits. Loaded by ctypes, since no wheel brings the library.
"""

import ctypes
import ctypes.util
from collections.abc import Sequence

import numpy as np

LIBRARY = "chromaprint"
_ALGORITHM = 1


def library() -> ctypes.CDLL | None:
    """The machine's own library, or None."""
    found = ctypes.util.find_library(LIBRARY)
    if found is None:
        return None
    loaded = ctypes.CDLL(found)
    loaded.chromaprint_new.restype = ctypes.c_void_p
    return loaded


def raw_fingerprint(loaded: ctypes.CDLL, samples: np.ndarray, rate: int) -> np.ndarray:
    """The raw fingerprint, uint32, of samples of full scale 1, shape (frames, channels)."""
    whole = np.clip(samples * 32767.0, -32768, 32767).astype("<i2")
    context = ctypes.c_void_p(loaded.chromaprint_new(_ALGORITHM))
    values, size = ctypes.c_void_p(), ctypes.c_int()
    try:
        loaded.chromaprint_start(context, rate, whole.shape[1])
        loaded.chromaprint_feed(context, whole.ctypes.data_as(ctypes.c_void_p), whole.size)
        loaded.chromaprint_finish(context)
        loaded.chromaprint_get_raw_fingerprint(context, ctypes.byref(values), ctypes.byref(size))
        kept = ctypes.cast(values, ctypes.POINTER(ctypes.c_uint32))
        result = np.array(kept[: size.value], dtype=np.uint32)
        loaded.chromaprint_dealloc(values)
    finally:
        loaded.chromaprint_free(context)
    return result


def best_agreement(query: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """For each recording the share of bits that agree at the best offset."""
    result = np.zeros(len(others))
    if not len(query):
        return result
    for at, other in enumerate(others):
        if len(other) >= len(query):
            laid = np.lib.stride_tricks.sliding_window_view(other, len(query))
            differ = np.bitwise_count(laid ^ query).sum(axis=1)
            result[at] = 1.0 - differ.min() / (32.0 * len(query))
    return result
