"""From a brief to a licensed track, and what an auditor finds in it."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import wave
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from command_line import clearcue, fresh_home, make

from clearcue.rights.manifest import builtin_manifest
from clearcue_provenance import canonical
from clearcue_provenance.cli import main as verifier

NAMES = {
    "track.wav", "track.flac", "track.mp3", "premaster.wav", "score.mid", "score.musicxml",
    "originality.json", "record.json", "bundle.json", "licence.json", "certificate.pdf",
    "delivery.json", "lineage.json", "authorship.json", "cue-sheet.pdf", "cue-sheet.csv",
    "credits.txt", "claim-dispute.pdf",
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A made track: its home, its folder and what `make --json` printed."""

    home: Path
    out: Path
    summary: dict[str, Any]

    @property
    def trust(self) -> str:
        """Where the trust root lies."""
        return str(self.home / "trust-root.json")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One 15 s track with the default licence, made once for this module."""
    folder = tmp_path_factory.mktemp("made")
    home = fresh_home(folder / "home")
    out = folder / "out"
    return Made(home, out, make(home, out, "--mood", "uplifting", "--usage", "ad", "--seed", "7"))


def verify(made: Made, *files: Path, trust: str | None = None) -> int:
    """The stand-alone verifier's exit code."""
    return verifier([*map(str, files), "--trust-root", trust or made.trust])


def test_writes_every_file_and_prints_one_object(made: Made):
    """The folder holds what the summary lists, with those hashes, and nothing hidden."""
    found = {
        path.relative_to(made.out).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in made.out.rglob("*")
        if path.is_file()
    }
    assert made.summary["files"] == found
    assert set(found) >= NAMES
    assert {"stems/bass.wav", "stems/melody.wav"} <= set(found)
    assert set(made.summary) >= {
        "track_id", "seed", "attempt", "mood", "usage", "seconds", "frames", "sample_rate",
        "pcm_sha256", "tempo_bpm", "key", "lufs", "true_peak_db", "originality", "training_set",
        "record_digest", "licence_id", "files",
    }  # fmt: skip


def test_the_sound_is_exact_and_the_stems_sum(made: Made):
    """720,000 frames of 24-bit stereo; the stems' sum is the premaster within -80 dB."""
    with wave.open(str(made.out / "track.wav")) as file:
        assert (file.getnframes(), file.getframerate()) == (720_000, 48_000)
        assert (file.getsampwidth(), file.getnchannels()) == (3, 2)
        pcm = file.readframes(file.getnframes())
    assert sha256(pcm).hexdigest() == made.summary["pcm_sha256"]
    stems = [soundfile.read(path)[0] for path in sorted((made.out / "stems").glob("*.wav"))]
    premaster = soundfile.read(made.out / "premaster.wav")[0]
    assert np.abs(sum(stems) - premaster).max() < 10 ** (-80 / 20)
    flac = soundfile.read(made.out / "track.flac", dtype="int32")[0]
    assert np.array_equal(flac, soundfile.read(made.out / "track.wav", dtype="int32")[0])
    assert len(soundfile.read(made.out / "track.mp3")[0]) == 720_000


