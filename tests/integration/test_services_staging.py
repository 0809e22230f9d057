"""The out folder: what is in the way, what is left over, and what two runs do to each other."""

import os
import stat
from hashlib import sha256
from pathlib import Path

import pytest

from clearcue.adapters.staging import staged
from clearcue.bootstrap import SystemClock, open_platform
from clearcue.files import WriteError, write_atomically
from clearcue.services.publishing import append, bundle_of, publish, sign
from clearcue.settings import Settings
from clearcue_provenance.predicates import DELIVERY
from clearcue_provenance.shape import format_time
from clearcue_provenance.statement import Subject


def fill(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        write_atomically(folder / name, content)


def found(folder: Path) -> dict[str, bytes]:
    """Every file in a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def delivery(home: Path, files: dict[str, bytes]) -> bytes:
    """A signed and logged delivery of these files."""
    platform = open_platform(Settings(home=home))
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    predicate = {
        "record": {"sha256": "0" * 64},
        "delivered_at": format_time(SystemClock().now()),
        "files": [
            {"name": name, "sha256": digests[name], "size": len(files[name])} for name in files
        ],
    }
    subjects = [Subject(name, digest) for name, digest in digests.items()]
    signed = sign(platform, subjects, DELIVERY, predicate)
    with platform.units.write() as unit:
        index = append(unit, signed)
        unit.commit()
    publish(platform)
    return bundle_of(platform, signed.envelope, index)


def test_a_failed_run_leaves_no_empty_folder(tmp_path: Path):
    """An out folder that was made for a run that failed goes; one that was there stays."""
    (tmp_path / "mine").mkdir()
    for name in ("new", "mine"):
        with pytest.raises(ValueError, match="stop"), staged(tmp_path / name):
            raise ValueError("stop")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_holds_one_track(tmp_path: Path):
    """What an earlier delivery wrote and the new one lacks goes; what the user changed stays."""
    out = tmp_path / "out"
    earlier = {
        "track.wav": b"old",
        "licence.json": b"old licence",
        "stems/horn.wav": b"horn",
        "stems/bass.wav": b"bass",
    }
    with staged(out) as staging:
        fill(staging, {**earlier, "delivery.json": delivery(tmp_path / "home", earlier)})
    fill(out, {"stems/bass.wav": b"mine", "notes.txt": b"mine too"})
    with staged(out) as staging:
        fill(staging, {"track.wav": b"new"})
    left = found(out)
    assert left.pop("delivery.json")
    assert left == {"track.wav": b"new", "stems/bass.wav": b"mine", "notes.txt": b"mine too"}


@pytest.mark.parametrize("obstacle", ["track.wav/", "stems"])
def test_finished_files_are_kept_when_something_is_in_the_way(tmp_path: Path, obstacle: str):
    """A folder named as a file, or a file named as a folder: nothing is moved, nothing is lost."""
    out = tmp_path / "out"
    out.mkdir()
    if obstacle.endswith("/"):
        (out / obstacle).mkdir()
    else:
        (out / obstacle).write_bytes(b"mine")
    files = {"record.json": b"{}", "track.wav": b"new", "stems/bass.wav": b"bass"}
    with pytest.raises(WriteError, match=r"in the way.*kept in") as raised, staged(out) as staging:
        fill(staging, files)
    kept = Path(str(raised.value).rsplit(" ", 1)[1])
    assert found(kept) == files
    with staged(out):
        pass
    assert found(kept) == files


def test_only_what_nobody_works_on_is_left_over(tmp_path: Path):
    """A second run into the folder leaves the first one's files alone, and removes a dead one's."""
    out = tmp_path / "out"
    dead = out / ".clearcue-partial-dead"
    dead.mkdir(parents=True)
    with staged(out) as first:
        fill(first, {"track.wav": b"first"})
        with staged(out) as second:
            assert not dead.exists()
            fill(second, {"track.wav": b"second"})
        assert found(out) == {"track.wav": b"second", f"{first.name}/track.wav": b"first"}
    assert found(out) == {"track.wav": b"first"}


def test_a_failure_elsewhere_is_not_blamed_on_the_folder(tmp_path: Path):
    """The path that the system named stands in the message."""
    with pytest.raises(WriteError, match="elsewhere"), staged(tmp_path / "out"):
        raise FileExistsError(17, "File exists", str(tmp_path / "elsewhere"))
    assert found(tmp_path / "out") == {}


def test_files_obey_the_umask(tmp_path: Path):
    """Who keeps new files from others keeps a licence from others, too."""
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "licence.json", b"{}")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "licence.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["licence.json"]
