"""The corpus folder and the cache of parsed works: what is verified and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from clearcue.adapters.corpus_music21.cache import CacheError, ParsedCache, parser_name
from clearcue.adapters.corpus_music21.folder import CorpusFileError, corpus_folder, read_verified
from clearcue.music.score import Note
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork
from clearcue.rights.manifest import builtin_manifest

SHA = "a" * 64
WORK = ParsedWork(
    SHA, "Title", (Line("Violin", (Note(0, 480, 60),)),), (Bar(0, 0, Meter(3, 4)),), ((0, -2),)
)


def _path(folder: Path, sha256: str = SHA) -> Path:
    return folder / f"{sha256}.{parser_name()}.ccwork"


def test_every_listed_file_is_the_reviewed_one() -> None:
    """All 72 files of the installed package have the manifest's hash."""
    folder = corpus_folder()
    for work in builtin_manifest().works:
        assert read_verified(folder, work.identity).data


def test_a_missing_or_swapped_file_is_refused_by_name(tmp_path: Path) -> None:
    """A missing file and another file under its name are both named in the error."""
    identity = builtin_manifest().work("music21:liliuokalani/aloha_oe").identity
    with pytest.raises(CorpusFileError, match=r"music21:liliuokalani/aloha_oe is refused: .*read"):
        read_verified(tmp_path, identity)
    (tmp_path / "liliuokalani").mkdir()
    (tmp_path / identity.path).write_bytes(b"another")
    with pytest.raises(CorpusFileError, match=r"aloha_oe is refused: .* not the file"):
        read_verified(tmp_path, identity)


def test_a_kept_work_comes_back(tmp_path: Path) -> None:
    """What was put is got, in a folder that is made for it, with nothing half-written beside."""
    cache = ParsedCache(tmp_path / "new" / "folder")
    assert cache.get(SHA) is None
    cache.put(WORK)
    assert cache.get(SHA) == WORK
    assert list((tmp_path / "new" / "folder").iterdir()) == [_path(tmp_path / "new" / "folder")]


def test_a_damaged_or_renamed_cache_file_is_not_used(tmp_path: Path) -> None:
    """A flipped byte, a cut file and another work's file all count as absent."""
    cache = ParsedCache(tmp_path)
    cache.put(WORK)
    data = _path(tmp_path).read_bytes()
    for damaged in (data[:-1], data[:-1] + bytes([data[-1] ^ 1]), b""):
        _path(tmp_path).write_bytes(damaged)
        assert cache.get(SHA) is None
    _path(tmp_path, "b" * 64).write_bytes(data)
    assert cache.get("b" * 64) is None


def test_another_work_under_the_same_name_is_written_over(tmp_path: Path) -> None:
    """Putting again replaces what was there."""
    cache = ParsedCache(tmp_path)
    cache.put(WORK)
    cache.put(replace(WORK, title="New"))
    found = cache.get(SHA)
    assert found is not None
    assert found.title == "New"


def test_a_cache_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    """Where a file stands in the folder's place the error names it and says what to do."""
    (tmp_path / "taken").write_text("x")
    with pytest.raises(CacheError, match=r"cannot keep parsed works in .*taken.*CLEARCUE_HOME"):
        ParsedCache(tmp_path / "taken").put(WORK)
