"""The few inner loops of the sound that numpy cannot vectorise, compiled with numba.

Conventions: signals are float64, contiguous, one value a frame; frequencies arrive as cycles a
frame. No fast-math and no threads: the order of every sum is fixed, so the same input gives the
same bits. Compiled code is kept in numba's cache; where no cache folder can be written, the loops
are compiled anew in each process.
"""

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]
_F = TypeVar("_F", bound=Callable[..., Any])


def _compiled(function: _F) -> _F:
    """Compile with numba, cached on disk where a folder for the cache can be written."""
    try:
        return cast(_F, numba.njit(cache=True)(function))
    except RuntimeError:  # numba found no writable cache folder
        return cast(_F, numba.njit(function))


@_compiled
def modal_bank(
    omega: Signal, decay: Signal, phase: Signal, left: Signal, right: Signal, frames: Signal, n: int
) -> Signal:
    """Sum decaying sinusoids: mode m is exp(-decay t) cos(omega t + phase) for `frames[m]` frames.

    Two modes run side by side, each as a two-pole recursion, which hides the recursion's latency.
    `omega` is radians a frame and `decay` nepers a frame. Returns (n, 2).
    """
    out = np.zeros((n, 2))
    for m in range(0, omega.size - 1, 2):
        r0, r1 = math.exp(-decay[m]), math.exp(-decay[m + 1])
        a0, b0 = 2.0 * r0 * math.cos(omega[m]), r0 * r0
        a1, b1 = 2.0 * r1 * math.cos(omega[m + 1]), r1 * r1
        y0, y1 = math.cos(phase[m]), math.cos(phase[m + 1])
        p0 = math.cos(phase[m] - omega[m]) / r0
        p1 = math.cos(phase[m + 1] - omega[m + 1]) / r1
        l0, l1, g0, g1 = left[m], left[m + 1], right[m], right[m + 1]
        stop = min(n, max(int(frames[m]), int(frames[m + 1])))
        for i in range(stop):
            out[i, 0] += l0 * y0 + l1 * y1
            out[i, 1] += g0 * y0 + g1 * y1
            t0 = a0 * y0 - b0 * p0
            t1 = a1 * y1 - b1 * p1
            p0, p1 = y0, y1
            y0, y1 = t0, t1
    return out


@_compiled
def string_loop(excitation: Signal, n: int, period: float, gain: float, damping: float) -> Signal:
    """Run the extended Karplus-Strong loop (Jaffe and Smith 1983) for n frames.

    `period` is in frames, `gain` is the loss of one round trip, `damping` (0 to 0.5) the weight of
    the loop's two-point average: more of it darkens the tone as it decays. The fractional part of
    the period is made by a first-order all-pass.
    """
    whole = int(period - damping - 0.3)
    fraction = period - damping - whole
    allpass = (1.0 - fraction) / (1.0 + fraction)
    line = np.zeros(whole)
    out = np.zeros(n)
    at, last, last_in, last_out = 0, 0.0, 0.0, 0.0
    for i in range(n):
        x = line[at]
        averaged = gain * ((1.0 - damping) * x + damping * last)
        last = x
        y = allpass * averaged + last_in - allpass * last_out
        last_in, last_out = averaged, y
        if i < excitation.size:
            y += excitation[i]
        line[at] = y
        out[i] = y
        at += 1
        if at == whole:
            at = 0
    return out


@_compiled
def wave_voices(
    tables: Signal,
    step: Signal,
    bright: Signal,
    amp: Signal,
    vibrato: Signal,
    voices: Signal,
) -> Signal:
    """Play a row of single-cycle tables with several detuned voices at once.

    `tables` is (rows, size + 1) with the first value repeated at the end; `bright` moves between
    the rows; `step` is cycles a frame; `vibrato` is its depth as a fraction of the frequency.
    `voices` has one row each: detune factor, start phase, vibrato cycles a frame, vibrato phase,
    tremolo depth, tremolo cycles a frame, tremolo phase, left gain, right gain. Returns (n, 2).
    """
    n, size, rows = step.size, tables.shape[1] - 1, tables.shape[0]
    out = np.zeros((n, 2))
    for v in range(voices.shape[0]):
        detune, phase = voices[v, 0], voices[v, 1]
        turn, wobble = 2.0 * math.pi * voices[v, 2], 2.0 * math.pi * voices[v, 5]
        cv, sv = math.cos(turn), math.sin(turn)
        ct, st = math.cos(wobble), math.sin(wobble)
        vx, vy = math.cos(voices[v, 3]), math.sin(voices[v, 3])
        tx, ty = math.cos(voices[v, 6]), math.sin(voices[v, 6])
        depth, gl, gr = voices[v, 4], voices[v, 7], voices[v, 8]
        for i in range(n):
            phase += step[i] * detune * (1.0 + vibrato[i] * vy)
            phase -= math.floor(phase)
            x = phase * size
            j = int(x)
            f = x - j
            k = min(int(bright[i]), rows - 2)
            w = bright[i] - k
            low = tables[k, j] + f * (tables[k, j + 1] - tables[k, j])
            high = tables[k + 1, j] + f * (tables[k + 1, j + 1] - tables[k + 1, j])
            y = (low + w * (high - low)) * amp[i] * (1.0 - depth * (0.5 + 0.5 * ty))
            out[i, 0] += gl * y
            out[i, 1] += gr * y
            vx, vy = vx * cv - vy * sv, vx * sv + vy * cv
            tx, ty = tx * ct - ty * st, tx * st + ty * ct
    return out


