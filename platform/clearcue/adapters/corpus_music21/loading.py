"""Loading the cleared corpus: verify, parse what is not cached, and hand over to `rights`.

The work goes on in this order, and stops at the first file that is not as it should be:

1. the manifest and the policy name the works to learn from;
2. each file is read once and its hash compared with the manifest's;
3. its parsed form, or that of a book's tune, comes from the cache, else those very bytes are
   parsed, largest first, in processes of their own (or in this one where none can be started);
4. `rights.clear_corpus` rules on every work again and makes the `ClearedCorpus`.
"""

import multiprocessing
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from threading import Thread

from clearcue.adapters.corpus_music21.cache import ParsedCache
from clearcue.adapters.corpus_music21.folder import (
    CorpusFileError,
    FoundFile,
    corpus_folder,
    read_verified,
)
from clearcue.adapters.score_files.child import MIDI
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.markup import musicxml_text
from clearcue.adapters.score_files.midi_reading import parse_midi
from clearcue.adapters.score_files.packed import pack, unpack
from clearcue.adapters.score_files.streams import ABC, KERN, MUSICXML, parse_text
from clearcue.errors import BadInputError, ClearcueError
from clearcue.music.work import ParsedWork
from clearcue.rights.corpus import (
    ClearedCorpus,
    RightsRefusedError,
    VerifiedFile,
    clear_corpus,
    selected,
)
from clearcue.rights.manifest import Manifest
from clearcue.rights.policy import Policy, rule
from clearcue.rights.values import Permission, Work

Progress = Callable[[int, int, str], None]
"""Told after each work: how many are done, of how many, and the title of the one just done."""

_KINDS = {
    ".mxl": MUSICXML, ".xml": MUSICXML, ".musicxml": MUSICXML, ".abc": ABC, ".krn": KERN,
    ".mid": MIDI, ".midi": MIDI,
}  # fmt: skip


def load_cleared_corpus(
    manifest: Manifest,
    policy: Policy,
    cache_folder: Path,
    *,
    source_folder: Path | None = None,
    folders: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
    processes: int | None = None,
    only: Sequence[str] | None = None,
    withdrawn: Collection[str] = (),
) -> ClearedCorpus:
    """The corpus of all works of a manifest that a policy allows to learn from.

    Args:
        manifest: what is known of the source's works.
        policy: which of them may be learnt from.
        cache_folder: where parsed works are kept; made when missing.
        source_folder: the corpus folder, or None for the installed music21's.
        folders: the folders of packs' files, by their sources.
        progress: told after each work.
        processes: how many parse at once; None for one per processor, 0 or 1 for this process.
        only: ids to restrict the corpus to, or None for all.
        withdrawn: ids that are left out of all; in `only` they are refused.

    Raises:
        CorpusFileError: when a file is missing, is not the reviewed one, or cannot be parsed.
        CacheError: when the cache folder cannot be written.
        RightsRefusedError: when a work in `only` is not listed or may not be learnt from.
    """
    works = selected(manifest, policy)  # 1
    if only is not None:
        works = tuple(_listed(manifest, work_id) for work_id in sorted(set(only)))
    else:
        works = tuple(work for work in works if work.work_id not in withdrawn)
    _refuse_changed(works, policy)
    places = dict(folders or {}) | ({manifest.source: source_folder} if source_folder else {})
    found = read_all(works, places)  # 2
    parsed = parse_all(found, ParsedCache(cache_folder), progress, processes)  # 3
    files = (
        VerifiedFile(
            work.work_id,
            work.identity.sha256,
            replace(parsed[file.key], work_id=work.work_id, title=work.title),
        )
        for work, file in zip(works, found, strict=True)
    )
    return clear_corpus(manifest, policy, files, withdrawn=withdrawn)  # 4


def _refuse_changed(works: Sequence[Work], policy: Policy) -> None:
    """Stop at the first work that may not be learnt from, before anything is parsed."""
    for work in works:
        ruling = rule(work, Permission.TRAIN, policy)
        if not ruling.granted:
            raise RightsRefusedError(work.work_id, ruling.reasons)


def read_all(works: Sequence[Work], folders: Mapping[str, Path]) -> list[FoundFile]:
    """Every work's file, verified, each file read once; `folders` by source, else music21's own.

    Raises:
        CorpusFileError: when one is missing or not the reviewed one.
    """
    data: dict[Path, bytes] = {}
    found = []
    for work in works:
        folder = folders.get(work.identity.source) or corpus_folder()
        path = folder / work.identity.path
        if path not in data:
            data[path] = read_verified(folder, work.identity).data
        found.append(FoundFile(work.identity, data[path]))
    return found


