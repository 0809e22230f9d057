"""One training set in two fresh clones, and every work's proof: `make evidence NAME=training-set`.

Both clones parse the whole corpus afresh, one on a single core and one on all, in other time zones,
locales and hash seeds, with the manifest's works in opposite orders. About five minutes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "training-set.md"
RUN = "import sys; from clearcue.cli.main import main; sys.exit(main())"
TURN = """
import json, sys
from pathlib import Path
path = Path(sys.argv[1]) / "platform" / "clearcue" / "data" / "rights" / "music21.json"
manifest = json.loads(path.read_text("utf-8"))
manifest["works"].reverse()
path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\\n", "utf-8")
"""
HEAD = """# One training set in two clones

`make evidence NAME=training-set`, commit {commit}, {cores} cores. Two fresh clones of this commit,
each with a home of its own; every file is parsed anew. In the second the rights manifest lists its
works in the opposite order.

| | first clone | second clone |
|---|---|---|
"""


@dataclass(frozen=True)
class Setting:
    """How one clone is run: its environment, on how many cores, with which order of works."""

    environment: dict[str, str]
    cores: frozenset[int]
    turned: bool


def settings() -> tuple[Setting, Setting]:
    """Two settings that differ in everything."""
    every = frozenset(os.sched_getaffinity(0))
    one = {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"}
    other = {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4242"}
    return Setting(one, every, False), Setting(other, frozenset([min(every)]), True)


def clone(folder: Path, setting: Setting) -> Path:
    """A fresh clone of the present commit."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    if setting.turned:
        subprocess.run([sys.executable, "-c", TURN, str(folder)], check=True)
    return folder


def run(code: Path, home: Path, setting: Setting, *arguments: str) -> str:
    """A command of a clone's own code; what it prints."""
    environment = {
        **os.environ, **setting.environment, "CLEARCUE_HOME": str(home),
        "PYTHONPATH": f"{code / 'platform'}{os.pathsep}{code / 'provenance'}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], env=environment, cwd=home.parent, check=True,
        capture_output=True, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, setting.cores),
    )  # fmt: skip
    return done.stdout


def proofs(code: Path, home: Path, setting: Setting, folder: Path) -> tuple[int, int, int]:
    """Every work's proof, checked by the verifier alone: verified, largest size, flips refused."""
    verifier = folder / "clearcue-verify.pyz"
    build = [sys.executable, str(ROOT / "provenance" / "build_pyz.py"), str(verifier)]
    subprocess.run(build, check=True, capture_output=True)
    sets = json.loads(run(code, home, setting, "corpus", "train", "--out", str(folder), "--json"))
    listed = json.loads((folder / "members.json").read_text("utf-8"))["leaves"][1:]
    verified = largest = refused = 0
    for number, leaf in enumerate(listed):
        path = folder / f"{number}.json"
        work = json.loads(leaf)["work_id"]
        run(code, home, setting, "corpus", "prove", work, "--out", str(path))
        verified += check(verifier, home, path) == 0
        data = path.read_bytes()
        largest = max(largest, len(data))
        at = (number * 7919) % len(data)
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        refused += check(verifier, home, path) != 0
    assert verified == sets["works"] == refused
    return verified, largest, refused


def check(verifier: Path, home: Path, path: Path) -> int:
    """The exit code of the verifier, alone and isolated, on a file."""
    trust = ["--trust-root", str(home / "trust-root.json")]
    done = subprocess.run(
        [sys.executable, "-I", str(verifier), str(path), *trust], capture_output=True, check=False
    )
    return done.returncode


def table(settings_: tuple[Setting, ...], made: list[dict[str, Any]], seconds: list[float]) -> str:
    """The rows: what differed, and what came out the same."""
    rows = [
        [name, *(f"`{setting.environment[name]}`" for setting in settings_)]
        for name in ("TZ", "LC_ALL", "PYTHONHASHSEED")
    ]
    rows.append(["cores", *(str(len(setting.cores)) for setting in settings_)])
    rows.append(["order of the works", "as committed", "turned round"])
    for name in ("works", "training_set", "model_sha256", "index_sha256"):
        rows.append([name, *(f"`{one[name]}`" for one in made)])
    rows.append(["seconds", *(f"{one:.0f}" for one in seconds)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    """Run, and write the table."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout.strip()  # fmt: skip
    made, seconds = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, setting in enumerate(settings()):
            code = clone(folder / f"clone-{number}", setting)
            home = folder / f"home-{number}"
            home.mkdir()
            started = time.monotonic()
            made.append(json.loads(run(code, home, setting, "corpus", "train", "--json")))
            seconds.append(time.monotonic() - started)
            print(made[-1]["training_set"], f"{seconds[-1]:.0f} s", flush=True)
        for same in ("works", "training_set", "model_sha256", "index_sha256"):
            assert made[0][same] == made[1][same], same
        (folder / "proofs").mkdir()
        verified, largest, refused = proofs(
            folder / "clone-0", folder / "home-0", settings()[0], folder / "proofs"
        )
    TABLE.write_text(
        HEAD.format(commit=commit, cores=os.cpu_count())
        + table(settings(), made, seconds)
        + f"\nMembership proofs, one a work, each checked by `clearcue-verify.pyz` alone under "
        f"`python -I` with the trust root: {verified} of {verified} verified, the largest has "
        f"{largest} bytes; of the same files with one bit of one byte changed {refused} of "
        f"{verified} were refused.\n"
    )


if __name__ == "__main__":
    main()