@_compiled
def run_sections(x: Signal, sections: Signal) -> Signal:
    """Run second-order sections, (count, 6) as scipy writes them, over (n, 1) or (n, 2)."""
    out = x.copy()
    for s in range(sections.shape[0]):
        b0, b1, b2 = sections[s, 0], sections[s, 1], sections[s, 2]
        a1, a2 = sections[s, 4], sections[s, 5]
        first, last = 0, x.shape[1] - 1
        u0, w0, u1, w1 = 0.0, 0.0, 0.0, 0.0
        for i in range(x.shape[0]):
            v0, v1 = out[i, first], out[i, last]
            y0 = b0 * v0 + u0
            y1 = b0 * v1 + u1
            u0 = b1 * v0 - a1 * y0 + w0
            u1 = b1 * v1 - a1 * y1 + w1
            w0 = b2 * v0 - a2 * y0
            w1 = b2 * v1 - a2 * y1
            out[i, first] = y0
            out[i, last] = y1
    return out


@_compiled
def swept_filter(x: Signal, cutoff: Signal, damping: float, kind: int) -> Signal:
    """Filter (n, 2) by a state-variable filter whose cutoff moves (Zavalishin's TPT form).

    `cutoff` is in cycles a frame, below 0.49, read at every eighth frame; `damping` is 1/Q; `kind`
    0 low-pass, 1 band-pass, 2 high-pass.
    """
    out = np.empty_like(x)
    for c in range(x.shape[1]):
        s1, s2 = 0.0, 0.0
        g, h = 0.0, 1.0
        for i in range(x.shape[0]):
            if i % 8 == 0:
                g = math.tan(math.pi * min(cutoff[i], 0.49))
                h = 1.0 / (1.0 + g * (g + damping))
            high = (x[i, c] - (g + damping) * s1 - s2) * h
            band = g * high + s1
            low = g * band + s2
            s1 = g * high + band
            s2 = g * band + low
            if kind == 0:
                out[i, c] = low
            elif kind == 1:
                out[i, c] = band * damping
            else:
                out[i, c] = high
    return out


@_compiled
def weighted_powers(x: Signal, sections: Signal, hop: int) -> Signal:
    """Filter (n, 2) by two second-order sections and sum both channels' power in every hop.

    `sections` is (2, 6) as scipy writes them. Returns the mean of each whole hop's summed power.
    """
    powers = np.zeros(x.shape[0] // hop)
    p0, p1, p2, p3, p4 = (sections[0, 0], sections[0, 1], sections[0, 2], sections[0, 4],
                          sections[0, 5])  # fmt: skip
    q0, q1, q2, q3, q4 = (sections[1, 0], sections[1, 1], sections[1, 2], sections[1, 4],
                          sections[1, 5])  # fmt: skip
    a0, a1, b0, b1 = 0.0, 0.0, 0.0, 0.0
    c0, c1, d0, d1 = 0.0, 0.0, 0.0, 0.0
    for h in range(powers.size):
        total = 0.0
        for i in range(h * hop, (h + 1) * hop):
            left, right = x[i, 0], x[i, 1]
            y, w = p0 * left + a0, p0 * right + c0
            a0, c0 = p1 * left - p3 * y + a1, p1 * right - p3 * w + c1
            a1, c1 = p2 * left - p4 * y, p2 * right - p4 * w
            z, v = q0 * y + b0, q0 * w + d0
            b0, d0 = q1 * y - q3 * z + b1, q1 * w - q3 * v + d1
            b1, d1 = q2 * y - q4 * z, q2 * w - q4 * v
            total += z * z + v * v
        powers[h] = total / hop
    return powers


@_compiled
def follow(level: Signal, attack: float, release: float) -> Signal:
    """Smooth a level with one-pole coefficients for rising and for falling values."""
    out = np.empty_like(level)
    state = level[0] if level.size else 0.0
    for i in range(level.size):
        coefficient = attack if level[i] > state else release
        state = coefficient * state + (1.0 - coefficient) * level[i]
        out[i] = state
    return out


@_compiled
def true_peaks(x: Signal, phases: Signal, floor: float) -> Signal:
    """Find each frame's highest absolute value over both channels, between samples too.

    `phases` is (4, taps): the four polyphase branches of a 4x interpolator. Frames where
    all six samples around lie below `floor` are reported as their sample peak.
    """
    n, taps = x.shape[0], phases.shape[1]
    half = taps // 2
    out = np.zeros(n)
    for i in range(n):
        near = 0.0
        for c in range(x.shape[1]):
            near = max(near, abs(x[i, c]))
        out[i] = near
    for i in range(half, n - half):
        near = 0.0
        for k in range(-2, 4):
            near = max(near, abs(x[i + k, 0]), abs(x[i + k, 1]))
        if near < floor:
            continue
        for c in range(x.shape[1]):
            for p in range(1, 4):
                total = 0.0
                for t in range(taps):
                    total += phases[p, t] * x[i + half - t, c]
                out[i] = max(out[i], abs(total))
    return out
