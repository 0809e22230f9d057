"""The compiled loops that measure levels and ride gains; see `kernels` for how they are compiled.

Conventions: `x` is `(n, 2)`; levels and gains are factors, one a frame or one a block; `Track` is
float32 and `Signal` float64, and what only reads a signal takes whole numbers, too.
"""

import math
from typing import Any

import numpy as np

from clearcue.compiled import compiled
from clearcue.sound.kernels import Signal, Track


@compiled
def block_peaks(x: Track, block: int) -> Signal:
    """The highest absolute sample of (n, 2) in each block, the last one perhaps shorter."""
    out = np.zeros(-(-x.shape[0] // block))
    for b in range(out.size):
        top = np.float32(0.0)
        for i in range(b * block, min((b + 1) * block, x.shape[0])):
            top = max(top, abs(x[i, 0]), abs(x[i, 1]))
        out[b] = top
    return out


@compiled
def ride(x: Track, gain: Signal, block: int) -> None:
    """Multiply (n, 2) in place by a gain given at the middle of each block, lines between."""
    half = block // 2
    for i in range(x.shape[0]):
        j = (i - half) // block
        if j < 0:
            g = gain[0]
        elif j + 1 >= gain.size:
            g = gain[gain.size - 1]
        else:
            g = gain[j] + (gain[j + 1] - gain[j]) * ((i - half - j * block) / block)
        x[i, 0] *= g
        x[i, 1] *= g


@compiled
def weighted_powers(
    x: Any, left: float, right: float, riding: Track, sections: Signal, hop: int
) -> Signal:
    """Filter (n, 2) by two second-order sections and sum both channels' power in every hop.

    The signal is read at the gains `left` and `right`, and at `riding`, one gain a frame, unless
    that is empty. `sections` is (2, 6) as scipy writes them. Returns the mean of each whole hop's
    summed power.
    """
    powers = np.zeros(x.shape[0] // hop)
    p0, p1, p2, p3, p4 = (sections[0, 0], sections[0, 1], sections[0, 2], sections[0, 4],
                          sections[0, 5])  # fmt: skip
    q0, q1, q2, q3, q4 = (sections[1, 0], sections[1, 1], sections[1, 2], sections[1, 4],
                          sections[1, 5])  # fmt: skip
    a0, a1, b0, b1, c0, c1, d0, d1 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for h in range(powers.size):
        total = 0.0
        for i in range(h * hop, (h + 1) * hop):
            ride = riding[i] if riding.size else np.float32(1.0)
            v0, v1 = x[i, 0] * left * ride, x[i, 1] * right * ride
            y, w = p0 * v0 + a0, p0 * v1 + c0
            a0, c0 = (p1 * v0 + a1) - p3 * y, (p1 * v1 + c1) - p3 * w
            a1, c1 = p2 * v0 - p4 * y, p2 * v1 - p4 * w
            z, v = q0 * y + b0, q0 * w + d0
            b0, d0 = (q1 * y + b1) - q3 * z, (q1 * w + d1) - q3 * v
            b1, d1 = q2 * y - q4 * z, q2 * w - q4 * v
            total += z * z + v * v
        powers[h] = total / hop
        if abs(a0) + abs(a1) + abs(b0) + abs(b1) < 1e-15:
            a0, a1, b0, b1 = 0.0, 0.0, 0.0, 0.0
        if abs(c0) + abs(c1) + abs(d0) + abs(d1) < 1e-15:
            c0, c1, d0, d1 = 0.0, 0.0, 0.0, 0.0
    return powers


@compiled
def highest_of(x: Any, left: float, right: float, riding: Track) -> float:
    """The highest absolute sample of (n, 2), read at gains as `weighted_powers` does."""
    top = 0.0
    for i in range(x.shape[0]):
        ride = riding[i] if riding.size else np.float32(1.0)
        top = max(top, abs(x[i, 0] * left * ride), abs(x[i, 1] * right * ride))
    return top


@compiled
def read_into(out: Track, x: Any, left: float, right: float, riding: Track) -> None:
    """Copy (n, 2), read at gains as `weighted_powers` does, into as many frames of float32."""
    for i in range(x.shape[0]):
        ride = riding[i] if riding.size else np.float32(1.0)
        out[i, 0] = x[i, 0] * left * ride
        out[i, 1] = x[i, 1] * right * ride


@compiled
def sums(x: Any) -> tuple[float, float, float]:
    """The sums of (n, 2): of the left samples, of the right ones, and of all their squares."""
    left, right, squares = 0.0, 0.0, 0.0
    for i in range(x.shape[0]):
        a, b = float(x[i, 0]), float(x[i, 1])
        left += a
        right += b
        squares += a * a + b * b
    return left, right, squares


@compiled
def sharpest(x: Any, start: int, stop: int) -> float:
    """The largest second difference of (n, 2) from one frame to another, either channel's."""
    top = 0.0
    for i in range(max(start, 1), min(stop, x.shape[0] - 1)):
        for c in range(2):
            bend = float(x[i + 1, c]) - 2.0 * float(x[i, c]) + float(x[i - 1, c])
            top = max(top, abs(bend))
    return top


@compiled
def all_finite(x: Any) -> bool:
    """Whether no value of (n, 2) is infinite or no number."""
    finite = True
    for i in range(x.shape[0]):
        finite &= math.isfinite(x[i, 0]) and math.isfinite(x[i, 1])
    return finite


@compiled
def follow(level: Signal, attack: float, release: float) -> Signal:
    """Smooth a level with one-pole coefficients for rising and for falling values."""
    out = np.empty_like(level)
    state = level[0] if level.size else 0.0
    for i in range(level.size):
        coefficient = attack if level[i] > state else release
        state = coefficient * state + (1.0 - coefficient) * level[i]
        out[i] = state
    return out


@compiled
def true_peaks(x: Track, phases: Track, floor: float) -> Track:
    """Find each frame's highest absolute value over both channels, between samples too.

    `x` is (taps + n, 2): half of the taps lie before the first of the n frames and half behind the
    last. `phases` is (4, taps): the four branches of a 4x interpolator. Stretches of 64 frames
    whose surroundings lie below `floor` are reported as their sample peaks.
    """
    taps = phases.shape[1]
    half, n = taps // 2, x.shape[0] - taps
    out = np.zeros(n, dtype=np.float32)
    sums = np.zeros((6, 64), dtype=np.float32)
    for start in range(0, n, 64):
        count = min(64, n - start)
        near = np.float32(0.0)
        for i in range(start, start + count + taps):
            near = max(near, abs(x[i, 0]), abs(x[i, 1]))
        for i in range(count):
            at = start + i + half
            out[start + i] = max(abs(x[at, 0]), abs(x[at, 1]))
        if near < floor:
            continue
        sums[:] = np.float32(0.0)
        for t in range(taps):
            at = start + taps - t
            for p in range(3):
                weight = phases[p + 1, t]
                for i in range(count):
                    sums[2 * p, i] += weight * x[at + i, 0]
                    sums[2 * p + 1, i] += weight * x[at + i, 1]
        for row in range(6):
            for i in range(count):
                out[start + i] = max(out[start + i], abs(sums[row, i]))
    return out


@compiled
def least_ahead(peak: Track, gain: float, ceiling: float, reach: int, out: Track) -> None:
    """The gain, at most 1, that keeps every peak within `reach` frames on both sides under a
    ceiling: a sliding minimum by a queue whose values rise."""
    n = peak.size
    size = 2 * reach + 2
    values, places = np.empty(size), np.empty(size, dtype=np.int64)
    head, count = 0, 0
    for i in range(n + reach):
        if i < n:
            level = peak[i] * gain
            need = ceiling / level if level > ceiling else 1.0
            while count > 0 and values[(head + count - 1) % size] >= need:
                count -= 1
            values[(head + count) % size] = need
            places[(head + count) % size] = i
            count += 1
        if i >= reach:
            while places[head] < i - 2 * reach:
                head = (head + 1) % size
                count -= 1
            out[i - reach] = values[head]


@compiled
def recover(gain: Track, release: float) -> None:
    """Let a gain fall at once and rise by a one-pole coefficient, in place."""
    missing = 0.0
    for i in range(gain.size):
        missing = max(1.0 - gain[i], release * missing)
        gain[i] = 1.0 - missing


@compiled
def smooth(gain: Track, size: int) -> None:
    """Average over `size` frames around each one, in place; the ends go on beyond the ends."""
    n, half = gain.size, size // 2
    old = np.empty(size)
    first, last = gain[0], gain[n - 1]
    total = 0.0
    for k in range(size):
        at = k - half
        old[k] = first if at < 0 else (gain[at] if at < n else last)
        total += old[k]
    for i in range(n):
        ahead = i - half + size
        value = gain[ahead] if ahead < n else last
        gain[i] = total / size
        total += value - old[i % size]
        old[i % size] = value
