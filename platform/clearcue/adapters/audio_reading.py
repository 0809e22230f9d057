"""Reading an audio file from outside: decoded in a process of its own, with limits.

WAV, FLAC, MP3 and OGG, by libsndfile. What goes wrong there ends in "cannot be decoded".
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from clearcue.adapters.audio_child import CPU_SECONDS
from clearcue.services.platform import Decoded


class AudioFiles:
    """Decodes files from outside."""

    def decode(self, path: Path) -> Decoded | None:
        """What a file holds, or None when it is no audio that can be decoded within limits."""
        command = [sys.executable, "-I", "-m", "clearcue.adapters.audio_child", str(path.resolve())]
        with tempfile.TemporaryDirectory(prefix="clearcue-audio-") as folder:
            try:
                done = subprocess.run(  # noqa: S603 - our own module; the file goes in as data
                    command, cwd=folder, env={"HOME": folder, "LC_ALL": "C.UTF-8"},
                    capture_output=True, timeout=2 * CPU_SECONDS, check=True,
                )  # fmt: skip
                return Decoded(**json.loads(done.stdout))
            except (subprocess.SubprocessError, ValueError, TypeError):
                return None
