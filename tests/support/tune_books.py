"""Melodies to measure the originality check on: the tune books of music21, or a caller's folder.

The books (Aird, O'Neill, Ryan, the Essen collection) are used for measuring only; nothing of them
is kept in the repository. A family is what a label file says, or the tunes of one title: what two
tunes of one family share is no false match. Parsed melodies are kept below a cache folder, book by
book, so that a run that was cut off goes on where it stopped.
"""

import csv
import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from clearcue.adapters.corpus_music21.folder import corpus_folder
from clearcue.adapters.score_files.child import MIDI
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.markup import musicxml_text
from clearcue.adapters.score_files.midi_reading import parse_midi
from clearcue.adapters.score_files.packed import pack, unpack
from clearcue.adapters.score_files.reading import sniff
from clearcue.adapters.score_files.streams import ABC, MUSICXML, PARSER_VERSION, parse_text
from clearcue.errors import BadInputError, ClearcueError
from clearcue.files import write_atomically
from clearcue.music.work import ParsedWork

BOOKS = ("airdsAirs", "essenFolksong", "oneills1850", "ryansMammoth")
REPEATING = ("test", "variant")
LABELS = "families.csv"
_NO_FAMILY = frozenset(("", "untitled", "reel", "jig", "hornpipe", "song", "dance", "air"))
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody and its family."""

    work: ParsedWork
    family: str


def book_tunes(cache: Path) -> list[Tune]:
    """Every tune of the books that music21 can read, in the order of book, file and number.

    The Essen collection's test files are left out: they repeat tunes of its other files.
    """
    folder = corpus_folder()
    found: list[Tune] = []
    for path in sorted(path for book in BOOKS for path in (folder / book).glob("*.abc")):
        if path.name.startswith(REPEATING):
            continue
        for work in _book(path, path.relative_to(folder).as_posix(), cache):
            found.append(Tune(work, _by_title(work)))
    return found


def folder_tunes(folder: Path) -> list[Tune]:
    """Every melody of a folder; one that cannot be read is named on standard error and left out.

    Families come from `families.csv` (columns file, family) in the folder; a file that it does not
    name is a family of its own.
    """
    labels = _labels(folder / LABELS)
    found: list[Tune] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == LABELS or name.startswith("."):
            continue
        try:
            work = _parsed(path.read_bytes(), name)
        except ClearcueError as error:
            print(f"{name}: {error}", file=sys.stderr)
            continue
        found.append(Tune(replace(work, work_id=name), labels.get(name, name)))
    return found


def _labels(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["file"]: row["family"] for row in csv.DictReader(file)}


def _parsed(data: bytes, name: str) -> ParsedWork:
    kind = sniff(data)
    if kind is None:
        raise BadInputError("is no score")
    if kind == MIDI:
        return parse_midi(data, name, Limits())
    return parse_text(kind, musicxml_text(data, Limits()) if kind == MUSICXML else data, name)


def _book(path: Path, name: str, cache: Path) -> list[ParsedWork]:
    kept = cache / f"{name.replace('/', '-')}-r{PARSER_VERSION}.tunes"
    if not kept.exists():
        works = list(_read_book(path.read_bytes(), name))
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(kept, b"".join(map(_framed, works)))
        print(f"{name}: {len(works)} tunes", file=sys.stderr)
    return list(_unframed(kept.read_bytes()))


def _read_book(data: bytes, name: str) -> Iterator[ParsedWork]:
    head, *tunes = re.split(rb"(?m)^(?=X:)", data)
    for number, tune in enumerate(tunes, start=1):
        try:
            work = parse_text(ABC, head + tune, f"{name}#{number}")
        except BadInputError:
            continue
        if work.lines:
            yield work


def _framed(work: ParsedWork) -> bytes:
    data = pack(work)
    return len(data).to_bytes(_LENGTH_BYTES, "little") + data


def _unframed(data: bytes) -> Iterator[ParsedWork]:
    at = 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "little")
        yield unpack(data[start:at])


def _by_title(work: ParsedWork) -> str:
    """A title without case, accents, articles and numbers; the id where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", work.title).encode("ascii", "ignore").decode().lower()
    words = [word for word in re.findall(r"[a-z]+", plain) if word not in ("the", "a", "an")]
    title = " ".join(words)
    return work.work_id if title in _NO_FAMILY else title


def main(argv: Sequence[str]) -> int:
    """Parse the books into a cache folder and say how many tunes there are."""
    tunes = book_tunes(Path(argv[0]))
    families = {tune.family for tune in tunes}
    print(f"{len(tunes)} tunes of {len(families)} families")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
