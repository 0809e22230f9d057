"""A work that influenced a track is withdrawn: `make evidence NAME=withdrawal`.

The whole corpus, a new home, and the commands that a person types; only the cache of parsed works
is taken from $CLEARCUE_HOME where there is one.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "evidence" / "withdrawal.md"
RUN = "import sys; from clearcue.cli.main import main; sys.exit(main())"
BRIEF = ["--mood", "uplifting", "--usage", "ad", "--seconds", "30", "--seed", "7"]


class Session:
    """Commands in one folder, written down with what they print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command that must end with this exit code."""
        done = subprocess.run(
            [sys.executable, "-c", RUN, *arguments], cwd=self.folder, check=False,
            env={**os.environ, "CLEARCUE_HOME": str(self.folder / "home")}, capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout

    def show(self, *arguments: str, keep: int = 40, code: int = 0) -> None:
        """Run a command and write down the first lines of what it prints."""
        lines = self.run(*arguments, code=code).rstrip().split("\n")
        quoted = " ".join(f"'{one}'" if " " in one else one for one in arguments)
        more = [f"... {len(lines) - keep} more lines"] if len(lines) > keep else []
        self.told += ["```", f"$ clearcue {quoted}", *lines[:keep], *more, "```", ""]
        print("\n".join(lines[:keep]), flush=True)

    def json(self, *arguments: str) -> Any:
        """Run a command with --json."""
        return json.loads(self.run(*arguments, "--json"))

    def say(self, *lines: str) -> None:
        """Words between the commands."""
        self.told += [*lines, ""]


def fresh_home(folder: Path) -> None:
    """A home with the parsed corpus, if this machine has one."""
    (folder / "home").mkdir()
    cache = Path(os.environ.get("CLEARCUE_HOME", "/nowhere")) / "cache"
    if cache.is_dir():
        (folder / "home" / "cache").symlink_to(cache.resolve(), target_is_directory=True)


def most_influential(folder: Path) -> str:
    """The work with the largest share of the track in a folder, as its record says."""
    envelope = json.loads((folder / "record.json").read_bytes())
    predicate = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    shares: defaultdict[str, Fraction] = defaultdict(Fraction)
    for part in predicate["influence"]["parts"]:
        for source in part["sources"]:
            if source["kind"] == "work":
                shares[source["work"]] += Fraction(source["share"])
    return max(sorted(shares), key=lambda work: shares[work])


def walk(session: Session) -> None:
    """The whole way, with what must hold at each step."""
    before = session.json("make", *BRIEF, "--out", "before")
    work = most_influential(session.folder / "before")
    session.say(
        "## Before",
        f"`clearcue make {' '.join(BRIEF)}` made track {before['track_id']} from the training set",
        f"`{before['training_set']}`, decoded samples `{before['pcm_sha256']}`.",
        f"The work with the largest share of it is `{work}`.",
    )
    used = session.json("corpus", "used", "--title", work)["works"][0]
    assert used["id"] == work
    assert used["tracks"][0]["percent"] > 0
    session.show("corpus", "used", "--title", work)
    session.show("corpus", "prove", work, "--out", "membership.json")
    session.show("verify", "membership.json", "before/bundle.json")
    session.say("## The withdrawal")
    session.show(
        "corpus", "withdraw", work, "--who", "Example Estate", "--why",
        "An example: the edition was not theirs to give.", "--out", "withdrawal.json",
    )  # fmt: skip
    session.say("Done again, the first notice comes back:")
    session.show("corpus", "withdraw", work, "--who", "Somebody", "--why", "again", keep=1)
    session.say("## After")
    session.show("licence", "show")
    session.say("The record, the licence, the delivery and the notice from before still verify:")
    session.show(
        "verify", "before/bundle.json", "before/track.wav", "before/licence.json",
        "before/delivery.json",
    )  # fmt: skip
    session.show("verify", "withdrawal.json", "membership.json", "before/bundle.json")
    after = session.json("make", *BRIEF, "--out", "after", "--no-licence")
    assert after["training_set"] != before["training_set"]
    assert work not in (session.folder / "after" / "lineage.json").read_text("utf-8")
    assert after["pcm_sha256"] != before["pcm_sha256"]
    session.say(
        f"The same brief and seed now make track {after['track_id']} from the training set",
        f"`{after['training_set']}`, decoded samples `{after['pcm_sha256']}`; the work is in none",
        "of its events' sources. The old proof stands, and there is none for the new set:",
    )
    session.run("corpus", "prove", work, "--set", after["training_set"], "--out", "no.json", code=2)
    session.show("corpus", "train")
    session.show("corpus", "used", "--title", work)


def main() -> None:
    """Run, and write the page."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout.strip()  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        session = Session(Path(name))
        fresh_home(session.folder)
        walk(session)
    head = [
        "# A work is withdrawn",
        f"`make evidence NAME=withdrawal`, commit {commit}, {os.cpu_count()} cores, the default",
        "policy's whole corpus, a new home. Nobody withdrew this work: it stands for one.",
        "",
    ]
    PAGE.write_text("\n".join([*head, *session.told]).rstrip() + "\n")


if __name__ == "__main__":
    main()
