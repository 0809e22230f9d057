"""What goes wrong is one clear line with the designed exit code, and nothing is left half-done."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest
from command_line import SCRIPT, clearcue, fresh_home, make

from clearcue.adapters.db.engine import sqlite_url
from clearcue.adapters.db.unit_of_work import Database


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for this module's commands."""
    return fresh_home(tmp_path_factory.mktemp("bad") / "home")


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error, which is the last line and no traceback."""
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr.strip().splitlines()[-1]


GOOD = {"--mood": "calm", "--usage": "ad", "--seconds": "5"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"--mood": "gloomy"}, "choose one of calm, dark"),
        ({"--usage": "opera"}, "choose one of ad, corporate"),
        ({"--seconds": "4"}, "from 5 to 300"),
        ({"--seconds": "301"}, "from 5 to 300"),
        ({"--seconds": "soon"}, "from 5 to 300"),
        ({"--seed": "-1"}, "--seed"),
        ({"--style": "polka"}, "choose one of"),
        ({"--licence-for": "everything"}, "template"),
        ({"--territory": "XX"}, "XX"),
        ({"--term": "forever"}, "forever"),
        ({"--licensee": ""}, "licensee"),
        ({"--licensee": "a\x07b"}, "licensee"),
    ],
)
def test_a_brief_that_cannot_be_met_is_refused(
    home: Path, tmp_path: Path, change: dict[str, str], says: str
):
    """Exit code 2, what would be accepted, and no file."""
    out = tmp_path / "out"
    options = [part for pair in {**GOOD, **change}.items() for part in pair]
    done = clearcue(home, "make", *options, "--out", out, "--json")
    assert done.returncode == 2
    assert says in one_line(done)
    assert not out.exists() or not list(out.iterdir())


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE score-partwise [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (c, *[c - 1] * 8)
        for c in range(ord("b"), ord("k"))
    )
    + b"]><score-partwise><work><work-title>&j;</work-title></work></score-partwise>"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mid", b""),
        ("broken.mid", b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk\x00\x00\xff\xff\x00"),
        ("bomb.musicxml", BOMB),
        ("noise.mxl", b"PK\x03\x04" + bytes(range(256))),
        ("letter.txt", b"Dear sir or madam"),
    ],
)
def test_a_file_that_is_no_score_is_refused(home: Path, tmp_path: Path, name: str, content: bytes):
    """`check` answers any bytes with exit code 2 and one line that names the file."""
    path = tmp_path / name
    path.write_bytes(content)
    done = clearcue(home, "check", path, "--json")
    assert done.returncode == 2
    assert name in one_line(done)


def test_percussion_alone_is_refused_with_the_reason(home: Path, tmp_path: Path):
    """A MIDI file of drums has nothing that can be compared, and says so."""
    midi = mido.MidiFile()
    track = mido.MidiTrack()
    midi.tracks.append(track)
    for _ in range(64):
        track.append(mido.Message("note_on", channel=9, note=38, velocity=90, time=0))
        track.append(mido.Message("note_off", channel=9, note=38, velocity=0, time=240))
    midi.save(tmp_path / "drums.mid")
    done = clearcue(home, "check", tmp_path / "drums.mid", "--json")
    assert done.returncode == 2
    assert "drums.mid" in one_line(done)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("make", "--mood", "calm", "--out", "x"), "--usage and --seconds missing"),
        (("maek",), "Did you mean 'make'?"),
        (
            ("make", "--mood", "calm", "--usage", "ad", "--seconds", "5", "--out", "FILE"),
            "is a file",
        ),
        (("corpus", "show"), "WORK_ID"),
    ],
)
def test_wrong_usage_is_one_line(home: Path, tmp_path: Path, arguments: tuple[str, ...], says: str):
    """Exit code 2, one line that names what is wrong and where the help is."""
    (tmp_path / "FILE").write_text("")
    done = clearcue(home, *(tmp_path / word if word == "FILE" else word for word in arguments))
    assert done.returncode == 2
    assert says in one_line(done)
    assert "--help" in one_line(done)
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_bundle_and_a_changed_one(home: Path, tmp_path: Path):
    """An unreadable bundle is exit code 2, a bundle that is none is not verified."""
    assert clearcue(home, "verify", tmp_path / "none.json").returncode == 2
    (tmp_path / "bundle.json").write_text("{}")
    done = clearcue(home, "verify", tmp_path / "bundle.json")
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written(home: Path, tmp_path: Path):
    """An out folder below a file is refused before anything is made."""
    (tmp_path / "file").write_text("")
    options = [part for pair in GOOD.items() for part in pair]
    done = clearcue(home, "make", *options, "--out", tmp_path / "file" / "out", "--json")
    assert done.returncode == 1
    assert "cannot write" in one_line(done)


def test_a_home_that_cannot_be_written(tmp_path: Path):
    """A home below a file is refused in one line."""
    (tmp_path / "file").write_text("")
    done = clearcue(tmp_path / "file" / "home", "corpus", "list", "--json")
    assert done.returncode == 1
    assert "cannot write" in one_line(done)


def _small_files() -> None:
    """Let the process write no file above 1 MiB, as a full disk would."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))


