"""C2PA manifests in a track's audio files, as a port: who made the file, and by what means.

The manifest is written when the file is complete and its record signed, and before the file is kept
and listed in the delivery, so that the delivery's digest is that of the file with its manifest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Told:
    """What a manifest says of a track: its title, its id, the record digest and the program."""

    title: str
    track_id: str
    record_digest: str
    program: str


class Manifests(Protocol):
    """Writes manifests."""

    def embed(self, folder: Path, names: Sequence[str], told: Told) -> None:
        """Put a manifest into those of a folder's files that can hold one, the rest unchanged.

        Raises ClearcueError when one cannot be written, or does not read back as trusted.
        """
        ...
