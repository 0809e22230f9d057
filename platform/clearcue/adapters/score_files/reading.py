"""Reading a score file from outside: MIDI, MusicXML, ABC or Humdrum kern.

What arrives is not trusted. In this order:

1. no more than the size limit is read;
2. the kind is told from the bytes, whatever the name says;
3. the bytes are parsed in a process of its own (`child`), with limits on time, memory and files,
   an almost empty environment, no connections, and a temporary folder that is removed afterwards;
4. its answer is unpacked with checks (`packed`).

Whatever goes wrong becomes one `ScoreFileError`, a line with the file's name and what is wrong.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from clearcue.adapters.score_files.child import MIDI, REFUSED
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.names import plain_name
from clearcue.adapters.score_files.packed import PackedWorkError, unpack
from clearcue.adapters.score_files.streams import ABC, KERN, MUSICXML
from clearcue.errors import BadInputError
from clearcue.music.work import ParsedWork

ACCEPTED = "MIDI, MusicXML (.musicxml, .xml, .mxl), ABC or Humdrum kern"
_SNIFFED_BYTES = 65536


class ScoreFileError(BadInputError):
    """A file from outside that cannot be used as a score."""


def read_score_file(
    source: Path | bytes, limits: Limits | None = None, *, name: str | None = None
) -> ParsedWork:
    """Read a score file; the work's id is the file's name.

    Args:
        source: the file, or its bytes.
        limits: what it may cost; the defaults suit a small machine.
        name: what errors call it; the path's last part, or "the file" for bytes, if None.

    Raises:
        ScoreFileError: when it cannot be read, is empty, too large, of no accepted kind, damaged,
            without pitched notes, or costs more than the limits.
    """
    limits = limits or Limits()
    shown = plain_name(name or (source.name if isinstance(source, Path) else "")) or "the file"
    data = read_bytes(source, shown, limits, ACCEPTED)  # 1
    kind = sniff(data)  # 2
    if kind is None:
        raise ScoreFileError(f"{shown}: is no score that can be read; give {ACCEPTED}")
    return _parse_bounded(kind, data, shown, limits)  # 3, 4


def read_bytes(source: Path | bytes, shown: str, limits: Limits, accepted: str) -> bytes:
    """The bytes of a file from outside, no more than its limit. Raises ScoreFileError."""
    if isinstance(source, Path):
        try:
            if not source.is_file():
                problem = "is no file" if source.exists() else "does not exist"
                raise ScoreFileError(f"{shown}: {problem}; give {accepted}")
            with source.open("rb") as file:
                source = file.read(limits.max_file_bytes + 1)
        except OSError as error:
            raise ScoreFileError(f"{shown}: cannot be read: {error.strerror}") from error
    if not source.strip():
        raise ScoreFileError(f"{shown}: is empty; give {accepted}")
    if len(source) > limits.max_file_bytes:
        raise ScoreFileError(f"{shown}: is larger than {limits.max_file_bytes} bytes")
    return source


def sniff(data: bytes) -> str | None:
    """Which kind of score the bytes look like, or None."""
    if data.startswith(b"MThd"):
        return MIDI
    if data.startswith(b"PK\x03\x04"):
        return MUSICXML
    head = data[:_SNIFFED_BYTES]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    else:
        text = head.decode("utf-8-sig", "replace")
    text = text.lstrip()
    if text.startswith("<"):
        return MUSICXML
    if re.search(r"^\*\*(kern|ekern)\b", text, re.MULTILINE):
        return KERN
    if re.search(r"^X:\s*\d", text, re.MULTILINE) and re.search(r"^K:", text, re.MULTILINE):
        return ABC
    return None


def _parse_bounded(kind: str, data: bytes, shown: str, limits: Limits) -> ParsedWork:
    request = json.dumps({"kind": kind, "work_id": shown, "limits": asdict(limits)})
    output = read_in_child(
        "clearcue.adapters.score_files.child", request, data, kind, shown, limits
    )
    try:
        return unpack(output)
    except PackedWorkError as error:
        raise ScoreFileError(f"{shown}: cannot be read as {kind}") from error


def read_in_child(
    module: str, request: str, data: bytes, kind: str, shown: str, limits: Limits
) -> bytes:
    """What a module of ours, run as a bounded process of its own, makes of a file's bytes.

    Raises:
        ScoreFileError: when it refuses, stops, or takes too long.
    """
    with tempfile.TemporaryDirectory(prefix="clearcue-score-") as folder:
        status, output, errors = _run(module, request, data, folder, limits, shown)
    if status == REFUSED:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        raise ScoreFileError(f"{shown}: {lines[-1] if lines else 'cannot be read'}")
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        raise ScoreFileError(f"{shown}: takes more than {limits.cpu_seconds} s to read")
    if status != 0:
        raise ScoreFileError(f"{shown}: cannot be read as {kind}; its reader stopped ({status})")
    return output


def _run(
    module: str, request: str, data: bytes, folder: str, limits: Limits, shown: str
) -> tuple[int, bytes, bytes]:
    command = [sys.executable, "-I", "-m", module, request]
    environment = {
        "HOME": folder, "TMPDIR": folder, "TZ": "UTC", "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own module; the file goes in as data
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=folder, env=environment, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            output, errors = process.communicate(data, timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired as error:
            raise ScoreFileError(
                f"{shown}: takes more than {limits.wall_seconds:g} s to read"
            ) from error
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, output, errors