def parse_all(
    found: Sequence[FoundFile],
    cache: ParsedCache,
    progress: Progress | None = None,
    processes: int | None = None,
) -> dict[str, ParsedWork]:
    """What the files hold, by their keys: from the cache, else parsed and cached one by one.

    Raises:
        CorpusFileError: when one cannot be parsed.
        CacheError: when the cache folder cannot be written.
    """
    return {work.work_id: work for work in parsed_works(found, cache, progress, processes)}


def parsed_works(
    found: Sequence[FoundFile],
    cache: ParsedCache,
    progress: Progress | None = None,
    processes: int | None = None,
) -> Iterator[ParsedWork]:
    """As `parse_all`, one by one, so that not all need be held at once."""
    unique = list({file.key: file for file in found}.values())
    for done, work in enumerate(_parsed(unique, cache, processes), start=1):
        yield work
        if progress is not None:
            progress(done, len(unique), work.title)


def _listed(manifest: Manifest, work_id: str) -> Work:
    try:
        return manifest.work(work_id)
    except KeyError as error:
        raise RightsRefusedError(work_id, [f"{manifest.name} does not list it"]) from error


def _parsed(
    found: Sequence[FoundFile], cache: ParsedCache, processes: int | None
) -> Iterator[ParsedWork]:
    """Every file parsed, the cached ones first; the id of each is its key."""
    missing = []
    for file in found:
        work = cache.get(file.key)
        if work is None:
            missing.append(file)
        else:
            yield work
    missing.sort(key=lambda file: (-len(file.data), file.identity.path))
    for work in _parse_all(missing, processes):
        cache.put(work)
        yield work


def _parse_all(files: Sequence[FoundFile], processes: int | None) -> Iterator[ParsedWork]:
    wanted = (os.cpu_count() or 1) if processes is None else processes
    left = {file.key: file for file in files}
    if min(wanted, len(files)) > 1:
        for work in _parse_in_pool(files, min(wanted, len(files))):
            del left[work.work_id]
            yield work
    for file in left.values():
        yield unpack(_parse_packed(*_job(file)))


def _parse_in_pool(files: Sequence[FoundFile], processes: int) -> Iterator[ParsedWork]:
    """Parse in worker processes; ends early, without an error, where they cannot be kept going.

    They are started afresh (not forked), which fails for instance where the main program cannot be
    imported; what they did not parse is left to the caller. When this process is killed, they end.
    """
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(
            processes, mp_context=context, initializer=_end_with_parent
        ) as pool:
            jobs = [pool.submit(_parse_packed, *_job(file)) for file in files]
            try:
                for job in as_completed(jobs):
                    yield unpack(job.result())
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    except (BrokenProcessPool, OSError):
        return


def _end_with_parent() -> None:
    """In a pool's process: end when whoever started it is gone; the pool itself would wait."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, name="lifeline", daemon=True).start()


def _job(file: FoundFile) -> tuple[str, bytes, str, str]:
    kind = _KINDS.get(Path(file.identity.path).suffix)
    if kind is None:
        raise ClearcueError(f"{file.identity.work_id}: no reader for {file.identity.path}")
    tune = file.identity.tune
    data = file.data if tune is None else _tune(file)
    return kind, data, file.key, file.identity.work_id


def _tune(file: FoundFile) -> bytes:
    """One tune's text of an ABC book: what stands before the first tune, and the tune itself."""
    head, *tunes = re.split(rb"(?m)^(?=X:)", file.data)
    number = file.identity.tune or 0
    if Path(file.identity.path).suffix != ".abc" or not 1 <= number <= len(tunes):
        raise CorpusFileError(
            f"{file.identity.work_id} is refused: {file.identity.path} has no tune {number}"
        )
    return head + tunes[number - 1]


def _parse_packed(kind: str, data: bytes, key: str, work_id: str) -> bytes:
    """Parse a verified file in whatever process this is; packed, for the way back."""
    try:
        if kind == MIDI:
            return pack(parse_midi(data, key, Limits()))
        text = musicxml_text(data, Limits()) if kind == MUSICXML else data
        return pack(parse_text(kind, text, key))
    except BadInputError as error:
        raise CorpusFileError(f"{work_id} is refused: it {error}") from error
