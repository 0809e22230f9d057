"""Draw a made track: piano roll by part, waveform and spectrogram, as one PNG.

Run with the folder that `clearcue make` filled and the picture's path:
    .venv/bin/python tests/support/draw_track.py out docs/images/track.png
"""

import sys
from pathlib import Path

import matplotlib as mpl
import mido
import numpy as np
import soundfile
from PIL import Image

mpl.use("Agg")
from matplotlib import pyplot as plt

COLOURS = plt.get_cmap("tab10").colors  # type: ignore[attr-defined]  # a listed colour map


def notes_of(path: Path) -> dict[str, list[tuple[float, float, int, int]]]:
    """(start s, length s, pitch, velocity) of each note by track name."""
    midi = mido.MidiFile(path)
    tempo = next(m.tempo for m in midi.tracks[0] if m.type == "set_tempo")
    parts: dict[str, list[tuple[float, float, int, int]]] = {}
    for track in midi.tracks:
        tick, open_notes, found = 0, {}, []
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                open_notes[message.note] = (tick, message.velocity)
            elif message.type in ("note_off", "note_on") and message.note in open_notes:
                start, velocity = open_notes.pop(message.note)
                seconds = [mido.tick2second(t, midi.ticks_per_beat, tempo) for t in (start, tick)]
                found.append((seconds[0], seconds[1] - seconds[0], message.note, velocity))
        if found:
            parts[track.name] = found
    return parts


def draw(folder: Path, picture: Path) -> None:
    """Draw the track in `folder` into `picture`."""
    parts = notes_of(folder / "score.mid")
    sound, rate = soundfile.read(folder / "track.wav", always_2d=True)
    figure, (roll, wave, spectrum) = plt.subplots(
        3, 1, figsize=(15, 12), sharex=True, height_ratios=(5, 1, 2), layout="constrained"
    )
    for number, (name, notes) in enumerate(parts.items()):
        colour = COLOURS[number % len(COLOURS)]
        for start, length, pitch, velocity in notes:
            roll.barh(
                pitch, length, left=start, height=0.85, color=colour,
                alpha=0.3 + 0.7 * velocity / 127,
            )  # fmt: skip
        roll.barh(0, 0, color=colour, label=name)
    roll.set_ylim(22, 105)
    roll.set_ylabel("MIDI pitch")
    roll.legend(loc="upper left", ncols=5, fontsize=8)
    times = np.arange(len(sound)) / rate
    step = max(len(sound) // 20000, 1)
    wave.plot(times[::step], sound[::step].mean(axis=1), lw=0.4)
    wave.set_ylim(-1, 1)
    wave.set_ylabel("waveform")
    spectrum.specgram(sound.mean(axis=1), NFFT=4096, Fs=rate, noverlap=2048, vmin=-140)
    spectrum.set_yscale("symlog", linthresh=200)
    spectrum.set_ylim(30, 20000)
    spectrum.set_ylabel("Hz")
    spectrum.set_xlabel("seconds")
    spectrum.set_xlim(0, len(sound) / rate)
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=90)
    with Image.open(picture) as drawn:  # few colours: a tenth of the size
        drawn.convert("RGB").quantize(96).save(picture, optimize=True)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]))
