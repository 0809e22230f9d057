"""Versions of a made track: listed, delivered by their hashes, on the same themes."""

import base64
import json
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import mido
import soundfile
from web_app import order, small_platform

from clearcue.services.finishing import VERSIONS, Finish
from clearcue.services.making import make_track
from clearcue.sound.meter import loudness


def _line(path: Path, name: str) -> list[int]:
    """The intervals of the highest notes of a MIDI file's track."""
    for track in mido.MidiFile(path).tracks:
        if track.name == name:
            pitches = [m.note for m in track if m.type == "note_on" and m.velocity]
            return [after - before for before, after in pairwise(pitches)]
    raise AssertionError(f"{path} has no part {name}")


def _longest_shared(one: list[int], other: list[int]) -> int:
    best = 0
    for at in range(len(one)):
        for start in range(len(other)):
            count = 0
            while (
                at + count < len(one)
                and start + count < len(other)
                and one[at + count] == other[start + count]
            ):
                count += 1
            best = max(best, count)
    return best


def test_all_versions_are_made_listed_and_delivered(tmp_path: Path) -> None:
    """Every version lies there as versions.json says, and in the signed delivery by its hash."""
    asked = replace(order("16"), finish=Finish(-16, tuple(VERSIONS)))
    out = tmp_path / "out"
    out.mkdir()
    made = make_track(small_platform(tmp_path / "home"), asked, out, lambda *step: None)
    listed = json.loads((out / "versions/versions.json").read_text())["versions"]
    named = {entry["kind"]: entry for entry in listed}
    assert set(named) == {
        "underscore", "loop", "sting", "cutdown-15", "cutdown-6", "voice-over", "disc"
    }  # fmt: skip
    for kind, entry in named.items():
        if "left_out" in entry:
            assert kind == "loop"
            continue
        samples, rate = soundfile.read(out / entry["name"], dtype="int32")
        assert (len(samples), rate) == (entry["frames"], entry["sample_rate"])
        if kind != "disc":
            raw = (samples >> 8).astype("<i4").view("u1").reshape(-1, 4)[:, :3].tobytes()
            assert sha256(raw).hexdigest() == entry["pcm_sha256"]
            aim = -26.0 if kind == "voice-over" else -16.0
            assert abs(loudness(samples, 2.0**-31) - aim) < 0.15
    assert named["sting"]["frames"] == 5 * 48_000
    assert named["cutdown-15"]["originality"]["verdict"] == "clear"
    delivered = made.summary["files"]
    names = {name for name in delivered if name.startswith("versions/")}
    assert {entry["name"] for entry in listed if "name" in entry} < names
    assert "versions/spectrogram.png" in names
    envelope = json.loads((out / "delivery.json").read_text())["dsseEnvelope"]
    signed = json.loads(base64.b64decode(envelope["payload"]))["predicate"]["files"]
    hashes = {file["name"]: file["sha256"] for file in signed}
    assert {name: hashes[name] for name in names} == {name: delivered[name] for name in names}
    whole, short = (
        _line(out / name, "melody") for name in ("score.mid", "versions/cutdown-15.mid")
    )
    assert _longest_shared(whole, short) >= 6
