"""An index in one file: a JSON header and the arrays behind it, to be mapped into memory.

Layout: `MAGIC`; the header's length as 8 bytes, little-endian; the header, UTF-8 JSON (how the
index was made, of what, its works and voices, and each array's name, type, shape and offset); the
arrays, little-endian, each at a multiple of 64 bytes after the header. The file is written beside
its place and moved there whole, so that no reader sees half of one.
"""

import hashlib
import json
import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from clearcue.errors import ClearcueError
from clearcue.originality.index import (
    Header,
    Index,
    SortedBands,
    VoiceEntry,
    WorkEntry,
    method,
)
from clearcue.originality.rarity import Counts, Rarity

MAGIC = b"CLEARCUE-INDEX\n\x00"
_ALIGNMENT = 64
_LARGEST_HEADER = 1 << 30
_TYPES = ("<i4", "<i8", "<u8", "<f8")
_PLAIN_ARRAYS = (
    "onsets",
    "pitches",
    "tokens",
    "window_notes",
    "window_voices",
    "turn_keys",
    "turn_rows",
    "bar_onsets",
    "bar_numbers",
)


class IndexFileError(ClearcueError):
    """The file is no index, or is damaged or cut short; the index is to be built again."""


class IndexMismatchError(ClearcueError):
    """The index was made otherwise than this program makes one, or of other works.

    `field` names what differs; `found` and `wanted` are its values.
    """

    def __init__(self, field: str, found: object, wanted: object) -> None:
        """Say which field differs and what to do."""
        self.field = field
        self.found = found
        self.wanted = wanted
        super().__init__(
            f"the fingerprint index has {field} {found}, but {wanted} is needed: build it again"
        )


def save_index(index: Index, path: Path) -> None:
    """Write an index to a file, whole or not at all.

    Raises:
        OSError: when the folder cannot be written to or the disk is full; the path is untouched.
    """
    header, arrays = _laid_out(index)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            file.write(header)
            _write_arrays(file, arrays)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def index_sha256(index: Index) -> str:
    """The SHA-256 of the file that `save_index` writes, in hex."""
    header, arrays = _laid_out(index)
    seen = hashlib.sha256(header)
    for array in arrays.values():
        seen.update(array.tobytes())
        seen.update(b"\0" * (-array.nbytes % _ALIGNMENT))
    return seen.hexdigest()


def _laid_out(index: Index) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """All that comes before the arrays, and the arrays in the order of the file."""
    arrays = {name: _little_endian(array) for name, array in _arrays(index).items()}
    table, size = _table(arrays)
    plain = {
        "header": asdict(index.header),
        "works": [asdict(work) for work in index.works],
        "voices": [asdict(voice) for voice in index.voices],
        "arrays": table,
        "size": size,
    }
    header = json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()
    header += b" " * (-(len(MAGIC) + 8 + len(header)) % _ALIGNMENT)
    return MAGIC + len(header).to_bytes(8, "little") + header, arrays


def open_index(path: Path, *, corpus_digest: str | None = None) -> Index:
    """Map an index from a file.

    Args:
        corpus_digest: the set of works that it must have been made of, when given.

    Raises:
        FileNotFoundError: when there is no such file.
        IndexFileError: when it is no index or not whole.
        IndexMismatchError: when it was made by another method or of another set; names which.
    """
    try:
        plain, start = _read_header(path)
        _refuse_mismatch(plain["header"], corpus_digest)
        if path.stat().st_size != start + plain["size"]:
            raise IndexFileError(f"the fingerprint index {path.name} is cut short: build it again")
        mapped = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)
        arrays = {entry["name"]: _view(mapped, start, entry) for entry in plain["arrays"]}
        return _index(plain, arrays)
    except (KeyError, TypeError, ValueError) as error:
        message = f"the fingerprint index {path.name} is damaged: build it again"
        raise IndexFileError(message) from error


def _arrays(index: Index) -> dict[str, NDArray[Any]]:
    """Every array of an index by the name it has in the file."""
    arrays: dict[str, NDArray[Any]] = {name: getattr(index, name) for name in _PLAIN_ARRAYS}
    arrays["bands"] = index.bands.entries
    for kind in ("orders", "melodic"):
        for order, counts in enumerate(getattr(index.rarity, kind), start=1):
            for field in fields(Counts):
                arrays[f"{kind}{order}.{field.name}"] = getattr(counts, field.name)
    return arrays


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))


def _table(arrays: dict[str, NDArray[Any]]) -> tuple[list[dict[str, object]], int]:
    """Where each array lies after the header, and the size of them all."""
    table: list[dict[str, object]] = []
    offset = 0
    for name, array in arrays.items():
        kind = array.dtype.newbyteorder("<").str
        table.append({"name": name, "type": kind, "shape": list(array.shape), "offset": offset})
        offset += array.nbytes + -array.nbytes % _ALIGNMENT
    return table, offset


def _write_arrays(file: BinaryIO, arrays: dict[str, NDArray[Any]]) -> None:
    for array in arrays.values():
        file.write(array.tobytes())
        file.write(b"\0" * (-array.nbytes % _ALIGNMENT))


def _read_header(path: Path) -> tuple[dict[str, Any], int]:
    """The header, and where the arrays start."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise IndexFileError(f"{path.name} is no fingerprint index")
        length = int.from_bytes(file.read(8), "little")
        if length > min(_LARGEST_HEADER, path.stat().st_size):
            raise IndexFileError(f"the fingerprint index {path.name} is damaged: build it again")
        return json.loads(file.read(length)), len(MAGIC) + 8 + length


def _refuse_mismatch(header: dict[str, object], corpus_digest: str | None) -> None:
    for field, wanted in method().items():
        if header.get(field) != wanted:
            raise IndexMismatchError(field, header.get(field), wanted)
    if corpus_digest is not None and header["corpus_digest"] != corpus_digest:
        raise IndexMismatchError("corpus_digest", header["corpus_digest"], corpus_digest)


def _view(mapped: NDArray[np.uint8], start: int, entry: dict[str, Any]) -> NDArray[Any]:
    """One array of the file, mapped, not copied."""
    if entry["type"] not in _TYPES:
        raise ValueError(entry["type"])
    kind = np.dtype(entry["type"])
    size = int(np.prod(entry["shape"], dtype=np.int64)) * kind.itemsize
    raw = mapped[start + entry["offset"] : start + entry["offset"] + size]
    array: NDArray[Any] = raw.view(kind).reshape(entry["shape"])
    return array


def _index(plain: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Index:
    return Index(
        header=Header(**plain["header"]),
        works=tuple(WorkEntry(**work) for work in plain["works"]),
        voices=tuple(VoiceEntry(**voice) for voice in plain["voices"]),
        bands=SortedBands(arrays["bands"]),
        rarity=Rarity(_counts("orders", arrays), _counts("melodic", arrays)),
        **{name: arrays[name] for name in _PLAIN_ARRAYS},
    )


def _counts(kind: str, arrays: dict[str, NDArray[Any]]) -> tuple[Counts, ...]:
    return tuple(
        Counts(**{field.name: arrays[f"{kind}{order}.{field.name}"] for field in fields(Counts)})
        for order in (1, 2, 3)
    )
