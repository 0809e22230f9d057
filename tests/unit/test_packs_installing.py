"""Taking packs in: what is verified, what is refused by name, and what is gone on with."""

import io
import json
import os
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from small_midi import small_midi

from clearcue.adapters.corpus_music21.folder import CorpusFileError
from clearcue.adapters.library import CachedLibrary
from clearcue.adapters.packs.fetching import check_address
from clearcue.adapters.packs.installing import PackRefusedError
from clearcue.adapters.packs.shelf import PackError, Shelf, known_manifest, known_packs
from clearcue.adapters.packs.source import PackSourceError
from clearcue.adapters.packs.template import template
from clearcue.errors import BadInputError
from clearcue.rights.corpus import RightsRefusedError
from clearcue.rights.manifest import builtin_manifest, read_manifest
from clearcue.rights.policy import builtin_policy
from clearcue.rights.values import Content, Permission, Verdict

SONGS = ("one.mid", "set/two.mid")


def _quiet(stage: str, done: int, total: int) -> None:
    del stage, done, total


def _library(home: Path, *packs: str) -> CachedLibrary:
    cache = Path(os.environ["CLEARCUE_HOME"]) / "cache"  # the run's own: parsing costs seconds
    return CachedLibrary(cache, builtin_policy("strict"), Shelf(home / "packs"), packs)


def _songs(folder: Path) -> Path:
    """A folder with two songs of our own."""
    for shift, name in enumerate(SONGS):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(small_midi(shift))
    return folder


def _filled(folder: Path, **decision: Any) -> bytes:
    """The template of a folder, filled in as a customer with all rights would."""
    data = json.loads(template(folder, "my-songs", date(2026, 11, 22)))
    group = data["groups"][0]
    data["evidence"] = {
        "contract": {"quote": "All rights.", "where": "contract 7", "read_on": "2026-11-22"}
    }
    group["composition"] |= {"licence": "LicenseRef-own-work", "evidence": ["contract"]}
    group["encoding"] = {
        "encoder": "We", "licence": "LicenseRef-own-work", "scope": "all", "granted_by": "We"
    }  # fmt: skip
    group["evidence"] = ["contract"]
    granted = {"train": True, "compare": True, "redistribute": False}
    group["decision"] |= {"permissions": granted, "verdict": "cleared", **decision}
    return json.dumps(data).encode()


def test_the_known_packs_hold_what_their_sources_do() -> None:
    """Works, verdicts, licences and credits of the three packs, each work with its evidence."""
    assert known_packs() == ("free-midi-chords", "groove-midi", "openscore-lieder")
    counts = {name: known_manifest(name).counts() for name in known_packs()}
    assert counts["free-midi-chords"][Verdict.CLEARED] == 190
    assert counts["groove-midi"][Verdict.CLEARED] == 1150
    assert counts["openscore-lieder"][Verdict.CLEARED_MEDIUM] == 1142
    assert sum(counts["openscore-lieder"].values()) == 1460
    for name in known_packs():
        manifest = known_manifest(name)
        assert manifest.pack is not None
        assert manifest.pack.licence in ("CC0-1.0", "CC-BY-4.0", "MIT")
        assert (manifest.pack.attribution or "").strip()
        assert all(work.evidence for work in manifest.works)
        obliged = {len(work.decision.obligations) for work in manifest.works}
        assert obliged == ({0} if name == "openscore-lieder" else {1})


def test_a_song_of_unknown_standing_is_not_learnt_from() -> None:
    """CC0 covers the edition: who died after 1930 may have published music still protected."""
    for work in known_manifest("openscore-lieder").works:
        (composer,) = work.composition.creators or (None,)
        early = composer is not None and composer.died is not None and composer.died <= 1930
        assert work.decision.permits(Permission.TRAIN) is early, work.work_id


