"""Checking many files: one line of JSON for each, so that a run goes on where it stopped.

A line holds the file's name and SHA-256, what it was compared with (`against`), and its report, or
the error that it cannot be read. A file that has a line already, by name, content and `against`, is
not checked again; when the corpus or the tracks change, `against` does, and all are checked anew. A
last line that was cut off in the middle of writing is left out and its file checked again.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from clearcue.errors import BadInputError
from clearcue.originality.check import method_of
from clearcue.originality.report import VERDICTS
from clearcue.services.checking import check_upload
from clearcue.services.hearing import method as hearing_method
from clearcue.services.platform import Platform, Progress
from clearcue.services.stored import Organisation
from clearcue.services.training import cleared

UNREADABLE = "unreadable"
BATCH_VERSION = 1
_READ_AT_ONCE = 1 << 20


class Source(Protocol):
    """A file of a batch."""

    @property
    def name(self) -> str:
        """Its path within the batch."""
        ...

    def opened(self) -> IO[bytes]:
        """Its content. Raises BadInputError when it is too large or cannot be read."""
        ...

    def held(self) -> Any:
        """A context in which it lies at a path of its own."""
        ...


@dataclass(frozen=True, slots=True)
class Summary:
    """How many files came out how, how many of them in this run, and the worst verdict."""

    files: int
    checked_now: int
    counts: Mapping[str, int]
    worst: str


def check_batch(
    platform: Platform,
    organisation: Organisation,
    sources: Iterable[Source],
    total: int,
    out: Path,
    progress: Progress,
) -> Summary:
    """Check every file and add its line to a file of JSON lines.

    Raises:
        OSError: when the lines cannot be written.
        BadInputError: when the file of lines is another's.
    """
    against = _against(platform, progress)
    done = {(line["file"], line["sha256"]): line for line in _whole_lines(out, against)}
    seen: list[dict[str, Any]] = []
    checked = 0
    with out.open("a", encoding="utf-8") as lines:
        for line in _lines(platform, organisation, sources, against, done):
            if (line["file"], line["sha256"]) not in done:
                lines.write(json.dumps(line, ensure_ascii=False) + "\n")
                lines.flush()
                checked += 1
            seen.append(line)
            progress("checking", len(seen), total)
    counts = Counter(_outcome(line) for line in seen)
    verdicts = [outcome for outcome in counts if outcome in VERDICTS]
    worst = max(verdicts, key=VERDICTS.index, default="")
    return Summary(len(seen), checked, dict(sorted(counts.items())), worst)


def _outcome(line: Mapping[str, Any]) -> str:
    return str(line["report"]["verdict"]) if "report" in line else UNREADABLE


def _against(platform: Platform, progress: Progress) -> str:
    """Names all that a report depends on: the index, the tracks, the method."""
    index = platform.library.index(cleared(platform, progress), progress)
    with platform.units.read() as unit:
        tracks = [owner.track_id for owner in unit.tracks.owners()]
    plain = [index.header.corpus_digest, method_of(index), hearing_method(), tracks, BATCH_VERSION]
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _whole_lines(out: Path, against: str) -> Iterator[dict[str, Any]]:
    """The lines of an earlier run that still hold; a cut last line is taken off the file."""
    if not out.exists():
        return
    data = out.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        os.truncate(out, len(whole))
    for text in whole.splitlines():
        try:
            line = json.loads(text)
            fits = line["against"] == against
        except (ValueError, KeyError, TypeError) as error:
            raise BadInputError(
                f"{out} holds something else than the lines of a batch; name another file"
            ) from error
        if fits:
            yield line


def _lines(
    platform: Platform,
    organisation: Organisation,
    sources: Iterable[Source],
    against: str,
    done: Mapping[tuple[str, str], dict[str, Any]],
) -> Iterator[dict[str, Any]]:
    """A line for each file as it is ready; a few files are read at the same time."""
    workers = os.cpu_count() or 1
    waiting: set[Future[dict[str, Any]]] = set()
    with ThreadPoolExecutor(workers) as pool:
        for source in sources:
            waiting.add(pool.submit(_line, platform, organisation, source, against, done))
            if len(waiting) >= 2 * workers:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        yield from (future.result() for future in waiting)


def _line(
    platform: Platform,
    organisation: Organisation,
    source: Source,
    against: str,
    done: Mapping[tuple[str, str], dict[str, Any]],
) -> dict[str, Any]:
    line: dict[str, Any] = {"file": source.name, "sha256": "", "against": against}
    try:
        with source.opened() as content:
            line["sha256"] = _sha256(content)
        if (source.name, line["sha256"]) in done:
            return done[source.name, line["sha256"]]
        with source.held() as path:
            line["report"] = check_upload(platform, organisation, path, _silent)
    except BadInputError as error:
        line["error"] = str(error)
    return line


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := content.read(_READ_AT_ONCE):
        digest.update(block)
    return digest.hexdigest()


def _silent(stage: str, done: int, total: int) -> None:
    """Progress of one file among many, which nobody reads."""
