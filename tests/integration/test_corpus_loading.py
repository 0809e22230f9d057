"""Loading cleared works with music21: three small files, parsed for real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clearcue.adapters.corpus_music21.folder import CorpusFileError, corpus_folder
from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.rights.corpus import ClearedCorpus, RightsRefusedError
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import builtin_policy

SMALL = (
    "music21:corelli/opus3no1/1grave",
    "music21:johnson_j_r/lift_every_voice",
    "music21:liliuokalani/aloha_oe",
)

SCRIPT = """
import hashlib, sys
from pathlib import Path
from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.adapters.score_files.packed import pack
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import builtin_policy

if __name__ == "__main__":
    corpus = load_cleared_corpus(
        builtin_manifest(), builtin_policy("strict"), Path(sys.argv[1]), processes=int(sys.argv[2]),
        only=sys.argv[3:],
    )
    print(corpus.training_set("1").root)
    for work in corpus:
        print(work.work_id, hashlib.sha256(pack(work.parsed)).hexdigest())
"""


def _load(cache: Path, **options: object) -> ClearedCorpus:
    settings = {"processes": 1, "only": SMALL, **options}
    return load_cleared_corpus(builtin_manifest(), builtin_policy("strict"), cache, **settings)  # type: ignore[arg-type]  # options of several types


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that the first test to load fills."""
    return tmp_path_factory.mktemp("cache")


def test_works_are_parsed_once_and_come_back_from_the_cache(cache: Path) -> None:
    """The second load gives the same works without parsing, and tells of each in turn."""
    first = _load(cache)
    kept = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    told: list[tuple[int, int, str]] = []
    second = _load(cache, progress=lambda *args: told.append(args))
    assert [work.parsed for work in second] == [work.parsed for work in first]
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == kept
    assert [(done, total) for done, total, _ in told] == [(1, 3), (2, 3), (3, 3)]
    assert "Aloha Oe" in [title for _, _, title in told]


def test_the_music_is_read_as_it_sounds(cache: Path) -> None:
    """Corelli's three voices and 19 bars in one flat; a pickup bar is 0; ties are joined."""
    corpus = _load(cache)
    corelli = corpus.work(SMALL[0]).parsed
    assert [(line.name, len(line.notes)) for line in corelli.lines] == [
        ("Violino I.", 71), ("Violino II.", 66), ("Violone e Organo", 101),
    ]  # fmt: skip
    assert ([bar.number for bar in corelli.bars], corelli.fifths) == ([*range(1, 20)], ((0, -1),))
    anthem = corpus.work(SMALL[1]).parsed
    assert (anthem.bars[0].number, anthem.bar_at(0), anthem.bar_at(720)) == (0, 0, 1)
    assert (anthem.work_id, anthem.title) == (SMALL[1], "Lift Every Voice and Sing")
    piano = [line.name for line in corpus.work(SMALL[2]).parsed.lines]
    assert len(set(piano)) == len(piano)
    for work in corpus:
        for line in work.parsed.lines:
            assert line.notes == tuple(sorted(line.notes, key=lambda n: (n.onset_ticks, n.pitch)))


def test_a_damaged_cache_is_parsed_again(cache: Path) -> None:
    """A cache file that was tampered with is replaced by a fresh parse of the verified file."""
    before = [work.parsed for work in _load(cache)]
    victim = min(cache.iterdir())
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-20] + b"x" * 20)
    assert [work.parsed for work in _load(cache)] == before
    assert victim.read_bytes() == whole


def test_a_swapped_file_stops_the_load_although_it_is_cached(cache: Path, tmp_path: Path) -> None:
    """A corpus file that changed on disk is refused by name, whatever the cache holds."""
    _load(cache)
    for work_id in SMALL:
        path = builtin_manifest().work(work_id).identity.path
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((corpus_folder() / path).read_bytes())
    assert len(_load(cache, source_folder=tmp_path)) == 3
    with (tmp_path / "liliuokalani/aloha_oe.mxl").open("ab") as file:
        file.write(b" ")
    with pytest.raises(CorpusFileError, match="music21:liliuokalani/aloha_oe is refused"):
        _load(cache, source_folder=tmp_path)


def test_a_work_that_may_not_be_learnt_from_is_refused(cache: Path) -> None:
    """Asking for a share-alike work by name does not get it in."""
    with pytest.raises(RightsRefusedError, match="music21:ciconia/quod_jactatur is refused"):
        _load(cache, only=("music21:ciconia/quod_jactatur",))
    with pytest.raises(RightsRefusedError, match="music21:nobody is refused"):
        _load(cache, only=("music21:nobody",))


def test_two_processes_elsewhere_give_the_same_corpus(tmp_path: Path) -> None:
    """Other time zone, locale, hash seed, order and core count: the same root and notes."""
    script = tmp_path / "load.py"
    script.write_text(SCRIPT)
    outputs = []
    for number, (zone, locale, seed, processes, ids) in enumerate((
        ("UTC", "C.UTF-8", "0", "1", SMALL[:2]),
        ("Asia/Kathmandu", "de_DE.UTF-8", "4711", "2", SMALL[1::-1]),
    )):  # fmt: skip
        cache, scratch = tmp_path / f"cache{number}", tmp_path / f"scratch{number}"
        scratch.mkdir()
        environment = {
            **os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed,
            "TMPDIR": str(scratch), "HOME": str(scratch),
        }  # fmt: skip
        command = [sys.executable, str(script), str(cache), processes, *ids]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        outputs.append(run.stdout)
        assert len(list(cache.iterdir())) == 2
        assert [path for path in scratch.rglob("*") if path.is_file()] == []
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == 3
