"""Named attacks, what refuses them, and every flipped bit: `make evidence NAME=attacks`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "attacks.md"
sys.path.insert(0, str(ROOT / "tests" / "support"))

from attacks import MAIN, SET, attacks  # noqa: E402
from make_provenance_vectors import NOW, cosigned, rooted_root, trust_root  # noqa: E402

from clearcue_provenance.trust import TrustRoot  # noqa: E402
from clearcue_provenance.verify import NamedFile, verify  # noqa: E402

HEAD = """# Attacks on a bundle

`make evidence NAME=attacks`, commit {commit}. Each attack starts from the example that verifies and
changes one thing; the vectors' keys sign where the attack needs a signature of ours.

| attack | first failed check | what the verifier says |
|---|---|---|
"""


def main() -> None:
    """Run every attack and every flip, and write the page."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    rows, refused = [], 0
    for attack in attacks():
        report = attack.run()
        failed = next(check for check in report.checks if check.passed is False)
        refused += not report.verified
        words = failed.message.replace("|", "\\|").replace("\n", " ")
        rows.append(f"| {attack.name} | {failed.check} | {words} |\n")
    plain, witnessed = flips(MAIN, trust_root()), flips(cosigned(MAIN, *_names()), rooted_root())
    TABLE.write_text(
        HEAD.format(commit=commit.stdout.strip())
        + "".join(rows)
        + f"\n{len(rows)} attacks, {refused} refused.\n\n## Every bit of a bundle\n"
        "Each bit of every byte flipped, one at a time.\n\n| bundle | bytes | flips | verified |\n"
        f"|---|---|---|---|\n| the example | {len(MAIN):,} | {plain[0]:,} | {plain[1]} |\n"
        f"| cosigned by two witnesses | {len(cosigned(MAIN, *_names())):,} | {witnessed[0]:,} | "
        f"{witnessed[1]} |\n"
    )
    assert refused == len(rows)
    assert plain[1] == witnessed[1] == 0
    assert SET["bundle.json"] == MAIN


def _names() -> tuple[str, ...]:
    return tuple(witness.name for witness in rooted_root().witnesses)


def flips(main_bundle: bytes, root: TrustRoot) -> tuple[int, int]:
    """How many bits were flipped, and how many bundles verified after that."""
    data, verified = bytearray(main_bundle), 0
    for position in range(len(data)):
        for bit in range(8):
            data[position] ^= 1 << bit
            file = NamedFile("bundle.json", bytes(data))
            verified += verify(file, [], root, NOW).verified
            data[position] ^= 1 << bit
    return 8 * len(data), verified


if __name__ == "__main__":
    main()