def test_a_template_permits_nothing_until_it_is_filled_in(tmp_path: Path) -> None:
    """The template is a valid manifest with every hash, and no work that may be learnt from."""
    text = template(_songs(tmp_path), "my-songs", date(2026, 11, 22)).encode()
    manifest = read_manifest(text, "t")
    assert {work.identity.path: work.identity.sha256 for work in manifest.works} == {
        name: sha256((tmp_path / name).read_bytes()).hexdigest() for name in SONGS
    }
    assert {work.decision.verdict for work in manifest.works} == {Verdict.UNCLEAR}
    with pytest.raises(BadInputError, match="no score below"):
        template(tmp_path / "set" / "none", "my-songs", date(2026, 11, 22))


def test_a_folder_of_ones_own_becomes_works_of_the_library(tmp_path: Path) -> None:
    """Its works are listed; they are learnt from only where a setting says so."""
    songs = _songs(tmp_path / "songs")
    library = _library(tmp_path)
    before = len(library.manifest.works)
    assert library.add_pack("my-songs", str(songs), _filled(songs), _quiet) == "my-songs"
    ids = [work.work_id for work in library.manifest.works[before:]]
    assert ids == ["my-songs:one.mid", "my-songs:set/two.mid"]
    assert [(pack.name, pack.taken_in) for pack in library.packs][2] == ("my-songs", True)
    corpus = _library(tmp_path, "my-songs").corpus(frozenset(), _quiet)
    assert {work.work_id for work in corpus} >= set(ids)
    assert len(corpus) == 5 + 2
    assert len(corpus.work("my-songs:one.mid").parsed.lines[0].notes) == 8


def test_an_unfilled_pack_is_taken_in_and_not_learnt_from(tmp_path: Path) -> None:
    """With the template as it is the works are listed as unclear, and training goes without."""
    songs = _songs(tmp_path / "songs")
    text = template(songs, "my-songs", date(2026, 11, 22)).encode()
    _library(tmp_path).add_pack("my-songs", str(songs), text, _quiet)
    library = _library(tmp_path, "my-songs")
    assert library.manifest.work("my-songs:one.mid").decision.verdict is Verdict.UNCLEAR
    assert len(library.corpus(frozenset(), _quiet)) == 5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "one.mid").write_bytes(small_midi(9)),
         r"one\.mid is not the file that was reviewed"),
        (lambda folder: (folder / "set/two.mid").unlink(), r"set/two\.mid is missing"),
        (lambda folder: (folder / "three.mid").write_bytes(small_midi(3)),
         r"three\.mid is not listed"),
        (lambda folder: (folder / "THREE.MID").write_bytes(small_midi(3)),
         r"THREE\.MID is not listed"),
    ],
)  # fmt: skip
def test_a_changed_missing_or_unlisted_file_is_refused_by_name(
    tmp_path: Path, change: Callable[[Path], object], words: str
) -> None:
    """The pack does not come onto the shelf, and the error names the file."""
    songs = _songs(tmp_path / "songs")
    text = _filled(songs)
    change(songs)
    library = _library(tmp_path)
    with pytest.raises(PackRefusedError, match=words):
        library.add_pack("my-songs", str(songs), text, _quiet)
    assert Shelf(tmp_path / "packs").names() == ()


def test_a_file_swapped_on_the_shelf_stops_training_by_name(tmp_path: Path) -> None:
    """What was verified when it came in is verified again whenever it is learnt from."""
    songs = _songs(tmp_path / "songs")
    _library(tmp_path).add_pack("my-songs", str(songs), _filled(songs), _quiet)
    kept = tmp_path / "packs/my-songs/files/one.mid"
    kept.write_bytes(small_midi(5))
    with pytest.raises(CorpusFileError, match=r"my-songs:one.mid is refused: one\.mid is not the"):
        _library(tmp_path, "my-songs").corpus(frozenset(), _quiet)


