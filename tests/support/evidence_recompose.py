"""Tracks composed again from their bundles in fresh clones: `make evidence NAME=recompose`.

DATA names a folder whose parsed corpus is shared by the homes; without it each parses its own. Ten
minutes with it, on two cores.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "recompose.md"
RUN = "import sys; from clearcue.cli.main import main; sys.exit(main())"
BRIEFS = (
    ("--mood", "uplifting", "--usage", "ad", "--seconds", "15", "--seed", "7"),
    ("--mood", "tense", "--usage", "film", "--seconds", "30", "--seed", "11", "--loudness", "-23"),
    ("--mood", "calm", "--usage", "podcast", "--seconds", "20", "--seed", "3", "--tempo", "80"),
)
OLD_BRIEF = ("--mood", "playful", "--usage", "social", "--seconds", "12", "--seed", "5")
HEAD = """# Tracks composed again from their bundles

`make evidence NAME=recompose`, commit {commit}. Each track is made in one clone and one home, and
composed again in another fresh clone with a fresh home, from its `bundle.json` and the maker's
trust root alone: `clearcue verify --recompose bundle.json --trust-root FILE`.

| brief | engine | score.mid, stated | found | score | samples |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Make, compose again, and write the page."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        makers = clone(folder / "maker", "HEAD")
        auditors = clone(folder / "auditor", "HEAD")
        rows = [present(folder, makers, auditors, number) for number in range(len(BRIEFS))]
        older = released(folder, auditors)
    TABLE.write_text(HEAD.format(commit=commit.stdout.strip()) + "".join(rows) + older)


def present(folder: Path, makers: Path, auditors: Path, number: int) -> str:
    """The row of a track of this engine."""
    home, fresh = new_home(folder / f"home-{number}"), new_home(folder / f"fresh-{number}")
    out = folder / f"track-{number}"
    run(makers, home, "make", *BRIEFS[number], "--no-licence", "--out", str(out), "--json")
    code, report = recomposed(auditors, fresh, home, out / "bundle.json")
    found = {one["what"]: one for one in report["recomposition"]["comparisons"]}
    score = found["score.mid"]
    sounds = {one["outcome"] for what, one in found.items() if what.endswith(".pcm")}
    assert (code, score["outcome"], sounds) == (0, "same", {"same"}), report
    print(f"track {number}: the same", flush=True)
    return (
        f"| `{' '.join(BRIEFS[number])}` | {found['engine version']['found']} | "
        f"`{score['stated'][:16]}` | `{score['found'][:16]}` | {score['outcome']} | "
        f"{', '.join(sorted(sounds))} |\n"
    )


def released(folder: Path, auditors: Path) -> str:
    """A record of the release before: named by this program, and composed again by that release."""
    names = json.loads(
        run(auditors, folder, code="import json; from dataclasses import asdict; "
            "from clearcue.data.releases import releases; "
            "print(json.dumps({name: asdict(one) for name, one in releases().items()}))")
    )  # fmt: skip
    engine, release = max(names.items(), key=lambda entry: int(entry[0]))
    old = clone(folder / "release", release["commit"])
    home, again = new_home(folder / "old-home"), new_home(folder / "old-again")
    out, second = folder / "old-track", folder / "old-second"
    run(old, home, "make", *OLD_BRIEF, "--no-licence", "--out", str(out), "--json")
    code, report = recomposed(auditors, new_home(folder / "old-fresh"), home, out / "bundle.json")
    advice = report["recomposition"]["advice"]
    assert (code, report["verified"]) == (1, True)
    assert f"release {release['tag']} (commit {release['commit']})" in advice
    asked = advice.split("`clearcue ")[1].split("`")[0].replace("again", str(second), 1).split()
    run(old, again, *asked)
    same = (out / "score.mid").read_bytes() == (second / "score.mid").read_bytes()
    assert same
    print("the release before: the same", flush=True)
    return f"""
## A record of the release before
A track made by {release["tag"]} (commit `{release["commit"][:12]}`, engine version {engine}), its
record verified by this program: `verified`, exit code 1, and the answer

> {advice}

That command, run in a clone of that commit with a fresh home, gave the same `score.mid`, byte for
byte.
"""


def clone(folder: Path, commit: str) -> Path:
    """A fresh clone at a commit."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    subprocess.run(["git", "checkout", "--quiet", commit], cwd=folder, check=True)
    return folder


def new_home(folder: Path) -> Path:
    """A fresh home, with the shared parsed corpus where there is one."""
    folder.mkdir(mode=0o700)
    shared = os.environ.get("CLEARCUE_EVIDENCE_DATA")
    if shared:
        (folder / "cache").symlink_to(Path(shared).resolve() / "cache")
    return folder


def recomposed(source: Path, fresh: Path, maker: Path, bundle: Path) -> tuple[int, Any]:
    """Exit code and report of `verify --recompose` in a fresh home."""
    done = start(
        source, fresh, ["verify", "--recompose", str(bundle), "--json", "--trust-root",
                        str(maker / "trust-root.json")], RUN,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def run(source: Path, home: Path, *arguments: str, code: str = RUN) -> str:
    """A command of a clone's own code; what it prints."""
    done = start(source, home, [*arguments], code)
    assert done.returncode == 0, done.stderr
    return done.stdout


def start(
    source: Path, home: Path, arguments: list[str], code: str
) -> subprocess.CompletedProcess[str]:
    """Run a clone's code in a home."""
    environment = {
        **os.environ,
        "CLEARCUE_HOME": str(home),
        "PYTHONPATH": f"{source / 'platform'}{os.pathsep}{source / 'provenance'}",
    }
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, cwd=home.parent,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
