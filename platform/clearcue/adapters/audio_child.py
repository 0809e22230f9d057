"""The decoder process: reads an audio file from outside, writes what it holds as JSON.

Started by `audio_reading` as `python -I -m clearcue.adapters.audio_child FILE`. Before a byte of
the file is looked at, processor time, memory, written files and core dumps are bounded. The digest
is over the samples as records hash them: interleaved little-endian signed 24 bit. Ends with 3 when
the file is none that can be decoded, or is longer than `MAX_SECONDS`.
"""

import hashlib
import json
import resource
import sys

MAX_SECONDS, BLOCK_FRAMES = 1800, 1 << 16
CPU_SECONDS, MEMORY_BYTES = 60, 2 << 30
REFUSED = 3


def main() -> int:
    """Decode the file that the first argument names; gives the exit status."""
    for what, bound in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (bound, bound))
    import numpy as np
    import soundfile

    digest = hashlib.sha256()
    try:
        with soundfile.SoundFile(sys.argv[1]) as file:
            if file.frames > MAX_SECONDS * file.samplerate:
                return REFUSED
            for block in file.blocks(BLOCK_FRAMES, dtype="int32", always_2d=True):
                wide = (np.ascontiguousarray(block) >> 8).astype("<i4").view(np.uint8)
                digest.update(wide.reshape(-1, 4)[:, :3].tobytes())
            said = {
                "sha256": digest.hexdigest(),
                "sample_rate": file.samplerate,
                "channels": file.channels,
                "frames": file.frames,
            }
    except (soundfile.SoundFileError, MemoryError, ValueError):
        return REFUSED
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
