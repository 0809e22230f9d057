"""The few inner loops of the sound that numpy cannot vectorise, compiled with numba.

Conventions: tones are float64, whole parts float32 with every sum and filter state in float64;
contiguous, one value a frame; frequencies arrive as cycles a frame. No fast-math and no threads
inside: the order of every sum is fixed, so the same input gives the same bits. The loops let go of
the interpreter's lock, so that two parts can be played at once. Compiled code is kept in numba's
cache; where no cache folder can be written, the loops are compiled anew in each process.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clearcue.compiled import compiled

Signal = NDArray[np.float64]
Track = NDArray[np.float32]
_HELD = 16


@compiled
def modal_bank(
    omega: Signal, decay: Signal, phase: Signal, left: Signal, right: Signal, frames: Signal, n: int
) -> Signal:
    """Sum decaying sinusoids: mode m is exp(-decay t) cos(omega t + phase) for `frames[m]` frames.

    Four modes run side by side, each as a two-pole recursion, which hides the recursion's latency;
    their number is a multiple of four. `omega` is radians a frame and `decay` nepers a frame.
    Returns (n, 2).
    """
    out = np.zeros((n, 2))
    r = np.exp(-decay)
    a, b = 2.0 * r * np.cos(omega), r * r
    y, p = np.cos(phase), np.cos(phase - omega) / r
    for m in range(0, omega.size, 4):
        a0, a1, a2, a3 = a[m], a[m + 1], a[m + 2], a[m + 3]
        b0, b1, b2, b3 = b[m], b[m + 1], b[m + 2], b[m + 3]
        y0, y1, y2, y3 = y[m], y[m + 1], y[m + 2], y[m + 3]
        p0, p1, p2, p3 = p[m], p[m + 1], p[m + 2], p[m + 3]
        l0, l1, l2, l3 = left[m], left[m + 1], left[m + 2], left[m + 3]
        g0, g1, g2, g3 = right[m], right[m + 1], right[m + 2], right[m + 3]
        stop = min(n, int(frames[m : m + 4].max()))
        for i in range(stop):
            out[i, 0] += (l0 * y0 + l1 * y1) + (l2 * y2 + l3 * y3)
            out[i, 1] += (g0 * y0 + g1 * y1) + (g2 * y2 + g3 * y3)
            t0 = a0 * y0 - b0 * p0
            t1 = a1 * y1 - b1 * p1
            t2 = a2 * y2 - b2 * p2
            t3 = a3 * y3 - b3 * p3
            p0, p1, p2, p3 = y0, y1, y2, y3
            y0, y1, y2, y3 = t0, t1, t2, t3
    return out


@compiled
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


@compiled
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
    the rows, if there are several; `step` is cycles a frame; `vibrato` is its depth as a fraction
    of the frequency. Vibrato and tremolo are turned every 16 frames, with lines between.
    `voices` has one row each: detune factor, start phase, vibrato cycles a frame, vibrato phase,
    tremolo depth, tremolo cycles a frame, tremolo phase, left gain, right gain, frames by which the
    voice comes late in all it does, the factor of its brightness. Returns (n, 2).
    """
    n, size, rows = step.size, tables.shape[1] - 1, tables.shape[0]
    out = np.zeros((n, 2))
    cells = np.ascontiguousarray(tables.T)
    for v in range(voices.shape[0]):
        detune, phase = voices[v, 0], voices[v, 1]
        turn, wobble = 2.0 * math.pi * voices[v, 2] * _HELD, 2.0 * math.pi * voices[v, 5] * _HELD
        cv, sv, ct, st = math.cos(turn), math.sin(turn), math.cos(wobble), math.sin(wobble)
        vx, vy = math.cos(voices[v, 3]), math.sin(voices[v, 3])
        tx, ty = math.cos(voices[v, 6]), math.sin(voices[v, 6])
        depth, gl, gr = voices[v, 4], voices[v, 7], voices[v, 8]
        late, open_ = int(voices[v, 9]), voices[v, 10]
        for start in range(late, n, _HELD):
            sway, beat = vy, 1.0 - depth * (0.5 + 0.5 * ty)
            vx, vy = vx * cv - vy * sv, vx * sv + vy * cv
            tx, ty = tx * ct - ty * st, tx * st + ty * ct
            more, louder = (vy - sway) / _HELD, (1.0 - depth * (0.5 + 0.5 * ty) - beat) / _HELD
            for i in range(start, min(n, start + _HELD)):
                t = i - late
                phase += step[t] * detune * (1.0 + vibrato[t] * sway)
                if phase >= 1.0:
                    phase -= 1.0
                x = phase * size
                j = int(x)
                f = x - j
                if rows == 1:
                    y = cells[j, 0] + f * (cells[j + 1, 0] - cells[j, 0])
                else:
                    lit = min(bright[t] * open_, rows - 1.000001)
                    k = int(lit)
                    w = lit - k
                    low = cells[j, k] + f * (cells[j + 1, k] - cells[j, k])
                    high = cells[j, k + 1] + f * (cells[j + 1, k + 1] - cells[j, k + 1])
                    y = low + w * (high - low)
                y *= amp[t] * beat
                out[i, 0] += gl * y
                out[i, 1] += gr * y
                sway += more
                beat += louder
    return out


