"""The decoder process: reads a recording's bytes on its input, writes its packed landmarks.

Started by `reading`, with one argument of JSON: the limits, and how long a recording may be. The
same steps as in `score_files.child` come before a byte of the file is looked at. Ends with 0, or
with `REFUSED` and one line on its error output.
"""

import io
import json
import os
import sys

from clearcue.adapters.score_files.child import REFUSED, bound, refuse
from clearcue.adapters.score_files.limits import Limits
from clearcue.errors import BadInputError, ClearcueError

_BLOCK_SECONDS = 10


def main() -> int:
    """Decode what stands on the standard input; gives the exit status."""
    request = json.loads(sys.argv[1])
    bound(Limits(**request["limits"]))
    sys.addaudithook(refuse)
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    try:
        data = _decoded(sys.stdin.buffer.read(), request["max_seconds"])
    except ClearcueError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except MemoryError:
        sys.stderr.write("needs more memory to read than a recording does\n")
        return REFUSED
    with os.fdopen(output, "wb") as stream:
        stream.write(data)
    return 0


def _decoded(data: bytes, max_seconds: int) -> bytes:
    import numpy as np
    import soundfile

    from clearcue.adapters.recordings.reading import packed
    from clearcue.originality.landmarks import Recording, landmarks_of

    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            rate = int(sound.samplerate)
            blocks = []
            for block in sound.blocks(_BLOCK_SECONDS * rate, dtype="float32", always_2d=True):
                blocks.append(block.mean(axis=1))
                if len(blocks) * _BLOCK_SECONDS > max_seconds:
                    raise BadInputError(f"lasts longer than {max_seconds // 60} minutes")
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        raise BadInputError("cannot be decoded; it is damaged, or of a kind not known") from error
    mono = np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)
    if not len(mono):
        raise BadInputError("holds no sound")
    if not np.isfinite(mono).all():
        raise BadInputError("holds samples that are no numbers")
    return packed(Recording(landmarks_of(mono, rate), len(mono) / rate))


if __name__ == "__main__":
    raise SystemExit(main())
