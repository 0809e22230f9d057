"""Checking what people send: recordings, folders and archives, and files that are no music."""

import base64
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from audio_changes import RATE
from originality_material import tune
from small_corpus import small_corpus
from small_midi import midi_of
from web_app import made_job, small_platform

from clearcue.adapters.batch_files import batch_files, is_batch
from clearcue.errors import BadInputError
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE
from clearcue.services.access import add_organisation
from clearcue.services.batches import UNREADABLE, check_batch
from clearcue.services.calibrating import calibrate
from clearcue.services.checking import check_upload
from clearcue.services.hearing import ANOTHERS
from clearcue.services.jobs import read_payload
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.reading import find_track
from clearcue.services.stored import Organisation


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Platform, Organisation, str]:
    """A platform with one track, its owner, and the track's id."""
    folder = tmp_path_factory.mktemp("made")
    platform = small_platform(folder / "home")
    owner = ensure_owner(platform)
    _, reserved = read_payload(made_job(platform, owner, folder / "work").payload)
    return platform, owner, reserved.track_id


def _sound(installed: tuple[Platform, Organisation, str], name: str) -> np.ndarray:
    platform, owner, track_id = installed
    (file,) = [one for one in find_track(platform, owner, track_id).files if one.name == name]
    samples, _ = soundfile.read(
        io.BytesIO(platform.blobs.get(file.blob_key)), dtype="float32", always_2d=True
    )
    return samples


def test_match_has_its_percentile_and_its_passages(
    installed: tuple[Platform, Organisation, str], tmp_path: Path
) -> None:
    """A copied work stands above the background; both passages can be read and played."""
    platform, owner, _ = installed
    copied = max(small_corpus(), key=lambda work: len(work.parsed.lines[0].notes)).parsed
    notes = [(one.onset_ticks, one.duration_ticks, one.pitch) for one in copied.lines[0].skyline()]
    (tmp_path / "copy.mid").write_bytes(midi_of(notes[:120], 0))
    report = check_upload(platform, owner, tmp_path / "copy.mid", quiet)
    assert report["verdict"] == NEAR_DUPLICATE
    best = report["matches"][0]
    assert best["percentile"] == 100.0 or report["background"]["lines"] == 0
    shown = best["passages"]["work"]
    assert (shown is not None) == ("redistribute" in best["rights"]["permissions"])
    for passage in filter(None, best["passages"].values()):
        assert passage["abc"].startswith("X:1\n")
        assert base64.b64decode(passage["midi"]).startswith(b"MThd")


def test_recording_of_a_track_is_known_again(
    installed: tuple[Platform, Organisation, str], tmp_path: Path
) -> None:
    """Its owner reads which track, file and seconds it is; anyone else that it is there."""
    platform, owner, track_id = installed
    path = tmp_path / "cut.mp3"
    soundfile.write(path, 0.3 * _sound(installed, "track.flac")[RATE : 9 * RATE], RATE)
    report = check_upload(platform, owner, path, quiet)
    assert (report["verdict"], report["platform"]["other"]) == (CLEAR, None)
    own = report["platform"]["own"][0]
    assert own["track_id"] == own["family"] == track_id
    assert own["track_seconds"][0] - own["query_seconds"][0] == pytest.approx(1.0, abs=0.2)
    assert report["said"][0] == "It holds sound of a track made here."

    stranger = add_organisation(platform, "stranger", "A stranger")
    told = check_upload(platform, stranger, path, quiet)
    assert (told["verdict"], told["platform"]["own"]) == (NEAR_DUPLICATE, [])
    assert told["platform"]["other"] == ANOTHERS
    assert track_id not in json.dumps(told)
    assert 0.8 <= told["similarity"] <= 1.0


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros((5 * RATE, 1)), "is silent"),
        (np.random.default_rng(1).standard_normal((5 * RATE, 1)) * 0.1, "not recognised"),
        (np.random.default_rng(2).standard_normal((RATE, 1)) * 0.1, "too short to be sure"),
    ],
    ids=["silence", "noise", "one second"],
)
def test_what_can_be_said_of_a_recording_is_said(
    installed: tuple[Platform, Organisation, str], tmp_path: Path, samples: np.ndarray, said: str
) -> None:
    """Silence, noise and a short sound are clear, and the report says what that is worth."""
    platform, owner, _ = installed
    path = tmp_path / "sound.wav"
    soundfile.write(path, samples, RATE)
    report = check_upload(platform, owner, path, quiet)
    assert report["verdict"] == CLEAR
    assert said in " ".join(report["said"])


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.wav", b"", "is empty"),
        ("damaged.wav", b"RIFF" + bytes(40), "cannot be decoded"),
        ("damaged.flac", b"fLaC" + bytes(range(200)), "cannot be decoded"),
        ("none.ogg", b"OggS" + b"\xff" * 100, "cannot be decoded"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(50), "is no score that can be read"),
        ("text.txt", b"nothing of the kind", "is no score that can be read"),
    ],
)
def test_what_is_no_music_is_answered_in_one_line(
    installed: tuple[Platform, Organisation, str],
    tmp_path: Path,
    name: str,
    data: bytes,
    message: str,
) -> None:
    """Wrong, empty and damaged files are refused with what is wrong and what is accepted."""
    platform, owner, _ = installed
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInputError, match=message) as raised:
        check_upload(platform, owner, tmp_path / name, quiet)
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)


