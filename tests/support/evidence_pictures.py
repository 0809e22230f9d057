"""`make evidence NAME=pictures`: waveform, spectrogram and spectrum of eight tracks, to look at.

Writes docs/images/sound/*.png: above the stems' and the mix's waveform, in the middle the mix's
spectrogram with the sections' starts, below the level of each octave beside the reference curve.
What was seen in them stands in docs/evidence/sound-pictures.md, which a person writes.
"""

from fractions import Fraction
from pathlib import Path

import matplotlib as mpl
import numpy as np
from evidence_sound import CANDIDATES, learnt
from PIL import Image

from clearcue.composer.brief import Brief
from clearcue.composer.compose import compose
from clearcue.music.score import Score
from clearcue.sound import meter
from clearcue.sound.curves import curve_for
from clearcue.sound.profile import CENTRES, curves
from clearcue.sound.render import Rendering, Samples, render

mpl.use("Agg")
from matplotlib import pyplot as plt

OUT = Path(__file__).resolve().parents[2] / "docs" / "images" / "sound"
TRACKS = (
    ("uplifting", "corporate-pop", 20),
    ("epic", "epic-trailer", 20),
    ("calm", "ambient-felt", 20),
    ("playful", "comedy-pizzicato", 15),
    ("romantic", "evening-jazz", 20),
    ("tense", "tension-pulse", 15),
    ("uplifting", "bright-electronic", 20),
    ("epic", "heroic-hybrid", 15),
)
SEED = 11
COLOURS = {"drums": "#b5493c", "bass": "#7a5b2e", "harmony": "#2e6f7a", "melody": "#4c4fa3",
           "effects": "#777777", "mix": "#222222"}  # fmt: skip


def envelope(samples: Samples, columns: int = 1200) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest sample of each of so many stretches."""
    mono = samples.mean(axis=1) / 2**23
    edges = np.linspace(0, mono.size, columns + 1).astype(int)[:-1]
    return np.minimum.reduceat(mono, edges), np.maximum.reduceat(mono, edges)


def draw(name: str, score: Score, made: Rendering) -> None:
    """Draw one track."""
    seconds = len(made.mix) / 48_000
    rows = {**made.stems, "mix": made.mix}
    figure, axes = plt.subplots(
        len(rows) + 2, 1, figsize=(10, 9), height_ratios=[1] * len(rows) + [3.4, 1.8]
    )
    top = 0.8 * max(float(np.abs(stem).max()) for stem in made.stems.values()) / 2**23
    for axis, (group, samples) in zip(axes, rows.items(), strict=False):
        low, high = envelope(samples)
        at = np.linspace(0, seconds, low.size)
        axis.fill_between(at, low, high, color=COLOURS[group], linewidth=0)
        reach = 1.0 if group == "mix" else top  # one scale for all stems
        axis.set(xlim=(0, seconds), ylim=(-reach, reach), xticks=[], yticks=[], ylabel=group)
    axis = axes[-2]
    axis.specgram(made.mix.mean(axis=1) / 2**23 + 1e-9, NFFT=4096, noverlap=3072, Fs=48_000,
                  vmin=-150, vmax=-40, cmap="magma")  # fmt: skip
    axis.set(yscale="log", ylim=(40, 20_000), xlim=(0, seconds), ylabel="Hz")
    for section in score.sections:
        axis.axvline(float(score.tempo.seconds_at(section.onset_ticks)), color="w", linewidth=0.7)
    axis = axes[-1]
    curve = np.array(curves()[curve_for(score)])
    level = meter.octave_levels(made.mix / 2**23, CENTRES)
    axis.plot(CENTRES, level - level[1:7].mean(), "o-", color="#222222", label="mix")
    axis.plot(CENTRES, curve - curve[1:7].mean(), "--", color="#b5493c", label=curve_for(score))
    axis.set(xscale="log", ylabel="dB / Hz", xlabel="Hz")
    axis.legend()
    figure.suptitle(f"{name}: {made.lufs:.1f} LUFS, {made.true_peak_db:.1f} dBTP, "
                    f"slope {meter.slope(made.mix / 2**23):.1f} dB/octave, side to mid "
                    f"{meter.side_to_mid_db(made.mix / 2**23):.1f} dB", fontsize=10)  # fmt: skip
    figure.tight_layout()
    path = OUT / f"{name.replace(' ', '-')}.png"
    figure.savefig(path, dpi=72)
    plt.close(figure)
    Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=96).save(path)


def main() -> None:
    """Draw all eight."""
    OUT.mkdir(parents=True, exist_ok=True)
    model = learnt()
    for mood, style, seconds in TRACKS:
        brief = Brief(mood, "ad", Fraction(seconds), style)
        piece = compose(model, brief, SEED, candidates=CANDIDATES)
        draw(f"{mood} {style}", piece.score, render(piece.score, SEED))
        print(mood, style, flush=True)


if __name__ == "__main__":
    main()
