"""Single tones measured, ours and a sampled bank's: attack, decay, partials, brightness.

Conventions: mono at 48 kHz; a tone begins at frame 0 and is held for `HELD` seconds of `SPACING`.
Attack is the time in seconds from a tenth to nine tenths of the envelope's peak; decay in dB per
second, negative for what dies away; brightness is the centroid of the amplitude spectrum from 30 to
600 ms, in Hz.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import soundfile

from clearcue.data.instruments import instruments
from clearcue.sound.bank.players import PLAYERS
from clearcue.sound.dsp import SAMPLE_RATE, equalise, hertz
from clearcue.sound.performance import PlayedNote
from clearcue.sound.profile import Place, places
from clearcue.sound.stage import play_part

HELD, SPACING = 2.0, 3.0
VELOCITIES = (40, 80, 115)
FONT = Path("/usr/share/sounds/sf3/MuseScore_General.sf3")
_FRAME = 240
_LEAD_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Tone:
    """What is measured of a tone; `partials` are the decays of the first four."""

    attack: float
    decay: float
    partials: tuple[float, ...]
    brightness: float


def pitches_of(key: str) -> tuple[int, int, int]:
    """Three pitches at the quarters of an instrument's range, drums left out."""
    item = instruments()[key]
    span = item.high - item.low
    return item.low + span // 4, item.low + span // 2, item.low + 3 * span // 4


def ours(key: str, pitch: int, velocity: int) -> np.ndarray:
    """A tone of the computed bank with its body, without its place in the mix."""
    note = PlayedNote(0, HELD, pitch, velocity / 127.0, 0)
    frames = round(SPACING * SAMPLE_RATE)
    sound = play_part(key, PLAYERS[key], (note,), frames, Place(), 1)
    equalise(sound, places()[key].body)
    return sound.mean(axis=1).astype(np.float64)


def theirs(key: str) -> dict[tuple[int, int], np.ndarray]:
    """The same tones of the SoundFont by FluidSynth, dry, by pitch and velocity."""
    notes = [(pitch, velocity) for pitch in pitches_of(key) for velocity in VELOCITIES]
    track = mido.MidiTrack([mido.Message("program_change", program=instruments()[key].program)])
    second = 960  # ticks at 480 a quarter and 120 quarters a minute
    wait = round(_LEAD_SECONDS * second)
    for pitch, velocity in notes:
        track.append(mido.Message("note_on", note=pitch, velocity=velocity, time=wait))
        track.append(mido.Message("note_off", note=pitch, time=round(HELD * second)))
        wait = round((SPACING - HELD) * second)
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder) / "a.mid", Path(folder) / "a.wav"
        file = mido.MidiFile(ticks_per_beat=480)
        file.tracks.append(track)
        file.save(midi)
        subprocess.run(
            ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-g", "0.5", "-r", str(SAMPLE_RATE), "-F",
             wav, FONT, midi],
            check=True, capture_output=True,
        )  # fmt: skip
        sound, _ = soundfile.read(wav)
    mono = np.append(sound.mean(axis=1), np.zeros(SAMPLE_RATE))
    found = {}
    for index, note in enumerate(notes):
        start = round((_LEAD_SECONDS + index * SPACING) * SAMPLE_RATE)
        found[note] = mono[start : start + round(SPACING * SAMPLE_RATE)]
    return found


def envelope_db(sound: np.ndarray) -> np.ndarray:
    """The level of every 5 ms in dB, over two frames."""
    count = sound.size // _FRAME
    power = np.mean(sound[: count * _FRAME].reshape(count, _FRAME) ** 2, axis=1)
    smooth = np.convolve(power, np.ones(3) / 3.0, mode="same")
    return 10.0 * np.log10(smooth + 1e-14)


def measure(sound: np.ndarray, pitch: int) -> Tone:
    """Measure one tone."""
    level = envelope_db(sound)[: round(HELD * SAMPLE_RATE / _FRAME)]
    peak = int(np.argmax(level))
    rising = 10.0 ** ((level[: peak + 1] - level[peak]) / 20.0)
    attack = float(np.argmax(rising >= 0.9) - np.argmax(rising >= 0.1)) * _FRAME / SAMPLE_RATE
    return Tone(attack, _fall(level, peak), _partials(sound, pitch), _brightness(sound))


def _fall(level: np.ndarray, peak: int) -> float:
    """The slope from 50 ms behind the peak until 45 dB below it, 1.4 s at most."""
    stretch = level[peak + 10 : peak + 290]
    low = np.flatnonzero(stretch < level[peak] - 45.0)
    stretch = stretch[: low[0]] if low.size else stretch
    if stretch.size < 6:
        return -200.0
    return float(np.polyfit(np.arange(stretch.size) * _FRAME / SAMPLE_RATE, stretch, 1)[0])


def _partials(sound: np.ndarray, pitch: int) -> tuple[float, ...]:
    size, hop = 8192, 1024
    window = np.hanning(size)
    starts = range(0, round(1.6 * SAMPLE_RATE) - size, hop)
    spectra = np.array([np.abs(np.fft.rfft(sound[s : s + size] * window)) for s in starts])
    found = []
    for partial in range(1, 5):
        centre = hertz(pitch) * partial * size / SAMPLE_RATE
        low, high = int(centre * 0.97), int(centre * 1.04) + 2
        level = 20.0 * np.log10(spectra[:, low:high].max(axis=1) + 1e-9)
        peak = int(np.argmax(level))
        heard = level[peak:][level[peak:] > level[peak] - 40.0]
        if heard.size >= 4:
            found.append(float(np.polyfit(np.arange(heard.size) * hop / SAMPLE_RATE, heard, 1)[0]))
        else:
            found.append(-200.0)
    return tuple(found)


def _brightness(sound: np.ndarray) -> float:
    part = sound[round(0.03 * SAMPLE_RATE) : round(0.6 * SAMPLE_RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(part.size)))
    places = np.fft.rfftfreq(part.size, 1.0 / SAMPLE_RATE)
    heard = (places > 30.0) & (places < 16_000.0)
    return float(np.sum(spectrum[heard] * places[heard]) / (np.sum(spectrum[heard]) + 1e-12))
