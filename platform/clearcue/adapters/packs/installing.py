"""Taking a pack in, in this order; whatever stops it, the next try goes on from there:

1. the manifest is read, and no other pack has its name or its source;
2. the source's names are compared with the manifest's: what is missing, and any file of the works'
   kinds that is not listed, is refused by name before anything is copied;
3. each file is read once, its hash compared, and the bytes that were hashed are kept; a file that
   is kept already is not read again. One that changed is refused by name;
4. the works are parsed, on all processors, from the bytes that were kept, into the cache;
5. the manifest is written last: now the pack is on the shelf.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from clearcue.adapters.corpus_music21.cache import ParsedCache
from clearcue.adapters.corpus_music21.folder import MAX_CORPUS_FILE_BYTES
from clearcue.adapters.corpus_music21.loading import parsed_works, read_all
from clearcue.adapters.packs.patterns import read_patterns
from clearcue.adapters.packs.shelf import MANIFEST, Shelf, ShelvedPack
from clearcue.adapters.packs.source import Source, open_source, rooted
from clearcue.errors import BadInputError, ClearcueError
from clearcue.files import cannot_write, write_atomically
from clearcue.rights.manifest import Manifest, read_manifest
from clearcue.rights.values import Content
from clearcue.services.platform import Progress

OWN_MANIFEST = "clearcue-manifest.json"
"""What a folder's own rights manifest is called; it need not list itself."""
NAMED = 5
"""How many files a refusal names; it counts the others."""


class PackRefusedError(ClearcueError):
    """A pack with files that are missing, changed or not listed."""


def install(
    name: str, text: bytes, path: Path, shelf: Shelf, cache_folder: Path, taken: Mapping[str, str],
    progress: Progress,
) -> ShelvedPack:  # fmt: skip
    """Take a pack in from a folder or an archive.

    Args:
        name: what the user calls the pack; the manifest's own name.
        text: the manifest's bytes.
        path: the folder or the archive.
        shelf: where it goes.
        cache_folder: where parsed works are kept.
        taken: the sources that are known already, by the names of their manifests.
        progress: told what is being done.

    Raises:
        PackRefusedError: when a file is missing, changed, or not listed; it is named.
        PackSourceError: when the folder or archive cannot be read.
        CorpusFileError: when a file cannot be parsed.
    """
    manifest = _manifest(name, text, taken)  # 1
    place = shelf.place(name)
    wanted = _wanted(manifest)
    with open_source(path) as opened:
        source = rooted(opened, wanted)
        _compare_names(manifest, wanted, source.names())  # 2
        _copy(wanted, source, place / "files", progress)  # 3
    pack = ShelvedPack(name, manifest, place / "files")
    _parse(pack, cache_folder, progress)  # 4
    write_atomically(place / MANIFEST, text)  # 5
    return pack


def _manifest(name: str, text: bytes, taken: Mapping[str, str]) -> Manifest:
    manifest = read_manifest(text, MANIFEST)
    named = {work.work_id.partition(":")[0] for work in manifest.works}
    if named != {name}:
        raise BadInputError(
            f"the manifest lists the works of {', '.join(sorted(named)) or 'nobody'}, not of {name}"
        )
    for other, source in taken.items():
        if other == name or source == manifest.source:
            raise BadInputError(
                f"the works of {other} ({source}) are known already; give the manifest another "
                "name and source"
            )
    return manifest


def _wanted(manifest: Manifest) -> dict[str, str]:
    """Every file's path and SHA-256."""
    files = {work.identity.path: work.identity.sha256 for work in manifest.works}
    beside = manifest.pack.files if manifest.pack is not None else ()
    return files | {file.path: file.sha256 for file in beside}


def _compare_names(manifest: Manifest, wanted: Mapping[str, str], names: frozenset[str]) -> None:
    missing = sorted(set(wanted) - names)
    if missing:
        raise PackRefusedError(f"the pack is refused: {_told(missing)} missing")
    kinds = {PurePosixPath(work.identity.path).suffix.lower() for work in manifest.works}
    alike = (name for name in names if PurePosixPath(name).suffix.lower() in kinds)
    unlisted = sorted(set(alike) - set(wanted) - {OWN_MANIFEST})
    if unlisted:
        raise PackRefusedError(f"the pack is refused: {_told(unlisted)} not listed in its manifest")


def _told(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more} {'is' if len(names) == 1 else 'are'}"


def _copy(wanted: Mapping[str, str], source: Source, folder: Path, progress: Progress) -> None:
    changed = []
    for done, (name, sha256) in enumerate(sorted(wanted.items()), start=1):
        path = folder / name
        if not _is_kept(path, sha256):
            data = source.read(name, MAX_CORPUS_FILE_BYTES)
            if hashlib.sha256(data).hexdigest() != sha256:
                changed.append(name)
                continue
            _keep(path, data)
        progress("verifying the files", done, len(wanted))
    if changed:
        raise PackRefusedError(
            f"the pack is refused: {_told(changed)} not the file that was reviewed"
        )


def _is_kept(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _keep(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path.parent, error) from error
    write_atomically(path, data)


def _parse(pack: ShelvedPack, cache_folder: Path, progress: Progress) -> None:
    manifest = pack.manifest
    found = read_all(manifest.works, {manifest.source: pack.files})
    if manifest.content is Content.SCORES:
        cache = ParsedCache(cache_folder / "parsed")
        for done, _ in enumerate(parsed_works(found, cache), start=1):
            progress("reading the scores", done, len(found))
    elif manifest.content is not None:
        progress("reading the patterns", 0, 1)
        read_patterns(manifest.content, found, cache_folder / "patterns")
