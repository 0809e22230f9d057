"""A SoundFont, played by FluidSynth in a process of its own.

FluidSynth (LGPL) is a separate program: it is run, never linked, and none of it is in this package.
It renders one part at a time, without reverb and chorus, from a MIDI file whose ticks are frames,
on one core, so that the same notes give the same samples with the same version of it.

A SoundFont is used only with a rights entry: Debian's MuseScore_General brings one here, as its
package states it; a customer's font needs one beside it, named as the font with `.rights.json`
added, that names its licence, who answers for it and the file's SHA-256.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import mido
import numpy as np

from clearcue.data.instruments import instruments
from clearcue.sound.banks import BankError
from clearcue.sound.dsp import SAMPLE_RATE, Track
from clearcue.sound.performance import PlayedNote

FONTS = (
    Path("/usr/share/sounds/sf3/MuseScore_General.sf3"),
    Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
)
APT_LINE = "apt-get install fluidsynth musescore-general-soundfont-small"
_MUSESCORE = {
    "name": "MuseScore_General",
    "licence": "MIT",
    "holder": "Frank Wen, Michael Cowgill and others; Debian package musescore-general-soundfont",
}
_ENTRY_FIELDS = ("name", "licence", "holder", "sha256")
_SUFFIXES = (".sf2", ".sf3")
_LONGEST_ENTRY = 65_536
_TICKS_A_QUARTER = SAMPLE_RATE // 2
_QUARTER_MICROSECONDS = 500_000
_LONGEST_SECONDS = 300.0
_GAIN = "0.5"


@dataclass(frozen=True, slots=True)
class Rights:
    """Whose a SoundFont is, under which licence, and the SHA-256 of its file."""

    name: str
    licence: str
    holder: str
    sha256: str


class FluidBank:
    """A SoundFont and the program that plays it."""

    def __init__(self, font: Path, rights: Rights, program: str) -> None:
        self._font, self._rights, self._program = font, rights, program

    def manifest(self) -> dict[str, str]:
        """What the record says of it."""
        return {
            "bank": self._rights.name,
            "version": _version(self._program),
            "licence": self._rights.licence,
            "source": self._rights.holder,
            "sha256": self._rights.sha256,
        }

    def plays(self, instrument: str) -> bool:
        """Whether recordings of it are better than what is computed (`data/sound/banks.toml`)."""
        return instrument in _sampled()

    def play(self, instrument: str, notes: tuple[PlayedNote, ...], frames: int) -> Track:
        """Play a part. Raises BankError when FluidSynth fails."""
        with tempfile.TemporaryDirectory(prefix="clearcue-fluidsynth-") as folder:
            midi, raw = Path(folder) / "part.mid", Path(folder) / "part.raw"
            _file(instruments()[instrument].program, notes, frames).save(midi)
            command: list[str | Path] = [
                self._program, "-ni", "-R", "0", "-C", "0", "-g", _GAIN, "-r", str(SAMPLE_RATE),
                "-O", "float", "-T", "raw", "-o", "synth.cpu-cores=1", "-F", raw, self._font, midi,
            ]  # fmt: skip
            try:
                subprocess.run(  # noqa: S603 - a fixed program; the notes go in as data
                    command, check=True, capture_output=True, timeout=_LONGEST_SECONDS
                )
                sound = np.fromfile(raw, dtype="<f4")
            except (OSError, subprocess.SubprocessError) as error:
                raise BankError(f"FluidSynth could not play {instrument}: {error}") from error
        out = np.zeros((frames, 2), dtype=np.float32)
        played = sound[: sound.size // 2 * 2].reshape(-1, 2)[:frames]
        out[: len(played)] = played
        return out


def open_bank(font: Path | None) -> FluidBank:
    """The bank of a customer's font, or of Debian's MuseScore_General where none is named.

    Raises:
        BankError: when program or font is missing, or the font has no rights entry that fits it.
    """
    program = shutil.which("fluidsynth")
    if program is None:
        raise BankError(f"the sampled bank needs FluidSynth; {APT_LINE}")
    if font is not None:
        return FluidBank(font, _customers(font), program)
    found = next((path for path in FONTS if path.is_file()), None)
    if found is None:
        raise BankError(f"the sampled bank needs a SoundFont; {APT_LINE}")
    return FluidBank(found, Rights(**_MUSESCORE, sha256=_digest(found)), program)


def _customers(font: Path) -> Rights:
    """The rights entry beside a customer's font; an absent or unfitting one refuses the font."""
    if font.suffix.lower() not in _SUFFIXES:
        raise BankError(f"{font.name} is no SoundFont; convert an SFZ to .sf2 first")
    entry = font.with_name(f"{font.name}.rights.json")
    try:
        content = entry.read_bytes()[:_LONGEST_ENTRY]
        stated = json.loads(content)
        digest = _digest(font)
    except OSError as error:
        raise BankError(
            f"{error.filename} cannot be read; put the font there, and beside it {entry.name} "
            f"with {', '.join(_ENTRY_FIELDS)}"
        ) from error
    except ValueError as error:
        raise BankError(f"{entry.name} is no JSON object; write one") from error
    return _rights(entry.name, stated, digest)


def _rights(name: str, stated: object, digest: str) -> Rights:
    values = stated if isinstance(stated, Mapping) else {}
    texts = {field: values.get(field) for field in _ENTRY_FIELDS}
    for field, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise BankError(f"{name} does not say the font's {field}; a font without is refused")
    if texts["sha256"] != digest:
        raise BankError(f"{name} is of another file: the font's SHA-256 is {digest}")
    return Rights(**{field: str(text) for field, text in texts.items()})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _version(program: str) -> str:
    done = subprocess.run(  # noqa: S603 - a fixed program, asked for its name
        [program, "--version"], capture_output=True, text=True, check=False
    )
    return next(iter(done.stdout.splitlines()), "FluidSynth").strip()


@cache
def _sampled() -> frozenset[str]:
    text = files("clearcue.data").joinpath("sound", "banks.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)["sampled"])


def _file(program: int, notes: tuple[PlayedNote, ...], frames: int) -> mido.MidiFile:
    """A MIDI file of one part, a tick a frame."""
    events: list[tuple[int, int, int, int]] = []
    for note in notes:
        end = min(note.frame + round(note.hold_seconds * SAMPLE_RATE), frames - 1)
        events.append((note.frame, 1, note.pitch, max(1, round(note.velocity * 127.0))))
        events.append((max(end, note.frame + 1), 0, note.pitch, 0))
    track = mido.MidiTrack([
        mido.MetaMessage("set_tempo", tempo=_QUARTER_MICROSECONDS),
        mido.Message("program_change", program=program),
    ])  # fmt: skip
    now = 0
    for at, on, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=velocity, time=at - now))
        now = at
    track.append(mido.MetaMessage("end_of_track", time=max(frames - now, 0)))
    file = mido.MidiFile(ticks_per_beat=_TICKS_A_QUARTER)
    file.tracks.append(track)
    return file