def test_a_flipped_permission_stops_training_by_name(tmp_path: Path) -> None:
    """A verdict without its permission is a contradiction that training does not step over."""
    songs = _songs(tmp_path / "songs")
    nothing = {"train": None, "compare": True, "redistribute": False}
    text = _filled(songs, permissions=nothing)
    _library(tmp_path).add_pack("my-songs", str(songs), text, _quiet)
    with pytest.raises(RightsRefusedError, match=r"my-songs:one.mid is refused: the permission"):
        _library(tmp_path, "my-songs").corpus(frozenset(), _quiet)


def test_a_stopped_intake_goes_on(tmp_path: Path) -> None:
    """Files that are kept already are not read again; the manifest comes last."""
    songs = _songs(tmp_path / "songs")
    text = _filled(songs)
    original = (songs / "set/two.mid").read_bytes()
    (songs / "set/two.mid").write_bytes(b"cut")
    library = _library(tmp_path)
    with pytest.raises(PackRefusedError, match="two"):
        library.add_pack("my-songs", str(songs), text, _quiet)
    kept = tmp_path / "packs/my-songs/files/one.mid"
    stamp = kept.stat().st_mtime_ns
    (songs / "set/two.mid").write_bytes(original)
    library.add_pack("my-songs", str(songs), text, _quiet)
    assert kept.stat().st_mtime_ns == stamp
    assert Shelf(tmp_path / "packs").names() == ("my-songs",)