@pytest.mark.needs("ffmpeg")
def test_an_independent_meter_finds_the_loudness(made: Made):
    """ffmpeg's ebur128 reads -14.0 +- 0.3 LUFS and at most -1.0 dBTP, MP3 included."""
    for name in ("track.wav", "track.mp3"):
        done = subprocess.run(
            ["ffmpeg", "-hide_banner", "-nostats", "-i", str(made.out / name), "-af",
             "ebur128=peak=true:framelog=verbose", "-f", "null", "-"],
            capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        summary = done.stderr[done.stderr.rindex("Summary:") :]
        loudness = float(re.search(r"I:\s+(-[\d.]+) LUFS", summary)[1])
        peak = float(re.search(r"Peak:\s+(-[\d.]+) dBFS", summary)[1])
        assert loudness == pytest.approx(-14.0, abs=0.3)
        assert peak <= -1.0


def test_the_same_brief_gives_the_same_track_elsewhere(made: Made, tmp_path: Path):
    """Another home, time zone, locale and hash seed: same score bytes, same PCM."""
    home = fresh_home(tmp_path / "home")
    again = make(
        home, tmp_path / "out", "--mood", "uplifting", "--usage", "ad", "--seed", "7",
        "--no-licence", TZ="Pacific/Auckland", LC_ALL="C", PYTHONHASHSEED="4242",
    )  # fmt: skip
    for name in ("score.mid", "score.musicxml", "lineage.json"):
        assert again["files"][name] == made.summary["files"][name]
    assert again["pcm_sha256"] == made.summary["pcm_sha256"]
    assert again["licence_id"] is None
    assert "licence.json" not in again["files"]


def test_everything_verifies_offline(made: Made, capsys: pytest.CaptureFixture[str]):
    """The bundle with audio, stems, scores, licence and delivery is verified."""
    files = [made.out / name for name in sorted(made.summary["files"]) if name != "bundle.json"]
    assert verify(made, made.out / "bundle.json", *files) == 0, capsys.readouterr().out
    assert verifier([str(made.out / "bundle.json"), "--trust-root", os.devnull]) != 0


def test_a_fresh_home_composes_it_again_from_the_bundle(made: Made, tmp_path: Path):
    """With the bundle and the trust root alone, score and sound come out as the record says."""
    home = fresh_home(tmp_path / "home")
    asked = ["verify", "--recompose", str(made.out / "bundle.json"), "--trust-root", made.trust]
    done = clearcue(home, *asked, "--json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert report["verified"] is True
    found = {one["what"]: one for one in report["recomposition"]["comparisons"]}
    assert found["score.mid"]["found"] == made.summary["files"]["score.mid"]
    assert found["track.pcm"]["found"] == made.summary["pcm_sha256"]
    assert {one["outcome"] for one in found.values()} == {"same"}


def flip(path: Path, target: Path, offset: int) -> Path:
    """A copy of a file with one bit of one byte changed."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x01
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("part", ["audio samples", "envelope", "log proof", "licence", "delivery"])
def test_one_flipped_byte_is_found_and_named(
    made: Made, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A changed sample, signature, proof hash, licence or delivery: not verified, and which."""
    bundle = made.out / "bundle.json"
    files = {name: made.out / name for name in ("track.wav", "licence.json", "delivery.json")}
    text = bundle.read_bytes()
    places = {
        "audio samples": ("track.wav", 400_000),
        "licence": ("licence.json", (made.out / "licence.json").read_bytes().index(b'"sig"') + 12),
        "delivery": (
            "delivery.json",
            (made.out / "delivery.json").read_bytes().index(b'"sig"') + 12,
        ),
    }
    if part in places:
        name, offset = places[part]
        files[name] = flip(files[name], tmp_path / name, offset)
    else:
        mark = b'"sig"' if part == "envelope" else b'"rootHash"'
        bundle = flip(bundle, tmp_path / "bundle.json", text.index(mark) + 20)
    assert verify(made, bundle, *files.values()) == 1
    assert part in capsys.readouterr().out.splitlines()[0]


def test_a_bundle_made_anew_with_another_key_is_refused(made: Made, tmp_path: Path):
    """The same brief made and signed by another installation does not verify with our keys."""
    other = fresh_home(tmp_path / "home")
    make(other, tmp_path / "out", "--mood", "uplifting", "--usage", "ad", "--seed", "7")
    bundle, audio = tmp_path / "out" / "bundle.json", tmp_path / "out" / "track.wav"
    assert verify(made, bundle, audio, trust=str(other / "trust-root.json")) == 0
    assert verify(made, bundle, audio) == 1


def test_the_record_says_what_it_must(made: Made):
    """Works, learnt fractions, authorship and originality stand in the signed statement."""
    envelope = json.loads((made.out / "record.json").read_bytes())
    statement = json.loads(base64.b64decode(envelope["payload"]))
    predicate = statement["predicate"]
    parts = {part["part"]: part for part in predicate["influence"]["parts"]}
    assert parts["melody"]["learnt"] != "0/1"
    assert all(entry["maker"] == "machine" for entry in predicate["authorship"].values())
    dependencies = {
        d["name"]: d["digest"]["sha256"]
        for d in predicate["buildDefinition"]["resolvedDependencies"]
    }
    assert dependencies["training-set"] == made.summary["training_set"]
    subjects = {subject["name"]: subject["digest"]["sha256"] for subject in statement["subject"]}
    assert subjects["track.pcm"] == made.summary["pcm_sha256"]
    assert subjects["score.mid"] == made.summary["files"]["score.mid"]
    assert made.summary["originality"]["verdict"] == "clear"


def test_the_bundle_names_no_licensee(made: Made, tmp_path: Path):
    """The licensee's name stands in licence.json alone, not in what is public."""
    out = tmp_path / "out"
    make(made.home, out, "--mood", "calm", "--usage", "film", "--seed", "3",
         "--licensee", "Zebrafink Filmproduktion", "--territory", "DE", "--term", "P1Y",
         seconds="5")  # fmt: skip
    licence = base64.b64decode(
        json.loads((out / "licence.json").read_bytes())["dsseEnvelope"]["payload"]
    )
    assert b"Zebrafink" in licence
    for name in ("bundle.json", "record.json", "delivery.json"):
        document = (out / name).read_bytes()
        payload = base64.b64decode(re.search(rb'"payload":\s*"([^"]+)"', document)[1])
        assert b"Zebrafink" not in payload + document
    leaves = b"".join(
        path.read_bytes() for path in (made.home / "log").rglob("*") if path.is_file()
    )
    assert b"Zebrafink" not in leaves


def test_a_lost_folder_is_written_again(made: Made, tmp_path: Path):
    """`licence show --out` gives every file byte for byte, and a delivery that verifies."""
    again = tmp_path / "again"
    number = made.summary["licence_id"]
    shown = clearcue(made.home, "licence", "show", number, "--out", again, "--json")
    assert json.loads(shown.stdout)["licence_id"] == number
    found = {
        path.relative_to(again).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in again.rglob("*")
        if path.is_file()
    }
    assert {**found, "delivery.json": made.summary["files"]["delivery.json"]} == (
        made.summary["files"]
    )
    assert (
        verify(made, *(again / name for name in ("bundle.json", "track.mp3", "delivery.json"))) == 0
    )


def test_a_folder_holds_one_track(made: Made, tmp_path: Path):
    """A track without a licence, made where a licensed one lay, leaves no paper of that one."""
    out = tmp_path / "out"
    shutil.copytree(made.out, out)
    summary = make(made.home, out, "--mood", "calm", "--usage", "ad", "--no-licence", seconds="5")
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert found == set(summary["files"])
    assert "licence.json" not in found


def test_credits_stand_in_record_and_licence(made: Made):
    """What the works of influence ask for is signed in the record, licensed or not."""
    envelope = json.loads((made.out / "record.json").read_bytes())
    predicate = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    works = {
        source["work"]
        for part in predicate["influence"]["parts"]
        for source in part["sources"]
        if source["kind"] == "work"
    }
    owed = {
        obligation.text
        for work in builtin_manifest().works
        if work.work_id in works
        for obligation in work.decision.obligations
    }
    assert set(predicate["credits"]) == owed
    shown = clearcue(made.home, "licence", "show", made.summary["licence_id"], "--json")
    assert all(credit in json.loads(shown.stdout)["text"] for credit in owed)


def test_the_certificate_names_digests_that_can_be_found(made: Made):
    """The licence's digest is that of the envelope in licence.json, the record's of record.json."""
    shown = json.loads(
        clearcue(made.home, "licence", "show", made.summary["licence_id"], "--json").stdout
    )
    envelope = json.loads((made.out / "licence.json").read_bytes())["dsseEnvelope"]
    assert shown["licence_digest"] == sha256(canonical.encode(envelope)).hexdigest()
    assert shown["record_digest"] == sha256((made.out / "record.json").read_bytes()).hexdigest()


def test_log_and_licence_are_shown(made: Made):
    """`log show` and `licence show` find what was issued; a stranger's id is refused."""
    log = json.loads(clearcue(made.home, "log", "show", "--json").stdout)
    assert log["size"] >= 3
    shown = json.loads(
        clearcue(made.home, "licence", "show", made.summary["licence_id"], "--json").stdout
    )
    assert shown["state"] == "active"
    assert shown["record_digest"] == made.summary["record_digest"]
    assert "not reviewed by counsel" in shown["template"]["status"]
    missing = clearcue(made.home, "licence", "show", "CL-NONE")
    assert missing.returncode == 2
    assert len(missing.stderr.strip().splitlines()) == 1


def test_the_command_verifies_with_its_own_keys(made: Made):
    """`clearcue verify` takes the installation's trust root."""
    done = clearcue(made.home, "verify", made.out / "bundle.json", made.out / "track.wav", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_the_verifier_alone_needs_only_cryptography(
    made: Made, tmp_path: Path, repository_root: Path
):
    """The zipapp, run where only cryptography and its own needs can be imported, verifies."""
    import cffi
    import cryptography

    site = tmp_path / "site"
    site.mkdir()
    packages = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi"):
        shutil.copytree(packages / name, site / name)
    for library in packages.glob("_cffi_backend*"):
        shutil.copy(library, site)
    assert cffi.__version__
    pyz = tmp_path / "clearcue-verify.pyz"
    subprocess.run(
        [sys.executable, repository_root / "provenance" / "build_pyz.py", pyz],
        check=True, capture_output=True,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-S", pyz, made.out / "bundle.json", made.out / "track.wav",
         made.out / "licence.json", made.out / "delivery.json", "--trust-root", made.trust],
        env={"PYTHONPATH": str(site), "PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("verified")
