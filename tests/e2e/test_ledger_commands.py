"""Training sets, withdrawal and "was my work used?" by the commands that a person types."""

import base64
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_line import clearcue, fresh_home, make
from pypdf import PdfReader

from clearcue.rights.manifest import builtin_manifest

GRAVE = "music21:corelli/opus3no1/1grave"
BRIEF = ("--mood", "uplifting", "--usage", "ad", "--seed", "7")


@dataclass(frozen=True)
class World:
    """A home under the strict policy (five works), with a licensed track from before and after."""

    home: Path
    folder: Path
    before: dict[str, Any]
    withdrawn: dict[str, Any]
    after: dict[str, Any]

    def ask(self, *arguments: str) -> Any:
        """A command with --json, that ends well."""
        done = clearcue(self.home, *arguments, "--json", CLEARCUE_POLICY="strict")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def strict(home: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """A command under the strict policy."""
    return clearcue(home, *arguments, CLEARCUE_POLICY="strict")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made, proved, withdrawn and made again, once for this module."""
    folder = tmp_path_factory.mktemp("ledger")
    home = fresh_home(folder / "home")
    before = make(home, folder / "before", *BRIEF, seconds="6", CLEARCUE_POLICY="strict")
    proved = strict(home, "corpus", "prove", GRAVE, "--out", folder / "membership.json")
    assert proved.returncode == 0, proved.stderr
    done = strict(
        home, "corpus", "withdraw", GRAVE, "--who", "Example Estate", "--why", "a mistake",
        "--out", folder / "withdrawal.json", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    after = make(
        home, folder / "after", *BRIEF, "--no-licence", seconds="6", CLEARCUE_POLICY="strict"
    )
    return World(home, folder, before, json.loads(done.stdout), after)


def test_the_proof_verifies_alone(world: World) -> None:
    """`clearcue-verify` in one file, isolated, checks the proof with the track's bundle offline."""
    verifier = world.folder / "clearcue-verify.pyz"
    build = Path(__file__).resolve().parents[2] / "provenance" / "build_pyz.py"
    subprocess.run([sys.executable, build, verifier], check=True, capture_output=True)
    proof, trust = world.folder / "membership.json", world.home / "trust-root.json"
    command = [sys.executable, "-I", verifier, proof, world.folder / "before" / "bundle.json",
               "--trust-root", trust, "--json"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)
    assert (done.returncode, told["verified"]) == (0, True), told
    assert told["ledger"]["root"] == world.before["training_set"]
    assert told["ledger"]["work"]["id"] == GRAVE
    data = bytearray(proof.read_bytes())
    data[len(data) // 2] ^= 1
    (world.folder / "damaged.json").write_bytes(data)
    command[3] = world.folder / "damaged.json"
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_a_withdrawal_lists_who_learnt_from_the_work(world: World) -> None:
    """The track from before with its share and licence; the one from after does without it."""
    (track,) = world.withdrawn["tracks"]
    assert (track["track_id"], track["learnt"]) == (world.before["track_id"], True)
    assert 0 < track["percent"] < 100
    assert [one["number"] for one in world.withdrawn["licences"]] == [
        world.before["licence_number"]
    ]
    assert world.after["training_set"] != world.before["training_set"]
    assert GRAVE not in (world.folder / "after" / "lineage.json").read_text("utf-8")
    assert GRAVE in (world.folder / "before" / "lineage.json").read_text("utf-8")


def test_the_old_track_verifies_and_its_licence_is_flagged(world: World) -> None:
    """Bundle, samples, licence and delivery are verified; `licence show` names the withdrawal."""
    files = [world.folder / "before" / name for name in
             ("bundle.json", "track.wav", "licence.json", "delivery.json")]  # fmt: skip
    assert strict(world.home, "verify", *files).returncode == 0
    assert strict(world.home, "verify", world.folder / "withdrawal.json", files[0]).returncode == 0
    shown = world.ask("licence", "show", world.before["licence_number"])
    assert shown["state"] == "active"
    assert [one["work"] for one in shown["withdrawn_works"]] == [GRAVE]
    plain = strict(world.home, "licence", "show").stdout
    assert "flagged" in plain
    assert "the terms stay" in plain


def test_used_tells_what_became_of_the_work(world: World) -> None:
    """By title and by its own file: the set, the track, and that it was withdrawn."""
    by_title = world.ask("corpus", "used", "--title", "corelli grave")
    sha256 = builtin_manifest().work(GRAVE).identity.sha256
    by_hash = world.ask("corpus", "used", "--sha256", sha256)
    for answer in (by_title, by_hash):
        (work,) = answer["works"]
        assert work["withdrawn"]["by"] == "Example Estate"
        assert [track["track_id"] for track in work["tracks"]] == [world.before["track_id"]]
    melody = world.folder / "before" / "score.mid"
    near = world.ask("corpus", "used", "--melody", str(melody))["tracks_near"]
    assert near["own"][0]["work"] == world.before["track_id"]


def test_training_again_says_the_same(world: World) -> None:
    """The set that the track from after was made from is the one that `corpus train` has."""
    trained = world.ask("corpus", "train", "--out", str(world.folder / "set"))
    assert (trained["fresh"], trained["works"], trained["withdrawn"]) == (False, 4, [GRAVE])
    assert trained["training_set"] == world.after["training_set"]
    members = world.folder / "set" / "members.json"
    assert strict(world.home, "verify", members).returncode == 0
    sets = world.ask("corpus", "sets")["training_sets"]
    assert [one["works"] for one in sets] == [5, 4]
    (notice,) = world.ask("corpus", "withdrawals")["withdrawals"]
    assert notice["reason"] == "a mistake"


def test_the_credit_of_a_cc_by_work_reaches_every_paper(world: World) -> None:
    """Its line is owed in summary, record, licence and certificate; after it, no more."""
    owed = builtin_manifest().work(GRAVE).decision.obligations[0].text
    assert owed in world.before["credits"]
    assert owed not in world.after["credits"]
    record = json.loads((world.folder / "before" / "record.json").read_bytes())
    assert owed in json.loads(base64.b64decode(record["payload"]))["predicate"]["credits"]
    assert owed in world.ask("licence", "show")["credits"]
    certificate = (world.folder / "before" / "certificate.pdf").read_bytes()
    pages = PdfReader(io.BytesIO(certificate)).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert " ".join(owed.split()) in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("corpus", "prove", "music21:none", "--out", "x"),
        ("corpus", "prove", GRAVE, "--set", "ab" * 32, "--out", "x"),
        ("corpus", "withdraw", "music21:none", "--who", "A", "--why", "b"),
        ("corpus", "withdraw", GRAVE, "--who", "", "--why", "b"),
        ("corpus", "used"),
        ("corpus", "used", "--title", "a", "--sha256", "ab" * 32),
        ("corpus", "used", "--sha256", "zz"),
        ("corpus", "used", "--file", "no-such-file"),
        ("corpus", "used", "--melody", "no-such-file.mid"),
    ],
)
def test_what_cannot_be_asked_is_one_line(world: World, arguments: tuple[str, ...]) -> None:
    """An unknown work or set, an empty name, nothing or two things asked: exit code 2."""
    done = strict(world.home, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("clearcue: ")
    assert done.stderr.count("\n") == 1
