"""What the record says about the sounds: the bank's name, version, licence and digest."""

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

BANK = "clearcue-computed"
BANK_VERSION = "1"
LICENCE = "Apache-2.0"


def bank_manifest() -> dict[str, str]:
    """Name the bank and pin it by a SHA-256 over its code and data files.

    The digest covers, in order of their names, each file's name, length and bytes; every line of
    code that makes sound and every setting is among them.
    """
    digest = hashlib.sha256()
    for name, content in sorted(_contents()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return {
        "bank": BANK,
        "version": BANK_VERSION,
        "licence": LICENCE,
        "source": "computed from code; no recordings",
        "sha256": digest.hexdigest(),
    }


def _contents() -> Iterator[tuple[str, bytes]]:
    yield from _walk(files("clearcue.sound"), "sound", ".py")
    data = files("clearcue.data")
    yield from _walk(data.joinpath("sound"), "data/sound", ".toml")
    for name in ("instruments.toml", "instruments.py"):
        yield f"data/{name}", data.joinpath(name).read_bytes()


def _walk(folder: Traversable, prefix: str, ending: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _walk(entry, name, ending)
        elif entry.name.endswith(ending):
            yield name, entry.read_bytes()
