"""The sampled bank: played by a program of its own, only with rights, and named in the record."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from example_scores import example_score

from clearcue.adapters import fluidsynth
from clearcue.adapters.fluidsynth import FONTS, open_bank
from clearcue.sound.banks import BankError
from clearcue.sound.performance import PlayedNote
from clearcue.sound.render import pcm_bytes, render


def _font(folder: Path, **entry: str | None) -> Path:
    """A file called a font, and a rights entry for it with some fields changed or left out."""
    font = folder / "own.sf2"
    font.write_bytes(b"RIFF....sfbk")
    stated = {"name": "Own", "licence": "CC0-1.0", "holder": "A Studio", "sha256":
              hashlib.sha256(font.read_bytes()).hexdigest(), **entry}  # fmt: skip
    text = json.dumps({name: value for name, value in stated.items() if value is not None})
    (folder / "own.sf2.rights.json").write_text(text)
    return font


@pytest.mark.needs("fluidsynth")
def test_a_font_needs_a_rights_entry_that_fits_it(tmp_path: Path) -> None:
    """Without an entry, with a field missing, or of another file, a font is refused."""
    assert open_bank(_font(tmp_path)).manifest() == open_bank(_font(tmp_path)).manifest()
    manifest = open_bank(_font(tmp_path)).manifest()
    assert (manifest["bank"], manifest["licence"]) == ("Own", "CC0-1.0")
    with pytest.raises(BankError, match="does not say the font's licence"):
        open_bank(_font(tmp_path, licence=None))
    with pytest.raises(BankError, match="of another file"):
        open_bank(_font(tmp_path, sha256="0" * 64))
    (tmp_path / "own.sf2.rights.json").unlink()
    with pytest.raises(BankError, match=r"own\.sf2\.rights\.json"):
        open_bank(tmp_path / "own.sf2")
    with pytest.raises(BankError, match=r"no SoundFont; convert an SFZ"):
        open_bank(tmp_path / "own.sfz")


def test_without_the_program_the_apt_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is said with what supplies it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BankError, match="apt-get install fluidsynth"):
        open_bank(None)


def test_a_tick_is_a_frame() -> None:
    """Notes stand in the MIDI file at their frames, whatever the score's tempo."""
    notes = (PlayedNote(480, 0.5, 60, 0.5, 0), PlayedNote(12_345, 9.0, 64, 1.0, 0))
    file = fluidsynth._file(40, notes, 48_000)
    at, seen = 0, []
    for message in file.tracks[0]:
        at += message.time
        if message.type in ("note_on", "note_off"):
            seen.append((at, message.type, message.note, message.velocity))
    assert seen[0] == (480, "note_on", 60, 64)
    assert seen[1] == (12_345, "note_on", 64, 127)
    assert [entry[0] for entry in seen[2:]] == [24_480, 47_999]
    assert file.length == pytest.approx(1.0)


@pytest.mark.needs("fluidsynth")
def test_a_render_with_recordings_is_repeatable_and_another() -> None:
    """The same samples twice; other ones than the computed bank's; the named font's hash."""
    bank, score = open_bank(None), example_score(2)
    first, again = (render(score, 7, bank=bank) for _ in range(2))
    assert pcm_bytes(first.mix) == pcm_bytes(again.mix)
    assert first.lufs == pytest.approx(-14.0, abs=0.1)
    assert not np.array_equal(first.mix, render(score, 7).mix)
    assert np.array_equal(sum(first.stems.values()), first.premaster)
    font = next(path for path in FONTS if path.is_file())
    assert bank.manifest()["sha256"] == hashlib.sha256(font.read_bytes()).hexdigest()
    assert bank.plays("piano")
    assert not bank.plays("supersaw")