def test_drums_alone_are_refused_in_words(
    installed: tuple[Platform, Organisation, str], tmp_path: Path
) -> None:
    """A file of percussion alone has nothing that could be compared, and the answer says so."""
    platform, owner, _ = installed
    (tmp_path / "drums.mid").write_bytes(midi_of([(at * 240, 120, 36) for at in range(64)], 9))
    with pytest.raises(BadInputError, match="holds only percussion"):
        check_upload(platform, owner, tmp_path / "drums.mid", quiet)


def _tunes(folder: Path) -> None:
    for number in range(3):
        notes = [(one.onset_ticks, one.duration_ticks, one.pitch) for one in tune(number, 40)]
        path = folder / f"sub-{number % 2}" / f"tune-{number}.mid"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(midi_of(notes, 0))
    (folder / "notes.txt").write_text("no music")
    (folder / ".hidden").write_text("left out")


def test_batch_goes_on_where_it_stopped(
    installed: tuple[Platform, Organisation, str], tmp_path: Path
) -> None:
    """A cut last line is written again, what is done is not, and a changed file is."""
    platform, owner, _ = installed
    folder, out = tmp_path / "folder", tmp_path / "reports.jsonl"
    _tunes(folder)

    def run() -> Any:
        files = batch_files(folder)
        return check_batch(platform, owner, files, len(files), out, quiet)

    first = run()
    assert (first.files, first.checked_now) == (4, 4)
    assert first.counts == {CLEAR: 3, UNREADABLE: 1}
    assert first.worst == CLEAR
    whole = out.read_bytes()
    assert run().checked_now == 0
    out.write_bytes(whole[:-10])
    again = run()
    assert (again.files, again.checked_now, again.counts) == (4, 1, first.counts)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert sorted(line["file"] for line in lines) == [
        "notes.txt", "sub-0/tune-0.mid", "sub-0/tune-2.mid", "sub-1/tune-1.mid"
    ]  # fmt: skip
    shutil.copy(folder / "sub-0" / "tune-0.mid", folder / "sub-1" / "tune-1.mid")
    assert run().checked_now == 1
    out.write_text("another file\n")
    with pytest.raises(BadInputError, match="another file"):
        run()


def test_archive_gives_what_the_folder_gives(
    installed: tuple[Platform, Organisation, str], tmp_path: Path
) -> None:
    """A zip is checked member by member; one packed score is no batch."""
    platform, owner, _ = installed
    folder, path = tmp_path / "folder", tmp_path / "all.zip"
    _tunes(folder)
    with zipfile.ZipFile(path, "w") as archive:
        for one in folder.rglob("*"):
            if one.is_file():
                archive.write(one, f"../{one.relative_to(folder)}")
    files = batch_files(path)
    assert is_batch(path)
    assert is_batch(folder)
    found = check_batch(platform, owner, files, len(files), tmp_path / "out.jsonl", quiet)
    assert found.counts == {CLEAR: 3, UNREADABLE: 1}
    packed = tmp_path / "score.mxl"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    assert not is_batch(packed)
    assert not is_batch(folder / "notes.txt")


def test_batch_of_nothing_is_refused(tmp_path: Path) -> None:
    """An empty folder is named."""
    with pytest.raises(BadInputError, match="holds no file"):
        batch_files(tmp_path)


def test_calibration_tells_what_the_thresholds_let_through(
    installed: tuple[Platform, Organisation, str],
) -> None:
    """Percentiles rise, no unrelated line reaches a verdict, and the answer names the corpus."""
    platform, _, _ = installed
    found = calibrate(platform, 30, quiet)
    assert (found["lines"], found["holds"]) == (30, True)
    assert set(found["false_positives"].values()) == {0.0}
    assert list(found["bits"].values()) == sorted(found["bits"].values())
    assert found["corpus"] == platform.library.index(small_corpus(), quiet).header.corpus_digest