def test_terms_that_cannot_be_granted_are_refused_at_once(tmp_path: Path):
    """The corpus is not read, nor music made, for a licence that no quote could grant."""
    home = tmp_path / "home"
    options = [part for pair in {**GOOD, "--territory": "XX"}.items() for part in pair]
    assert clearcue(home, "make", *options, "--out", tmp_path / "out").returncode == 2
    assert not (home / "cache").exists()


def test_a_name_that_the_terminal_cannot_show(home: Path, tmp_path: Path):
    """JSON is UTF-8 whatever the locale; on a plain line what cannot be shown is escaped."""
    make(home, tmp_path / "out", "--mood", "calm", "--usage", "ad", "--licensee", "Žižka 東京",
         seconds="5")  # fmt: skip
    plain = clearcue(home, "licence", "show", PYTHONIOENCODING="cp437")
    assert plain.returncode == 0
    assert "\\u6771\\u4eac" in plain.stdout
    as_json = clearcue(home, "licence", "show", "--json", PYTHONIOENCODING="cp437")
    assert json.loads(as_json.stdout)["licensee"] == "Žižka 東京"


def test_a_restored_home_without_its_database_issues_nothing(home: Path, tmp_path: Path):
    """The log is looked at before a licence is issued, so that none is issued in vain."""
    make(home, tmp_path / "a", "--mood", "calm", "--usage", "ad", "--seed", "1", seconds="5")
    torn = fresh_home(tmp_path / "torn")
    for name in ("keys", "log"):
        shutil.copytree(home / name, torn / name)
    shutil.copy(home / "trust-root.json", torn)
    options = [part for pair in GOOD.items() for part in pair]
    done = clearcue(torn, "make", *options, "--out", tmp_path / "out", "--json")
    assert done.returncode == 1
    assert "restore the newest copy of the database" in one_line(done)
    assert consistent(torn) == (0, 0)


def test_a_full_disk_leaves_nothing(home: Path, tmp_path: Path):
    """When the audio does not fit, no file, no track and no licence remain."""
    make(home, tmp_path / "warm", "--mood", "calm", "--usage", "ad", "--seed", "1", seconds="5")
    before = json.loads(clearcue(home, "log", "show", "--json").stdout)["size"]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "make", *[p for pair in GOOD.items() for p in pair],
         "--seed", "2", "--out", tmp_path / "out", "--json"],
        env={**os.environ, "CLEARCUE_HOME": str(home)},
        capture_output=True, text=True, check=False, preexec_fn=_small_files,
    )  # fmt: skip
    assert done.returncode == 1
    assert "free some space" in one_line(done)
    assert not (tmp_path / "out").exists()
    assert json.loads(clearcue(home, "log", "show", "--json").stdout)["size"] == before


def consistent(home: Path) -> tuple[int, int]:
    """Tracks and licences of a home, each found whole: record, leaf and quote."""
    with Database(sqlite_url(home / "clearcue.db")).read() as unit:
        tracks = list(unit.tracks.owners())
        leaves = unit.log_leaves.read(0, unit.log_leaves.count())
        known = {leaf.envelope_sha256 for leaf in leaves}
        licences = []
        for track in tracks:
            record = unit.records.for_track(track.organisation_id, track.track_id)
            assert record.digest in known
        if tracks:
            licences = list(unit.licences.list(tracks[0].organisation_id, 100))
        for licence in licences:
            assert licence.envelope_sha256 in known
            assert unit.quotes.get(licence.organisation_id, licence.quote_id).terms == licence.terms
    return len(tracks), len(licences)


@pytest.mark.parametrize("moment", ["score.mid", "track.wav", "record.json", "certificate.pdf"])
def test_a_killed_process_leaves_a_whole_state(tmp_path: Path, moment: str):
    """Killed when a file appears: no file in the folder, records whole, and the next run works."""
    home, out = fresh_home(tmp_path / "home"), tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "make", *[p for pair in GOOD.items() for p in pair],
         "--seed", "5", "--out", out, "--json"],
        env={**os.environ, "CLEARCUE_HOME": str(home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not list(out.glob(f".clearcue-partial-*/{moment}")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [path for path in out.iterdir() if not path.name.startswith(".clearcue-partial-")] == []
    tracks, licences = consistent(home)
    assert tracks == licences
    if licences:
        kept = tmp_path / "kept"
        assert clearcue(home, "licence", "show", "--out", kept).returncode == 0
        files = [kept / name for name in ("track.wav", "stems/melody.wav", "licence.json")]
        assert clearcue(home, "verify", kept / "bundle.json", *files).returncode == 0
    make(home, out, "--mood", "calm", "--usage", "ad", "--seed", "5", seconds="5")
    assert list(out.glob(".clearcue-partial-*")) == []
    assert consistent(home) == (tracks + 1, licences + 1)
    verified = clearcue(
        home, "verify", out / "bundle.json", out / "track.wav", out / "licence.json"
    )
    assert verified.returncode == 0
