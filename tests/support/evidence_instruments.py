"""`make evidence NAME=instruments`: our instruments beside MuseScore_General's, tone by tone.

Writes docs/evidence/instruments.md and docs/images/sound/instruments.png: attack, decay, the decay
of partials and brightness at three pitches and three velocities, by FluidSynth without effects and
by the computed bank without its place in the mix. The bands are stated in the table's head; no tone
is equalised by itself.
"""

import math
import platform
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import matplotlib as mpl
import numpy as np
from compared_tones import VELOCITIES, Tone, envelope_db, measure, ours, pitches_of, theirs

from clearcue.data.instruments import instruments
from clearcue.sound.manifest import bank_manifest

mpl.use("Agg")
from matplotlib import pyplot as plt

ROOT = Path(__file__).resolve().parents[2]
KEYS = (
    "piano", "electric_piano", "harpsichord", "acoustic_guitar", "nylon_guitar", "harp", "marimba",
    "vibraphone", "xylophone", "glockenspiel", "celesta", "pizzicato", "strings", "solo_cello",
    "solo_violin", "brass", "trumpet", "horn", "low_brass", "flute", "clarinet", "oboe", "bassoon",
    "saxophone", "choir", "upright_bass", "electric_bass", "organ", "accordion",
)  # fmt: skip
ATTACK_FACTOR, ATTACK_SECONDS = 3.0, 0.06
DECAY_FACTOR, DECAY_DB = 2.0, 6.0
BRIGHT_OCTAVES = 0.75


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many of an instrument's nine tones lie inside each band, and its brightness' slope."""

    attack: int
    decay: int
    partials: int
    slope_ours: float
    slope_theirs: float

    @property
    def slope_inside(self) -> bool:
        """Whether both grow brighter alike from velocity 40 to 115."""
        return abs(self.slope_ours - self.slope_theirs) <= BRIGHT_OCTAVES


def near(one: float, other: float, factor: float, room: float) -> bool:
    """Whether two figures lie within a factor of one another, or within some room."""
    if abs(one - other) <= room:
        return True
    return one * other > 0 and 1 / factor <= one / other <= factor


def compared(key: str) -> tuple[Verdict, dict[str, list[Tone]]]:
    """Measure nine tones of both."""
    sampled = theirs(key)
    tones: dict[str, list[Tone]] = {"ours": [], "theirs": []}
    for pitch in pitches_of(key):
        for velocity in VELOCITIES:
            tones["ours"].append(measure(ours(key, pitch, velocity), pitch))
            tones["theirs"].append(measure(sampled[(pitch, velocity)], pitch))
    pairs = list(zip(tones["ours"], tones["theirs"], strict=True))
    held = instruments()[key].sustained
    slopes = [
        median(math.log2(t[i + 2].brightness / t[i].brightness) for i in (0, 3, 6))
        for t in tones.values()
    ]
    return Verdict(
        attack=sum(near(a.attack, b.attack, ATTACK_FACTOR, ATTACK_SECONDS) for a, b in pairs),
        decay=sum(
            near(a.decay, b.decay, DECAY_FACTOR, DECAY_DB * (2 if held else 1)) for a, b in pairs
        ),
        partials=sum(
            near(
                median(a.partials), median(b.partials), DECAY_FACTOR, DECAY_DB * (2 if held else 1)
            )
            for a, b in pairs
        ),
        slope_ours=slopes[0],
        slope_theirs=slopes[1],
    ), tones


def picture(path: Path) -> None:
    """Envelopes and spectra of one tone each, ours above theirs."""
    figure, axes = plt.subplots(len(KEYS) // 4 + 1, 8, figsize=(18, 2.0 * (len(KEYS) // 4 + 1)))
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    for number, key in enumerate(KEYS):
        pitch = pitches_of(key)[1]
        pair = (ours(key, pitch, 80), theirs(key)[(pitch, 80)])
        level, spectrum = axes.flat[2 * number], axes.flat[2 * number + 1]
        for sound, colour in zip(pair, ("#2e6f7a", "#b5493c"), strict=True):
            env = envelope_db(sound)
            level.plot(np.arange(env.size) * 0.005, env - env.max(), color=colour, linewidth=0.8)
            part = sound[4800:28_800]
            power = 20 * np.log10(np.abs(np.fft.rfft(part * np.hanning(part.size))) + 1e-9)
            at = np.fft.rfftfreq(part.size, 1 / 48_000)
            spectrum.plot(at, power - power.max(), color=colour, linewidth=0.4)
        level.set(ylim=(-60, 3), title=key)
        spectrum.set(xscale="log", xlim=(60, 16_000), ylim=(-80, 3))
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=60)


def main() -> None:
    """Make table and picture."""
    rows, inside = [], [0, 0, 0, 0]
    for key in KEYS:
        verdict, tones = compared(key)
        middle = {who: found[4] for who, found in tones.items()}
        inside = [
            total + one
            for total, one in zip(
                inside,
                (verdict.attack, verdict.decay, verdict.partials, verdict.slope_inside),
                strict=True,
            )
        ]
        rows.append(
            f"| {key} | {verdict.attack} | {verdict.decay} | {verdict.partials} | "
            f"{verdict.slope_ours:.2f} / {verdict.slope_theirs:.2f}"
            f"{'' if verdict.slope_inside else ' *'} | "
            + " | ".join(
                f"{getattr(middle['ours'], name) * by:.0f} / "
                f"{getattr(middle['theirs'], name) * by:.0f}"
                for name, by in (("attack", 1000), ("decay", 1), ("brightness", 1))
            )
            + " |"
        )
        print(rows[-1], flush=True)
    picture(ROOT / "docs" / "images" / "sound" / "instruments.png")
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    tones_in_all = 9 * len(KEYS)
    text = [
        "# Instruments beside a sampled bank",
        f"`make evidence NAME=instruments`, {datetime.now(UTC):%Y-%m-%d}, commit {commit}, "
        f"{platform.machine()}, bank {bank_manifest()['sha256'][:16]}, FluidSynth with "
        "MuseScore_General, without reverb and chorus. Three pitches (the quarters of the range) "
        f"at velocities {', '.join(map(str, VELOCITIES))}; tones of 2 s; no tone is equalised by "
        "itself.",
        "",
        "- **Attack** (10 to 90 % of the envelope) inside: within a factor of "
        f"{ATTACK_FACTOR:g} or {ATTACK_SECONDS * 1000:.0f} ms. {inside[0]} of {tones_in_all} are.",
        "- **Decay** of the whole and median decay of the first four **partials** inside: within a "
        f"factor of {DECAY_FACTOR:g} or {DECAY_DB:g} dB/s ({2 * DECAY_DB:g} for held tones, where "
        f"players beat). {inside[1]} and {inside[2]} of {tones_in_all} are.",
        "- **Brightness against velocity**, octaves of centroid from 40 to 115, ours / theirs, "
        f"inside: within {BRIGHT_OCTAVES:g}; a star marks what is not. {inside[3]} of {len(KEYS)} "
        "are.",
        "",
        "| instrument | attacks inside of 9 | decays | partials | brightness, octaves | attack ms "
        "| decay dB/s | centroid Hz |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        "The last three columns are those of the middle pitch at velocity 80, ours / theirs. A "
        "sampled bank is a yardstick, not the truth: it loops its samples (a decay stops where the "
        "loop begins) and plays one recording at several velocities, so that it often grows louder "
        "without growing brighter.",
        "",
        "![Envelopes and spectra, ours blue, theirs red](../images/sound/instruments.png)",
        "",
    ]
    (ROOT / "docs" / "evidence" / "instruments.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
