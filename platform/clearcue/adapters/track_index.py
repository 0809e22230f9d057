"""The fingerprints of the tracks made here, kept in files from one run to the next.

Each segment is one index file in the folder, named by what it holds. Before a comparison the ids of
the stored tracks are read: what came since is fingerprinted, what went is taken out, and nothing
else is touched. Several processes may share the folder: each takes over the files that it finds,
and a file that was removed or does not fit is made again from the stored fingerprints.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from clearcue.originality.index import Index
from clearcue.originality.index_file import (
    IndexFileError,
    IndexMismatchError,
    open_index,
    save_index,
)
from clearcue.originality.segments import Segments
from clearcue.services.fingerprints import read_fingerprint
from clearcue.services.near_tracks import TracksMade
from clearcue.services.ports import Tracks

_SUFFIX = ".index"


class KeptTracks:
    """The track index of a folder; see `services.near_tracks.TrackIndex`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._made = TracksMade({}, Segments())
        self._open: dict[str, Index] = {}

    def up_to_date(self, tracks: Tracks) -> TracksMade:
        """What is stored now.

        Raises:
            OSError: when the folder cannot be written.
        """
        owners = {owner.track_id: owner for owner in tracks.owners()}
        with self._lock:
            if owners.keys() != self._made.owners.keys():
                segments = self._taken_over(owners.keys() | self._made.segments.ids)
                segments = segments.deleted(segments.ids - owners.keys())
                segments = _with_new(segments, tracks, owners.keys() - segments.ids)
                self._keep(segments)
                self._made = TracksMade(owners, segments)
            return self._made

    def _taken_over(self, known: set[str]) -> Segments:
        """The segments on disk that overlap no larger one and hold something that is stored."""
        found: list[Index] = []
        held: set[str] = set()
        paths = sorted(self._folder.glob(f"*{_SUFFIX}"))
        parts = [part for part in map(self._opened, paths) if part is not None]
        for part in sorted(parts, key=lambda one: -len(one.works)):
            ids = {work.work_id for work in part.works}
            if not ids & held and ids & known:
                found.append(part)
                held |= ids
        return Segments(tuple(found))

    def _opened(self, path: Path) -> Index | None:
        if path.name not in self._open:
            try:
                self._open[path.name] = open_index(path)
            except (FileNotFoundError, IndexFileError, IndexMismatchError):
                path.unlink(missing_ok=True)
                return None
        return self._open[path.name]

    def _keep(self, segments: Segments) -> None:
        named = {_name(part): part for part in segments.parts}
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, part in named.items():
            if not (self._folder / name).exists():
                save_index(part, self._folder / name)
        for path in self._folder.glob(f"*{_SUFFIX}"):
            if path.name not in named:
                path.unlink(missing_ok=True)
        self._open = named


def _with_new(segments: Segments, tracks: Tracks, missing: Sequence[str] | set[str]) -> Segments:
    read = [
        read_fingerprint(track.track_id, track.fingerprint)
        for track in tracks.fingerprints(missing)
    ]
    works = [work for work, _ in read]
    return segments.inserted(works, {work.work_id: roles for work, roles in read})


def _name(part: Index) -> str:
    return part.header.corpus_digest.removeprefix("sha256:")[:32] + _SUFFIX
