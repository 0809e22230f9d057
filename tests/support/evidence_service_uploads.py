"""A thousand damaged uploads to a running service: `make evidence NAME=service-uploads`."""

import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "evidence" / "service-uploads.md"
UPLOADS, SEED = 1000, 11
BOUNDARY = "clearcue-fuzzed-upload"


def _send(url: str, key: str, data: bytes) -> int:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    ).encode()
    request = urllib.request.Request(  # noqa: S310 - our own service on this machine
        f"{url}/v1/originality-checks",
        head + data + f"\r\n--{BOUNDARY}--\r\n".encode(),
        {"Authorization": f"Bearer {key}",
         "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 - as above
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def main() -> None:
    """Run, and write the table."""
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from asking import ask, ended, fetch
    from example_scores import example_score
    from fuzzed_uploads import peak_megabytes, uploads
    from service import running_service

    from clearcue.adapters.score_files.midi_writing import midi_bytes
    from clearcue.adapters.score_files.musicxml_writing import musicxml_bytes

    score = example_score()
    good = [midi_bytes(score), musicxml_bytes(score)]
    brief = {"mood": "playful", "usage": "ad", "seconds": 30, "seed": 7}
    seen: Counter[int] = Counter()
    with tempfile.TemporaryDirectory() as folder, running_service(Path(folder)) as service:
        master = int(service.wait_for("web started").split()[-1])
        job = ended(service, ask(service, "/v1/tracks", brief)[1]["id"])
        made = f"/v1/tracks/{job['track_id']}/files/score"
        good += [fetch(service, made + suffix)[1] for suffix in (".mid", ".musicxml")]
        for data in good:
            assert _send(service.url, service.key, data) == 200
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        serving, before, started = int(children[0]), 0.0, time.monotonic()
        before = peak_megabytes(serving)
        for number, data in enumerate(uploads(random.Random(SEED), UPLOADS, good), start=1):
            status = _send(service.url, service.key, data)
            seen[status] += 1
            if status >= 500:
                print(f"upload {number} of seed {SEED}: {status}", flush=True)
            if number % 100 == 0:
                print(number, dict(seen), f"{peak_megabytes(serving):.0f} MiB", flush=True)
        after, seconds = peak_megabytes(serving), time.monotonic() - started
        same = Path(f"/proc/{master}/task/{master}/children").read_text().split() == children
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert same, "the process that answers is another one"
    assert max(seen) < 500, seen
    assert after - before < 64, "the process that answers has grown"
    TABLE.write_text(
        "# Damaged uploads\n\n"
        f"`make evidence NAME=service-uploads`, commit {done.stdout.strip()}, "
        f"{os.cpu_count()} cores, seed {SEED}.\n\n"
        "Scores with bytes flipped, cut, doubled or made up (MIDI and MusicXML of an example score "
        "and of a\ntrack made here, ABC, kern, entity bombs), sent one after another. The process "
        "that answers must be\nthe same at the end, no answer may be a 5xx, and memory must not "
        "grow.\n\n"
        "| uploads | answers by status | seconds | peak of the web process before, after | "
        "same process |\n|---|---|---|---|---|\n"
        f"| {UPLOADS} | {dict(sorted(seen.items()))} | {seconds:.0f} | {before:.0f} MiB, "
        f"{after:.0f} MiB | {same} |\n"
    )


if __name__ == "__main__":
    main()
