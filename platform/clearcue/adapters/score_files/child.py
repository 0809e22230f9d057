"""The parser process: reads a score file's bytes on its input, writes a packed work.

Started by `reading` as `python -I -m clearcue.adapters.score_files.child`, with one argument of
JSON: the kind, the work's id and the limits. Ends with 0 and the packed work on its output, or with
`REFUSED` and one line on its error output. Steps, before a byte of the file is looked at:

1. limits on processor time, memory, written files, open files and core dumps;
2. an audit hook that refuses connections, name look-ups and other programs;
3. the output is set aside, so that nothing printed by a library reaches it.
"""

import json
import os
import resource
import sys
from typing import Any

from clearcue.adapters.score_files.limits import Limits
from clearcue.errors import ClearcueError
from clearcue.music.work import ParsedWork

REFUSED = 3
MIDI = "midi"

_FORBIDDEN = (
    "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname",
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty",
    "urllib.Request", "ftplib.connect", "http.client.connect",
)  # fmt: skip


def main() -> int:
    """Parse what stands on the standard input; gives the exit status."""
    request = json.loads(sys.argv[1])
    limits = Limits(**request["limits"])
    bound(limits)  # 1
    sys.addaudithook(refuse)  # 2
    output = os.dup(1)  # 3
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        from clearcue.adapters.score_files.packed import pack

        data = pack(_parse(request["kind"], sys.stdin.buffer.read(), request["work_id"], limits))
    except ClearcueError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except (MemoryError, RecursionError):
        sys.stderr.write("needs more memory to read than a score does\n")
        return REFUSED
    with os.fdopen(output, "wb") as stream:
        stream.write(data)
    return 0


def bound(limits: Limits) -> None:
    """Limit what this process may use, for good."""
    for what, bound in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.address_space_bytes),
        (resource.RLIMIT_FSIZE, limits.written_file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(what, (bound, bound))


def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    """An audit hook that refuses connections and other programs."""
    if event in _FORBIDDEN:
        raise PermissionError(f"a score file cannot ask for {event}")


def _parse(kind: str, data: bytes, work_id: str, limits: Limits) -> ParsedWork:
    if kind == MIDI:
        from clearcue.adapters.score_files.midi_reading import parse_midi

        work = parse_midi(data, work_id, limits)
    else:
        from clearcue.adapters.score_files.markup import musicxml_text
        from clearcue.adapters.score_files.streams import MUSICXML, parse_text

        text = musicxml_text(data, limits) if kind == MUSICXML else data
        work = parse_text(kind, text, work_id)
    return _checked(work, limits)


def _checked(work: ParsedWork, limits: Limits) -> ParsedWork:
    notes = sum(len(line.notes) for line in work.lines)
    if notes == 0:
        raise ClearcueError("holds no pitched notes")
    if notes > limits.max_notes or len(work.bars) > limits.max_bars:
        raise ClearcueError(f"holds more than {limits.max_notes} notes or {limits.max_bars} bars")
    last = max(note.end_ticks for line in work.lines for note in line.notes)
    if last > limits.max_ticks:
        raise ClearcueError("lasts longer than any piece of music does")
    return work


if __name__ == "__main__":
    raise SystemExit(main())
