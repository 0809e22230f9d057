"""Loading the cleared corpus: verify, parse what is not cached, and hand over to `rights`.

The work goes on in this order, and stops at the first file that is not as it should be:

1. the policy names the works that may be learnt from;
2. each file is read once and its hash compared with the manifest's;
3. its parsed form comes from the cache, else those very bytes are parsed, largest file first, in
   processes of their own (or in this one where none can be started);
4. `rights.clear_corpus` rules on every work again and makes the `ClearedCorpus`.
"""

import multiprocessing
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from clearcue.adapters.corpus_music21.cache import ParsedCache
from clearcue.adapters.corpus_music21.folder import (
    CorpusFileError,
    FoundFile,
    corpus_folder,
    read_verified,
)
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.markup import musicxml_text
from clearcue.adapters.score_files.packed import pack, unpack
from clearcue.adapters.score_files.streams import ABC, KERN, MUSICXML, parse_text
from clearcue.errors import BadInputError, ClearcueError
from clearcue.music.work import ParsedWork
from clearcue.rights.corpus import (
    ClearedCorpus,
    RightsRefusedError,
    VerifiedFile,
    clear_corpus,
    trainable,
)
from clearcue.rights.manifest import Manifest
from clearcue.rights.policy import Policy
from clearcue.rights.values import Work

Progress = Callable[[int, int, str], None]
"""Told after each work: how many are done, of how many, and the title of the one just done."""

_KINDS = {".mxl": MUSICXML, ".xml": MUSICXML, ".musicxml": MUSICXML, ".abc": ABC, ".krn": KERN}


def load_cleared_corpus(
    manifest: Manifest,
    policy: Policy,
    cache_folder: Path,
    *,
    source_folder: Path | None = None,
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
        progress: told after each work.
        processes: how many parse at once; None for one per processor, 0 or 1 for this process.
        only: ids to restrict the corpus to, or None for all.
        withdrawn: ids that are left out of all; in `only` they are refused.

    Raises:
        CorpusFileError: when a file is missing, is not the reviewed one, or cannot be parsed.
        CacheError: when the cache folder cannot be written.
        RightsRefusedError: when a work in `only` is not listed or may not be learnt from.
    """
    works = trainable(manifest, policy)  # 1
    if only is not None:
        works = tuple(_listed(manifest, work_id) for work_id in sorted(set(only)))
    else:
        works = tuple(work for work in works if work.work_id not in withdrawn)
    folder = source_folder or corpus_folder()
    found = [read_verified(folder, work.identity) for work in works]  # 2
    parsed: dict[str, ParsedWork] = {}
    titles = {work.identity.sha256: work.title for work in works}
    for work in _parsed(found, ParsedCache(cache_folder), processes):  # 3
        parsed[work.work_id] = work
        if progress is not None:
            progress(len(parsed), len(works), titles[work.work_id])
    files = [_verified(work, parsed) for work in works]
    return clear_corpus(manifest, policy, files, withdrawn=withdrawn)  # 4


def _listed(manifest: Manifest, work_id: str) -> Work:
    try:
        return manifest.work(work_id)
    except KeyError as error:
        raise RightsRefusedError(work_id, [f"{manifest.name} does not list it"]) from error


def _verified(work: Work, parsed: dict[str, ParsedWork]) -> VerifiedFile:
    sha256 = work.identity.sha256
    named = replace(parsed[sha256], work_id=work.work_id, title=work.title)
    return VerifiedFile(work.work_id, sha256, named)


def _parsed(
    found: Sequence[FoundFile], cache: ParsedCache, processes: int | None
) -> Iterator[ParsedWork]:
    """Every file parsed, the cached ones first; the id of each is its file's hash."""
    missing = []
    for file in found:
        work = cache.get(file.identity.sha256)
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
    left = {file.identity.sha256: file for file in files}
    if min(wanted, len(files)) > 1:
        for work in _parse_in_pool(files, min(wanted, len(files))):
            del left[work.work_id]
            yield work
    for file in left.values():
        yield unpack(_parse_packed(*_job(file)))


def _parse_in_pool(files: Sequence[FoundFile], processes: int) -> Iterator[ParsedWork]:
    """Parse in worker processes; ends early, without an error, where they cannot be kept going.

    They are started afresh (not forked), which fails for instance where the main program cannot be
    imported; what they did not parse is left to the caller.
    """
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            jobs = [pool.submit(_parse_packed, *_job(file)) for file in files]
            try:
                for job in as_completed(jobs):
                    yield unpack(job.result())
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    except (BrokenProcessPool, OSError):
        return


def _job(file: FoundFile) -> tuple[str, bytes, str, str]:
    kind = _KINDS.get(Path(file.identity.path).suffix)
    if kind is None:
        raise ClearcueError(f"{file.identity.work_id}: no reader for {file.identity.path}")
    return kind, file.data, file.identity.sha256, file.identity.work_id


def _parse_packed(kind: str, data: bytes, sha256: str, work_id: str) -> bytes:
    """Parse a verified file in whatever process this is; packed, for the way back."""
    try:
        text = musicxml_text(data, Limits()) if kind == MUSICXML else data
        return pack(parse_text(kind, text, sha256))
    except BadInputError as error:
        raise CorpusFileError(f"{work_id} is refused: it {error}") from error