@compiled
def run_sections(x: Any, sections: Signal) -> None:
    """Run second-order sections, (count, 6) as scipy writes them, over (n, 1) or (n, 2), in place.

    Two sections run side by side, which hides the recursion's latency. Stretches of zeros after a
    filter has come to rest (below -300 dB) are passed over: they stay zeros.
    """
    n, last = x.shape[0], x.shape[1] - 1
    for s in range(0, sections.shape[0], 2):
        b0, b1, b2 = sections[s, 0], sections[s, 1], sections[s, 2]
        a1, a2 = sections[s, 4], sections[s, 5]
        d0, d1, d2, c1, c2 = 1.0, 0.0, 0.0, 0.0, 0.0
        if s + 1 < sections.shape[0]:
            d0, d1, d2 = sections[s + 1, 0], sections[s + 1, 1], sections[s + 1, 2]
            c1, c2 = sections[s + 1, 4], sections[s + 1, 5]
        u0, w0, u1, w1 = 0.0, 0.0, 0.0, 0.0
        p0, q0, p1, q1 = 0.0, 0.0, 0.0, 0.0
        for start in range(0, n, 512):
            stop = min(n, start + 512)
            state = abs(u0) + abs(w0) + abs(u1) + abs(w1) + abs(p0) + abs(q0) + abs(p1) + abs(q1)
            if state < 1e-15:
                silent = True
                for i in range(start, stop):
                    if x[i, 0] != 0.0 or x[i, last] != 0.0:
                        silent = False
                        break
                if silent:
                    u0, w0, u1, w1 = 0.0, 0.0, 0.0, 0.0
                    p0, q0, p1, q1 = 0.0, 0.0, 0.0, 0.0
                    continue
            for i in range(start, stop):
                v0, v1 = float(x[i, 0]), float(x[i, last])
                y0 = b0 * v0 + u0
                y1 = b0 * v1 + u1
                u0 = (b1 * v0 + w0) - a1 * y0
                u1 = (b1 * v1 + w1) - a1 * y1
                w0 = b2 * v0 - a2 * y0
                w1 = b2 * v1 - a2 * y1
                z0 = d0 * y0 + p0
                z1 = d0 * y1 + p1
                p0 = (d1 * y0 + q0) - c1 * z0
                p1 = (d1 * y1 + q1) - c1 * z1
                q0 = d2 * y0 - c2 * z0
                q1 = d2 * y1 - c2 * z1
                x[i, 0] = z0
                x[i, last] = z1


@compiled
def add_note(
    out: Track,
    tone: Track,
    at: int,
    count: int,
    gains: tuple[float, float],
    swell: tuple[float, float],
    hold: int,
    damp: float,
    closing: Signal,
) -> None:
    """Add `count` frames of a tone, (m, 1) or (m, 2), to (n, 2) from frame `at` on.

    `gains` are the left's and the right's; `swell` is the factor at the start and the one reached
    where the note is let go, at frame `hold`, from which on it falls by the factor `damp` a frame;
    its last frames are multiplied by `closing`.
    """
    last = tone.shape[1] - 1
    left, right = gains
    level, grow = swell[0], (swell[1] - swell[0]) / max(hold, 1)
    fade = count - closing.size
    for i in range(min(count, out.shape[0] - at)):
        gain = level
        if i >= fade:
            gain *= closing[i - fade]
        out[at + i, 0] += left * gain * tone[i, 0]
        out[at + i, 1] += right * gain * tone[i, last]
        if i < hold:
            level += grow
        else:
            level *= damp


@compiled
def mix_in(out: Track, x: Track, left: float, right: float) -> None:
    """Add (n, 2) to another at a gain for each channel."""
    for i in range(x.shape[0]):
        out[i, 0] += left * x[i, 0]
        out[i, 1] += right * x[i, 1]


@compiled
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
