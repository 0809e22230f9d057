"""The shelf: packs that were taken in, each in a folder of its name below `packs/` of the home.

A pack is there once its `manifest.json` is, which is written last; its files lie in `files/`. Known
packs' manifests come with Clearcue.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from clearcue.errors import ClearcueError
from clearcue.rights.manifest import Manifest, read_manifest

MANIFEST = "manifest.json"


class PackError(ClearcueError):
    """A pack on the shelf that cannot be read."""


@dataclass(frozen=True, slots=True)
class ShelvedPack:
    """A pack on the shelf: its name, its manifest, and the folder of its files."""

    name: str
    manifest: Manifest
    files: Path


def known_packs() -> tuple[str, ...]:
    """The names of the packs whose manifests come with Clearcue."""
    folder = resources.files("clearcue") / "data" / "rights" / "packs"
    return tuple(sorted(path.name.removesuffix(".json") for path in folder.iterdir()))


@cache
def known_manifest(name: str) -> Manifest:
    """The manifest of a known pack."""
    path = resources.files("clearcue") / "data" / "rights" / "packs" / f"{name}.json"
    return read_manifest(path.read_bytes(), f"{name}.json")


def known_text(name: str) -> bytes:
    """The bytes of a known pack's manifest."""
    path = resources.files("clearcue") / "data" / "rights" / "packs" / f"{name}.json"
    return path.read_bytes()


class Shelf:
    """The packs below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, name: str) -> Path:
        """The folder of a pack of that name, there or not."""
        return self._folder / name

    def names(self) -> tuple[str, ...]:
        """The names of the packs that are there, sorted."""
        return tuple(sorted(path.parent.name for path in self._folder.glob(f"*/{MANIFEST}")))

    def pack(self, name: str) -> ShelvedPack:
        """The pack of that name.

        A known pack is read by the manifest that comes with Clearcue, so that a decision that was
        revised holds at once; the files must be those that it lists.

        Raises:
            PackError: when it is not there or cannot be read.
        """
        place = self.place(name)
        try:
            text = (place / MANIFEST).read_bytes()
        except OSError as error:
            raise PackError(
                f"there is no pack {name!r} on the shelf; `clearcue corpus add` takes one in"
            ) from error
        if name in known_packs():
            manifest = known_manifest(name)
        else:
            manifest = read_manifest(text, f"of the pack {name}")
        return ShelvedPack(name, manifest, place / "files")

    def packs(self) -> tuple[ShelvedPack, ...]:
        """Every pack, by name."""
        return tuple(self.pack(name) for name in self.names())
