"""The blob store's contract, on the fake and on a folder."""

import os
from pathlib import Path

import pytest
from fakes_persistence import FakeBlobs

from clearcue.adapters.blobs import check_key, folder_blobs, url_blobs
from clearcue.errors import BadInputError
from clearcue.services.ports import Blobs
from clearcue.services.stored import MissingError, StoreUnwritableError


@pytest.fixture(params=["fake", "folder"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty store."""
    return FakeBlobs() if request.param == "fake" else folder_blobs(tmp_path / "blobs")


def test_what_is_put_can_be_got(blobs: Blobs, tmp_path: Path) -> None:
    """Bytes and files come back whole and in part, and later ones take the place of earlier."""
    (tmp_path / "file").write_bytes(bytes(range(256)) * 5000)
    blobs.put("tracks/t-1/mix.wav", b"first")
    blobs.put("tracks/t-1/mix.wav", b"hello")
    blobs.put("tracks/t-1/stems/bass_1.wav", tmp_path / "file")
    assert blobs.get("tracks/t-1/mix.wav") == b"hello"
    assert blobs.get("tracks/t-1/stems/bass_1.wav") == (tmp_path / "file").read_bytes()
    ranges = [blobs.get_range("tracks/t-1/mix.wav", *span) for span in ((1, 3), (3, 9), (5, 1))]
    assert ranges == [b"ell", b"lo", b""]


def test_what_is_not_there_is_missing(blobs: Blobs) -> None:
    """Absence has its own error, and deleting twice is no error."""
    blobs.put("a/b", b"x")
    assert blobs.exists("a/b")
    blobs.delete("a/b")
    blobs.delete("a/b")
    assert not blobs.exists("a/b")
    for call in (lambda: blobs.get("a/b"), lambda: blobs.get_range("a/b", 0, 1)):
        with pytest.raises(MissingError):
            call()


def test_a_folder_is_listed_and_cleared(blobs: Blobs) -> None:
    """Only what lies below it, by whole names; what is to be kept stays."""
    for key in ("a/b/2", "a/b/1", "a/bc/1", "a/b2"):
        blobs.put(key, b"x")
    assert blobs.keys("a/b") == ("a/b/1", "a/b/2")
    assert blobs.keys("none") == ()
    blobs.clear("a/b", ["a/b/2", "a/bc/1"])
    assert blobs.keys("a") == ("a/b/2", "a/b2", "a/bc/1")
    blobs.clear("a")
    blobs.clear("a")
    assert blobs.keys("a") == ()


def test_cut_off_writes_and_empty_folders_are_cleared(tmp_path: Path) -> None:
    """What a killed process left half-written goes with its folder, and nothing beside it does."""
    blobs = folder_blobs(tmp_path / "blobs")
    blobs.put("a/b/c/1", b"x")
    blobs.put("a/d", b"x")
    (tmp_path / "blobs" / "a" / "b" / "c" / "2#17").write_bytes(b"half")
    (tmp_path / "blobs" / "a" / "d#1").write_bytes(b"half")
    blobs.clear("a/b")
    left = sorted(path.name for path in (tmp_path / "blobs" / "a").iterdir())
    assert left == ["d", "d#1"]


BAD_KEYS = (
    "", "/", "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "a/", ".hidden", "a/.b", "a\\b",
    "a\x00b", "a b", "ä", "a\n", "/".join("abcdefghi"), "x" * 129, "c:/x",
)  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
def test_no_key_leaves_the_folder(blobs: Blobs, key: str) -> None:
    """A key that could mean another place is refused by every method."""
    for call in (blobs.get, blobs.exists, blobs.delete, blobs.keys, blobs.clear, check_key):
        with pytest.raises(BadInputError):
            call(key)
    with pytest.raises(BadInputError):
        blobs.put(key, b"x")


def test_the_folder_holds_the_files_and_nothing_else(tmp_path: Path) -> None:
    """Writing leaves no temporary file behind, and only the owner may enter the folder."""
    blobs = folder_blobs(tmp_path / "blobs")
    blobs.put("a/b", b"x" * 100_000)
    found = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert found == [os.path.join("blobs", "a", "b")]  # noqa: PTH118 - compared with a text
    assert (tmp_path / "blobs").stat().st_mode & 0o077 == 0


def test_what_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    """A folder below a file, and a URL of no store, are refused with what to do."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnwritableError, match="CLEARCUE_HOME"):
        folder_blobs(tmp_path / "file" / "blobs")
    with pytest.raises(BadInputError, match="s3://"):
        url_blobs("gopher://nowhere")
