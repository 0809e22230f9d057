"""The index: made the same in any order, kept in a file, and refused when it does not fit."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from originality_material import changed, excerpt, tune, work

from clearcue.originality.check import check
from clearcue.originality.index import Index, build_index, works_digest
from clearcue.originality.index_file import (
    MAGIC,
    IndexFileError,
    IndexMismatchError,
    open_index,
    save_index,
)

WORKS = tuple(work(f"work-{seed}", tune(seed), tune(seed + 100)) for seed in range(6))


@pytest.fixture(scope="module")
def index() -> Index:
    """An index of six made-up works."""
    return build_index(WORKS)


def test_order_of_works_does_not_matter(index: Index, tmp_path: Path) -> None:
    """Works that come in another order give the same file, byte for byte."""
    save_index(index, tmp_path / "one")
    save_index(build_index(reversed(WORKS)), tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert index.header.corpus_digest == works_digest(WORKS)


def test_digest_names_the_notes(index: Index) -> None:
    """One changed note makes another digest."""
    other = work("work-0", tune(0), changed(tune(100), up=1))
    assert works_digest([other, *WORKS[1:]]) != index.header.corpus_digest


def test_file_gives_the_same_answers(index: Index, tmp_path: Path) -> None:
    """A check of an index mapped from a file says what a check of the one in memory says."""
    save_index(index, tmp_path / "index")
    opened = open_index(tmp_path / "index", corpus_digest=index.header.corpus_digest)
    query = work("query", changed(excerpt(tune(3), 5, 24), up=-4), tune(77))
    assert json.dumps(check(opened, query).to_json()) == json.dumps(check(index, query).to_json())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("scheme", "legacy"), ("seed", 1), ("hash", "sha1_hash64"), ("shingle_version", 0)],
)
def test_other_method_is_refused_by_name(
    index: Index, tmp_path: Path, field: str, value: str | int
) -> None:
    """An index whose header says another scheme, seed, hash or version is refused, named."""
    header = replace(index.header, **{field: value})  # type: ignore[arg-type]  # by name
    save_index(replace(index, header=header), tmp_path / "index")
    with pytest.raises(IndexMismatchError, match=f"{field} {value}") as caught:
        open_index(tmp_path / "index")
    assert caught.value.field == field


def test_other_works_are_refused_by_name(index: Index, tmp_path: Path) -> None:
    """An index of other works than those asked for is refused."""
    save_index(index, tmp_path / "index")
    with pytest.raises(IndexMismatchError, match="corpus_digest"):
        open_index(tmp_path / "index", corpus_digest="sha256:0")


def test_cut_or_foreign_file_is_refused(index: Index, tmp_path: Path) -> None:
    """A file that is cut anywhere, or is no index, is refused with our own error."""
    path = tmp_path / "index"
    save_index(index, path)
    whole = path.read_bytes()
    for length in (0, 5, len(MAGIC), len(MAGIC) + 4, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(IndexFileError):
            open_index(path)
    path.write_bytes(MAGIC + (2).to_bytes(8, "little") + b"[]")
    with pytest.raises(IndexFileError):
        open_index(path)


def test_failed_write_leaves_the_old_index(index: Index, tmp_path: Path) -> None:
    """Where the new file cannot be put in place, nothing half-written stays behind."""
    path = tmp_path / "index"
    path.mkdir()
    (path / "kept").write_text("as it was")
    with pytest.raises(OSError, match="index"):
        save_index(index, path)
    assert [found.name for found in tmp_path.iterdir()] == ["index"]
    assert (path / "kept").read_text() == "as it was"


def test_progress_tells_of_every_work() -> None:
    """The callback counts the works as they are read."""
    told: list[tuple[int, str]] = []
    build_index(WORKS[:2], progress=lambda count, title: told.append((count, title)))
    assert told == [(1, "Title of work-0"), (2, "Title of work-1")]


def test_nothing_to_compare_with_is_clear() -> None:
    """An index of no works finds nothing and fails at nothing."""
    report = check(build_index([]), work("query", tune(1)))
    assert (report.verdict, report.similarity, report.nearest) == ("clear", 0.0, None)
    assert report.corpus.works == 0