def _zipped(songs: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in SONGS:
            archive.write(songs / name, f"songs-abc123/{name}")
    return made.getvalue()


def _tarred(songs: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        archive.add(songs, "songs-abc123")
    return made.getvalue()


@pytest.mark.parametrize("archive", [_zipped, _tarred])
def test_an_archive_with_a_folder_at_its_top_is_read(
    tmp_path: Path, archive: Callable[[Path], bytes]
) -> None:
    """As repositories are handed out: everything lies one folder deep."""
    songs = _songs(tmp_path / "songs")
    (tmp_path / "songs.archive").write_bytes(archive(songs))
    library = _library(tmp_path)
    address = (tmp_path / "songs.archive").as_uri()
    assert library.add_pack("my-songs", address, _filled(songs), _quiet) == "my-songs"
    assert (tmp_path / "songs.archive").exists()


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04 cut", b"\x1f\x8b cut"])
def test_what_is_no_archive_is_one_line(tmp_path: Path, data: bytes) -> None:
    """Damaged archives and other files end in the pack's own error."""
    songs = _songs(tmp_path / "songs")
    (tmp_path / "broken").write_bytes(data)
    with pytest.raises(PackSourceError, match="broken"):
        _library(tmp_path).add_pack("my-songs", str(tmp_path / "broken"), _filled(songs), _quiet)
    with pytest.raises(PackSourceError, match="cannot be read"):
        _library(tmp_path).add_pack("my-songs", str(tmp_path / "no"), _filled(songs), _quiet)


@pytest.mark.parametrize(
    "address", ["http://example.org/x.zip", "ftp://example.org/x.zip", "https:///x.zip"]
)
def test_an_address_that_is_not_safe_is_refused(address: str) -> None:
    """Only https, and http to this machine."""
    with pytest.raises(PackSourceError, match="give an https:"):
        check_address(address)
    check_address("https://example.org/x.zip")
    check_address("http://127.0.0.1:9/x.zip")


def test_a_pack_cannot_take_anothers_name(tmp_path: Path) -> None:
    """A manifest for another name, or with the source of another, is refused; so is no manifest."""
    songs = _songs(tmp_path / "songs")
    library = _library(tmp_path)
    with pytest.raises(BadInputError, match="lists the works of my-songs, not of others"):
        library.add_pack("others", str(songs), _filled(songs), _quiet)
    data = json.loads(_filled(songs)) | {"source": builtin_manifest().source}
    with pytest.raises(BadInputError, match="known already"):
        library.add_pack("my-songs", str(songs), json.dumps(data).encode(), _quiet)
    ours = json.loads(_filled(songs)) | {"name": "music21"}
    with pytest.raises(BadInputError, match=r"music21 .* known already"):
        library.add_pack("music21", str(songs), json.dumps(ours).encode(), _quiet)
    with pytest.raises(BadInputError, match="groove-midi is a pack that Clearcue knows"):
        library.add_pack("groove-midi", str(songs), _filled(songs), _quiet)
    with pytest.raises(BadInputError, match="no pack is called 'nobody'"):
        library.add_pack("nobody", str(songs), None, _quiet)
    with pytest.raises(PackError, match="no pack 'nobody' on the shelf"):
        _library(tmp_path, "nobody").corpus(frozenset(), _quiet)


def test_a_folder_may_hold_its_own_manifest(tmp_path: Path) -> None:
    """Without --manifest, `clearcue-manifest.json` in the folder is taken."""
    songs = _songs(tmp_path / "songs")
    (songs / "clearcue-manifest.json").write_bytes(_filled(songs))
    assert _library(tmp_path).add_pack("my-songs", str(songs), None, _quiet) == "my-songs"


def _progressions(folder: Path) -> bytes:
    """A pack of two progressions, with its manifest."""
    entries = [{"set": "prog_min", "progression": ["i", "bVI", "V7"], "moods": ["Dark"]},
               {"set": "prog_maj", "progression": ["I", "V"], "moods": []}]  # fmt: skip
    folder.mkdir()
    (folder / "p.json").write_text(json.dumps(entries))
    songs = json.loads(_filled(_songs(folder / "unused")))
    digest = sha256((folder / "p.json").read_bytes()).hexdigest()
    songs["content"], songs["name"] = "progressions", "my-chords"
    songs["files"] = [{"path": "p.json", "sha256": digest, "group": "works", "tunes": [{}, {}]}]
    return json.dumps(songs).encode()


def test_progressions_are_kept_as_numerals_with_their_rights(tmp_path: Path) -> None:
    """They come back cleared, from the cache the second time, and are no part of the corpus."""
    text = _progressions(tmp_path / "chords")
    (tmp_path / "chords/clearcue-manifest.json").write_bytes(text)
    _library(tmp_path).add_pack("my-chords", str(tmp_path / "chords"), None, _quiet)
    library = _library(tmp_path, "my-chords")
    for _ in range(2):
        found = library.patterns(Content.PROGRESSIONS, frozenset(), _quiet)
        assert [one.rights.work_id for one in found] == ["my-chords:p:1", "my-chords:p:2"]
        assert found[0].pattern.numerals == ("i", "bVI", "V7")
        assert (found[0].pattern.mode, found[0].pattern.moods) == ("prog_min", ("Dark",))
    left = library.patterns(Content.PROGRESSIONS, frozenset({"my-chords:p:1"}), _quiet)
    assert [one.rights.work_id for one in left] == ["my-chords:p:2"]
    assert library.patterns(Content.DRUMS, frozenset(), _quiet) == ()
    assert _library(tmp_path).patterns(Content.PROGRESSIONS, frozenset(), _quiet) == ()
    assert len(library.corpus(frozenset(), _quiet)) == 5


def test_a_drum_take_is_kept_as_it_was_played(tmp_path: Path) -> None:
    """Strokes with their time, key and velocity, the tempo and the meter."""
    songs = _songs(tmp_path / "takes")
    data = json.loads(_filled(songs)) | {"content": "drums"}
    _library(tmp_path).add_pack("my-songs", str(songs), json.dumps(data).encode(), _quiet)
    take = _library(tmp_path, "my-songs").patterns(Content.DRUMS, frozenset(), _quiet)[0].pattern
    assert (take.tempo_bpm, take.meter.numerator, take.meter.denominator) == (120.0, 4, 4)
    first = take.hits[0]
    assert (first.onset_ticks, first.pitch, first.velocity) == (0, 60, 80)
    assert [hit.onset_ticks for hit in take.hits] == [480 * i for i in range(8)]
