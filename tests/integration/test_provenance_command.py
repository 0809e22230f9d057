"""The verifier as an auditor runs it: a process of its own, with nothing but `cryptography`."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import platformdirs
import pytest
from make_provenance_vectors import CHECKPOINTS, RECORDS, ExampleSigner, example_set, trust_root

from clearcue_provenance import trust_file
from clearcue_provenance.cli import default_home

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = ["track.wav", "licence.json", "delivery.json", "score.mid", "record.json", "track.mp3"]

# Only the standard library, cryptography with what it needs, and the package may be imported.
ALONE = """
import sys

class OnlyThese:
    allowed = {"clearcue_provenance", "cryptography", "cffi", "_cffi_backend", "pycparser"}

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in self.allowed and top not in sys.stdlib_module_names:
            raise ImportError(f"{name} is not there")
        return None

sys.meta_path.insert(0, OnlyThese())
sys.path[:0] = sys.argv.pop(1).split("\\n")
from clearcue_provenance.cli import main
sys.exit(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with every file of the example and its trust root."""
    for name, data in example_set().items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "trust-root.json").write_bytes(trust_file.encode(trust_root()))
    return tmp_path


def _run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier in isolation (-I -S: no site packages, no environment, no user folder)."""
    cryptography = find_spec("cryptography")
    assert cryptography is not None
    assert cryptography.origin is not None
    paths = "\n".join([str(ROOT / "provenance"), str(Path(cryptography.origin).parents[1])])
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, paths, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "CLEARCUE_HOME": str(folder / "no home"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_alone_with_a_trust_root(folder: Path) -> None:
    """With only `cryptography` to import, everything of the example is verified: exit 0."""
    done = _run(folder, "bundle.json", *EVERYTHING, "--trust-root", "trust-root.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("verified\n")
    assert all(name in done.stdout for name in EVERYTHING)


def test_keys_from_the_home_folder(folder: Path) -> None:
    """Without --trust-root the keys come from CLEARCUE_HOME."""
    done = _run(folder, "bundle.json", "--json", CLEARCUE_HOME=str(folder))
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["verified"] is True
    assert report["track"]["seed"] == 7


def test_without_keys_the_signer_is_not_known(folder: Path) -> None:
    """Without any keys the fingerprint is printed, and the exit code is 1."""
    done = _run(folder, "bundle.json")
    assert done.returncode == 1
    assert done.stdout.startswith(f"consistent, signer not known: {RECORDS.key_id}\n")


@pytest.mark.parametrize(
    ("name", "old", "new", "failed"),
    [
        ("track.wav", None, None, "audio samples"),
        ("bundle.json", b'"payload":"e', b'"payload":"f', "envelope"),
        ("bundle.json", b'"hashes":["', b'"hashes":["A', "log proof"),
        ("licence.json", b'"sig":"', b'"sig":"A', "licence"),
        ("delivery.json", b'"sig":"', b'"sig":"A', "delivery"),
    ],
)
def test_a_changed_byte_is_named(
    folder: Path, name: str, old: bytes | None, new: bytes | None, failed: str
) -> None:
    """Whichever part is changed, the exit code is 1 and the output says which part it was."""
    data = (folder / name).read_bytes()
    changed = data.replace(old, new, 1) if old and new else data[:-1] + bytes([data[-1] ^ 1])
    assert changed != data
    (folder / name).write_bytes(changed)
    arguments = ["bundle.json", "track.wav", "licence.json", "delivery.json"]
    done = _run(folder, *arguments, "--trust-root", "trust-root.json", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["failed"][0] == failed
    plain = _run(folder, *arguments, "--trust-root", "trust-root.json")
    assert plain.stdout.startswith("not verified: ")
    assert failed in plain.stdout.splitlines()[0]


def test_a_bundle_made_anew_with_other_keys(folder: Path) -> None:
    """A whole forged set is not verified, whatever trust root the forger left beside it."""
    forged = example_set(ExampleSigner("x"), ExampleSigner("y"))
    (folder / "bundle.json").write_bytes(forged["bundle.json"])
    done = _run(folder, "bundle.json", "track.wav", "--trust-root", "trust-root.json")
    assert done.returncode == 1
    assert "does not hold for records" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.json"],
        ["track.wav"],
        ["bundle.json", "missing.wav"],
        ["bundle.json", "."],
        ["bundle.json", "--trust-root", "missing.json"],
        ["bundle.json", "--trust-root", "bundle.json"],
        ["bundle.json\0"],
        [],
        ["--no-such-option"],
    ],
)
def test_unreadable_input_and_bad_usage(folder: Path, arguments: list[str]) -> None:
    """What cannot be read, and wrong arguments, end with exit code 2 and no traceback."""
    if "\0" in "".join(arguments):
        arguments = ["\udcff.json"]
    done = _run(folder, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_json_is_one_object_even_when_unreadable(folder: Path) -> None:
    """With --json standard output holds one JSON object in every outcome."""
    (folder / "junk.json").write_bytes(b"\xff\x00")
    done = _run(folder, "junk.json", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["verified"] is False


def test_names_cannot_drive_the_terminal(folder: Path) -> None:
    """Control characters in a file's name are printed escaped, in any locale."""
    name = "a\x1b[2Jé.wav"
    (folder / name).write_bytes(b"no wav")
    done = _run(folder, "bundle.json", name, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "a\\u001b[2J" in done.stdout


def test_one_file_verifier(folder: Path) -> None:
    """The .pyz is the same bytes on every build, and verifies like the package."""
    outputs = [folder / "one.pyz", folder / "two.pyz"]
    for output in outputs:
        script = str(ROOT / "provenance" / "build_pyz.py")
        subprocess.run([sys.executable, script, str(output)], check=True, capture_output=True)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    done = subprocess.run(
        [sys.executable, str(outputs[0]), "bundle.json", "--trust-root", "trust-root.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "verified")


def test_the_default_home_is_the_platform_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without CLEARCUE_HOME the keys are looked for where the service keeps them."""
    monkeypatch.delenv("CLEARCUE_HOME")
    for variable, value in (("XDG_DATA_HOME", "/somewhere/data"), ("XDG_DATA_HOME", "")):
        monkeypatch.setenv(variable, value)
        found = default_home(dict(os.environ), sys.platform, Path.home())
        assert found == Path(platformdirs.user_data_dir("clearcue"))
    assert default_home({"CLEARCUE_HOME": "/x"}, "linux", Path("/home/a")) == Path("/x")
    windows = default_home({"LOCALAPPDATA": "/l"}, "win32", Path("/home/a"))
    assert windows == Path("/l/clearcue/clearcue")
    assert CHECKPOINTS.key_id != RECORDS.key_id


def test_a_reader_that_goes_away_changes_nothing(folder: Path) -> None:
    """Nobody reads the output any more: the exit code is the verdict, and no traceback shows."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "clearcue_provenance", "bundle.json", "--trust-root",
             "trust-root.json"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "provenance")},
            stdout=write_end,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )  # fmt: skip
    finally:
        os.close(write_end)
    assert (done.returncode, done.stderr) == (0, b"")
