"""Which tone each instrument of the table plays, and how it is damped.

Conventions: `damp_seconds` is how long a damped string takes to fall by 60 dB, 0 for what rings on
by itself; `ring_seconds` bounds how much of a tone that dies away by itself is computed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clearcue.sound.bank import (
    basses,
    blown,
    bowed,
    drums,
    effects,
    keys,
    mallets,
    organs,
    pads,
    percussion,
    plucked,
    synths,
)
from clearcue.sound.bank.ensemble import UNSLURRED, Slur
from clearcue.sound.dsp import Signal, sides

Tone = Callable[[float, float, float, np.random.Generator], Signal]
Legato = Callable[[float, float, float, np.random.Generator, Slur], Signal]


@dataclass(frozen=True, slots=True)
class Player:
    """One instrument's tone and touch.

    `variants` is how many round-robin takes exist of each tone; `pedal` says that an accompaniment
    rings on to the end of its chord; `strum_ms` is the time between the notes of a chord; `legato`
    is the tone of an instrument that can slur notes.
    """

    tone: Tone
    sustained: bool = False
    damp_seconds: float = 0.0
    ring_seconds: float = 4.0
    variants: int = 3
    pedal: bool = False
    strum_ms: float = 0.0
    legato: Legato | None = None


def _struck(
    tone: Tone, damp: float = 0.0, ring: float = 4.0, pedal: bool = False, strum: float = 0.0
) -> Player:
    return Player(tone, False, damp, ring, 3, pedal, strum)


def _held(tone: Tone) -> Player:
    return Player(tone, True, 0.0, 0.0, 2)


def _solo(tone: Legato) -> Player:
    def attacked(pitch: float, velocity: float, hold: float, rng: np.random.Generator) -> Signal:
        return tone(pitch, velocity, hold, rng, UNSLURRED)

    return Player(attacked, True, 0.0, 0.0, 2, legato=tone)


def _kit(hit: drums.Hit) -> Player:
    def tone(pitch: float, velocity: float, _: float, rng: np.random.Generator) -> Signal:
        place = drums.PLACES.get(round(pitch), 0.0)
        return np.asarray(hit(round(pitch), velocity, rng) * np.array(sides(place, balanced=True)))

    return Player(tone, False, 0.0, 3.0, 4)


PLAYERS: dict[str, Player] = {
    "piano": _struck(keys.piano, 0.22, 7.0, True, 3.0),
    "felt_piano": _struck(keys.felt_piano, 0.3, 6.0, True, 5.0),
    "electric_piano": _struck(keys.electric_piano, 0.2, 5.0, True, 2.0),
    "lofi_piano": _struck(keys.lofi_piano, 0.3, 5.0, True, 4.0),
    "organ": _held(organs.organ),
    "accordion": _held(organs.accordion),
    "harpsichord": _struck(plucked.harpsichord, 0.12, 3.5, False, 3.0),
    "clavinet": _struck(plucked.clavinet, 0.06, 2.0),
    "acoustic_guitar": _struck(plucked.acoustic_guitar, 0.3, 4.0, True, 13.0),
    "nylon_guitar": _struck(plucked.nylon_guitar, 0.3, 4.0, True, 11.0),
    "muted_guitar": _struck(plucked.muted_guitar, 0.1, 0.8, False, 7.0),
    "electric_guitar": _struck(plucked.electric_guitar, 0.2, 4.0, False, 10.0),
    "overdriven_guitar": _struck(plucked.overdriven_guitar, 0.16, 5.0, False, 6.0),
    "ukulele": _struck(plucked.ukulele, 0.15, 2.0, False, 11.0),
    "banjo": _struck(plucked.banjo, 0.2, 2.0, False, 9.0),
    "mandolin": _struck(plucked.mandolin, 0.2, 2.5, False, 9.0),
    "harp": _struck(plucked.harp, 0.9, 4.0, True, 24.0),
    "marimba": _struck(mallets.marimba, 0.0, 2.5),
    "vibraphone": _struck(mallets.vibraphone, 0.7, 5.0, True),
    "xylophone": _struck(mallets.xylophone, 0.0, 1.3),
    "kalimba": _struck(mallets.kalimba, 0.0, 2.5),
    "tubular_bells": _struck(mallets.tubular_bells, 1.2, 5.0, True),
    "bells": _struck(mallets.bells, 1.0, 3.5, True),
    "glockenspiel": _struck(mallets.glockenspiel, 0.0, 3.5),
    "celesta": _struck(mallets.celesta, 0.5, 3.0, True),
    "music_box": _struck(mallets.music_box, 0.0, 3.0),
    "pizzicato": _struck(plucked.pizzicato, 0.0, 1.2),
    "strings": _held(bowed.strings),
    "tremolo_strings": _held(bowed.tremolo_strings),
    "solo_cello": _solo(bowed.solo_cello),
    "solo_violin": _solo(bowed.solo_violin),
    "staccato_strings": _struck(bowed.staccato_strings, 0.0, 0.6),
    "brass": _held(blown.brass),
    "horn": _solo(blown.horn),
    "trumpet": _solo(blown.trumpet),
    "muted_trumpet": _solo(blown.muted_trumpet),
    "low_brass": _held(blown.low_brass),
    "saxophone": _solo(blown.saxophone),
    "oboe": _solo(blown.oboe),
    "flute": _solo(blown.flute),
    "clarinet": _solo(blown.clarinet),
    "bassoon": _held(blown.bassoon),
    "choir": _held(blown.choir),
    "choir_pad": _held(pads.choir_pad),
    "warm_pad": _held(pads.warm_pad),
    "glass_pad": _held(pads.glass_pad),
    "dark_pad": _held(pads.dark_pad),
    "synth_strings": _held(pads.synth_strings),
    "lead": _held(synths.lead),
    "soft_lead": _held(synths.soft_lead),
    "synth_brass": _held(synths.synth_brass),
    "pluck": _struck(synths.pluck, 0.12, 1.6),
    "arp": _struck(synths.arp, 0.08, 0.9),
    "synth_stab": _struck(synths.synth_stab, 0.1, 1.2),
    "house_stab": _struck(synths.house_stab, 0.08, 1.2),
    "supersaw": _held(synths.supersaw),
    "upright_bass": _struck(plucked.upright_bass, 0.14, 2.5),
    "electric_bass": _struck(plucked.electric_bass, 0.1, 4.0),
    "picked_bass": _struck(plucked.picked_bass, 0.1, 4.0),
    "synth_bass": _held(basses.synth_bass),
    "sub_bass": _held(basses.sub_bass),
    "reese_bass": _held(basses.reese_bass),
    "acid_bass": _held(basses.acid_bass),
    "bass_808": _struck(basses.bass_808, 0.09, 3.0),
    "acoustic_kit": _kit(drums.acoustic_kit),
    "brush_kit": _kit(drums.brush_kit),
    "electronic_kit": _kit(drums.electronic_kit),
    "kit_808": _kit(percussion.kit_808),
    "house_kit": _kit(percussion.house_kit),
    "lofi_kit": _kit(percussion.lofi_kit),
    "orchestral_percussion": _kit(drums.orchestral_percussion),
    "shaker_kit": _kit(drums.shaker_kit),
    "hand_percussion": _kit(percussion.hand_percussion),
    "riser": _held(effects.riser),
    "swell": _held(effects.swell),
    "downlifter": _held(effects.downlifter),
    "impact": _struck(effects.impact, 0.0, 3.0),
    "sub_drop": _struck(effects.sub_drop, 0.0, 2.6),
}
