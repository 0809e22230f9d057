"""`clearcue corpus` as a user types it: lists, checks, policies, packs."""

import json
from pathlib import Path

import pytest
from command_line import clearcue, fresh_home
from small_midi import small_midi

LIEDER = "openscore-lieder"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for this module."""
    return fresh_home(tmp_path_factory.mktemp("corpus") / "home")


def test_the_list_has_the_counts_of_all_works(home: Path) -> None:
    """The default list holds what might be used; `--all` all 14,958, each with its verdict."""
    shown = json.loads(clearcue(home, "corpus", "list", "--json").stdout)
    assert set(shown) == {"works", "counts"}
    assert shown["counts"] == {
        "cleared": 5, "cleared-medium": 51, "conditional": 37, "reference": 10_690,
        "unclear": 4_175, "refused": 0,
    }  # fmt: skip
    assert len(shown["works"]) == 93
    assert set(shown["works"][0]) == {"id", "title", "path", "sha256", "verdict", "permissions"}
    every = json.loads(clearcue(home, "corpus", "list", "--all", "--json").stdout)
    assert len(every["works"]) == sum(every["counts"].values()) == 14_958
    unclear = json.loads(clearcue(home, "corpus", "list", "--verdict", "unclear", "--json").stdout)
    assert {work["verdict"] for work in unclear["works"]} == {"unclear"}


def test_a_manifest_is_checked(home: Path, repository_root: Path, tmp_path: Path) -> None:
    """The shipped one is right; a wrong one ends with 2 and a line that names work and field."""
    shipped = repository_root / "platform/clearcue/data/rights/music21.json"
    run = clearcue(home, "corpus", "check-manifest", shipped)
    assert (run.returncode, "cleared 5" in run.stdout) == (0, True)
    data = json.loads(shipped.read_text("utf-8"))
    entry = next(one for one in data["files"] if one["path"].startswith("corelli/"))
    entry["encoding"]["licence"] = "free for all"
    (tmp_path / "wrong.json").write_text(json.dumps(data))
    run = clearcue(home, "corpus", "check-manifest", tmp_path / "wrong.json")
    assert run.returncode == 2
    assert "work music21:corelli/opus3no1/1grave: encoding: licence must be" in run.stderr
    told = clearcue(home, "corpus", "check-manifest", tmp_path / "wrong.json", "--json")
    assert (told.returncode, json.loads(told.stdout)["valid"]) == (2, False)


def test_an_opt_in_is_switched_on_in_somebodys_name(tmp_path: Path) -> None:
    """It is in force from the next command on, shown with who and why, and switched off again."""
    home = fresh_home(tmp_path / "home")
    work = "music21:luca/gloria"
    shown = json.loads(clearcue(home, "corpus", "policy", "--json").stdout)
    assert (shown["policy"], shown["learnt_from"], shown["switches"]) == ("default", 56, [])
    assert clearcue(home, "corpus", "policy", "on", "share-alike", "--who", "Ann").returncode == 2
    run = clearcue(
        home, "corpus", "policy", "on", "share-alike", "--who", "Ann", "--why", "we share alike"
    )
    assert run.returncode == 0
    shown = json.loads(clearcue(home, "corpus", "policy", "--json").stdout)
    assert (shown["policy"], shown["version"]) == ("default+share-alike", "1+1")
    assert shown["learnt_from"] == 93
    (switched,) = shown["switches"]
    assert (switched["who"], switched["why"], switched["switched"]) == (
        "Ann", "we share alike", "on"
    )  # fmt: skip
    assert json.loads(clearcue(home, "corpus", "show", work, "--json").stdout)["learnt_from"]
    again = clearcue(home, "corpus", "policy", "on", "share-alike", "--who", "B", "--why", "x")
    assert (again.returncode, "on already" in again.stderr) == (2, True)
    clearcue(home, "corpus", "policy", "off", "share-alike", "--who", "Ann", "--why", "enough")
    shown = json.loads(clearcue(home, "corpus", "policy", "--json").stdout)
    assert (shown["policy"], len(shown["switches"])) == ("default", 2)
    assert not json.loads(clearcue(home, "corpus", "show", work, "--json").stdout)["learnt_from"]
    run = clearcue(home, "corpus", "policy", "on", "all", "--who", "Ann", "--why", "x")
    assert "no opt-in is called 'all'" in run.stderr


def test_a_folder_of_ones_own_from_template_to_list(tmp_path: Path) -> None:
    """Template, intake, list: unfilled works are known and unclear; a swapped file is named."""
    home, songs = fresh_home(tmp_path / "home"), tmp_path / "songs"
    songs.mkdir()
    (songs / "one.mid").write_bytes(small_midi())
    made = clearcue(home, "corpus", "template", songs, "--name", "my-songs")
    (tmp_path / "m.json").write_text(made.stdout)
    add = ("corpus", "add", "my-songs", "--from", songs, "--manifest", tmp_path / "m.json")
    (songs / "one.mid").write_bytes(small_midi(1))
    run = clearcue(home, *add)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        "clearcue: the pack is refused: one.mid is not the file that was reviewed"
    )
    (songs / "one.mid").write_bytes(small_midi())
    shown = json.loads(clearcue(home, *add, "--json").stdout)
    assert (shown["name"], shown["taken_in"], shown["counts"]["unclear"]) == ("my-songs", True, 1)
    listed = json.loads(clearcue(home, "corpus", "list", "--json").stdout)
    assert listed["counts"]["unclear"] == 4176
    packs = json.loads(clearcue(home, "corpus", "packs", "--json").stdout)["packs"]
    assert {pack["name"]: pack["taken_in"] for pack in packs}[LIEDER] is False
