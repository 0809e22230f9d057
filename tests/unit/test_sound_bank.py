"""Every instrument of the table: it sounds, in tune, the same each time, brighter when harder."""

import math

import numpy as np
import pytest

from clearcue.data.instruments import instruments
from clearcue.sound.bank.ensemble import SLUR_OVERLAP, Slur
from clearcue.sound.bank.players import PLAYERS
from clearcue.sound.dsp import SAMPLE_RATE, hertz
from clearcue.sound.manifest import bank_manifest
from clearcue.sound.performance import PlayedNote, generator
from clearcue.sound.profile import Place, places, role_loudness
from clearcue.sound.stage import play_part

PITCHED = [k for k, i in instruments().items() if i.group not in ("drums", "effects")]
KITS = [k for k, i in instruments().items() if i.is_drums]
LOUDER_NOT_BRIGHTER = {"sub_bass", "celesta", "music_box"}


def _tone(key: str, pitch: float, velocity: float, seconds: float = 1.0, take: int = 0):
    sound = PLAYERS[key].tone(float(pitch), velocity, seconds, generator(5, key, pitch, take))
    return sound if sound.ndim == 1 else sound.mean(axis=1)


def _centroid(x: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(x)) ** 2
    return float(np.sum(power * np.fft.rfftfreq(x.size, 1 / SAMPLE_RATE)) / np.sum(power))


def _cents_off(x: np.ndarray, frequency: float) -> float:
    """How far the strongest of the first harmonics lies from its place, in cents.

    A section's players lie around their pitch, so the mean over 4 % on both sides counts.
    """
    size = 2**19
    power = np.abs(np.fft.rfft(x * np.hanning(x.size), size)) ** 2
    places = np.arange(power.size) * SAMPLE_RATE / size
    offs = []
    for harmonic in (1, 2, 3):
        centre = harmonic * frequency
        near = slice(int(np.searchsorted(places, centre * 0.96)),
                     int(np.searchsorted(places, centre * 1.04)))  # fmt: skip
        mean = float(np.sum(power[near] * places[near]) / np.sum(power[near]))
        offs.append((float(np.sum(power[near])), 1200 * math.log2(mean / centre)))
    return max(offs)[1]


def test_table_players_and_places_agree() -> None:
    """Every instrument has a tone and a place in the mix, and nothing else has."""
    assert set(PLAYERS) == set(instruments()) == set(places())
    assert all(PLAYERS[key].sustained == item.sustained for key, item in instruments().items())
    assert set(role_loudness()) >= {"melody", "bass", "drums", "effects"}


@pytest.mark.parametrize("key", PITCHED)
def test_pitched_instrument_is_in_tune_over_its_range(key: str) -> None:
    """The tone's strongest low partial lies within 14 cents of its place, low to high."""
    item = instruments()[key]
    for pitch in (item.low + 3, (item.low + item.high) // 2, item.high - 3):
        sound = _tone(key, pitch, 0.7)
        assert np.all(np.isfinite(sound))
        assert np.abs(sound).max() > 0.01
        assert abs(_cents_off(sound[2000:], hertz(pitch))) < 14.0, pitch


@pytest.mark.parametrize("key", [k for k in PITCHED if k not in LOUDER_NOT_BRIGHTER])
def test_harder_is_louder_and_brighter(key: str) -> None:
    """Velocity raises the level and the centre of the spectrum."""
    item = instruments()[key]
    pitch = item.low + (item.high - item.low) // 3
    soft, hard = _tone(key, pitch, 0.3, 0.6), _tone(key, pitch, 0.95, 0.6)
    assert np.sum(hard**2) > 1.5 * np.sum(soft**2)
    assert _centroid(hard) > _centroid(soft)


@pytest.mark.parametrize("key", KITS)
def test_kit_plays_every_key(key: str) -> None:
    """Every General MIDI percussion key sounds, without a number that is none."""
    for pitch in range(35, 82):
        sound = _tone(key, pitch, 0.8)
        assert np.all(np.isfinite(sound)), pitch
        assert 0.05 < np.abs(sound).max() < 8.0, pitch


def test_same_stream_same_tone_other_take_other_tone() -> None:
    """A tone is a function of its stream; the next take of the round robin differs."""
    first, again, other = (_tone("piano", 60, 0.6, 0.3, take) for take in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_plucked_string_dies_away_and_bowed_string_holds() -> None:
    """After 0.9 s a plucked tone is well below its start, a bowed one is not."""
    harp, cello = _tone("harp", 72, 0.7), _tone("solo_cello", 55, 0.7)
    for sound, fell in ((harp, True), (cello, False)):
        early = np.sqrt(np.mean(sound[9600:14400] ** 2))
        late = np.sqrt(np.mean(sound[40000:44000] ** 2))
        assert bool(late < 0.35 * early) is fell


@pytest.mark.parametrize("key", ["solo_cello", "horn", "flute", "clarinet"])
def test_slurred_notes_join_evenly_and_do_not_smear(key: str) -> None:
    """One note takes over from another without a step of 2 dB, and the old one is soon gone.

    The level is the RMS over 20 ms, from 60 ms before to 180 ms after the second note's onset, the
    mean in dB of six joints; a step is from one 20 ms to the next.
    """
    player, levels, left = PLAYERS[key], [], {}
    for pitch, seed in ((64, 3), (60, 3), (67, 3), (64, 4), (60, 4), (67, 4)):
        first = PlayedNote(0, 0.7 + SLUR_OVERLAP, pitch, 0.65, 0, Slur(0, True))
        second = PlayedNote(33_600, 0.7, pitch + 2, 0.65, 0, Slur(2))
        sound = play_part(key, player, (first, second), 96_000, Place(), seed).astype(np.float64)
        near = sound[33_600 - 2880 : 33_600 + 8640].reshape(-1, 960, 2)
        levels.append(10.0 * np.log10(np.mean(near**2, axis=(1, 2))))
    mean = np.mean(levels, axis=0)
    assert np.abs(np.diff(mean)).max() < 2.0, mean
    for slur in (Slur(0, True), Slur()):
        alone = (PlayedNote(0, 0.7, 64, 0.65, 0, slur),)
        left[slur.goes_on] = float(
            np.sum(play_part(key, player, alone, 48_000, Place(), 3)[36_000:] ** 2)
        )
    assert left[True] <= left[False] * (0.2 if key == "solo_cello" else 1.0)


def test_manifest_pins_the_bank() -> None:
    """The manifest names the licence and gives the same digest twice."""
    manifest = bank_manifest()
    assert manifest == bank_manifest()
    assert manifest["licence"] == "Apache-2.0"
    assert len(manifest["sha256"]) == 64
    assert "no recordings" in manifest["source"]
