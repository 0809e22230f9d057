"""The service when something goes wrong around it, and when two requests come at once."""

import io
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest
from web_app import QUICK, owner_and_stranger, small_platform
from werkzeug.serving import make_server

from clearcue.errors import BadInputError
from clearcue.files import WriteError
from clearcue.music.work import ParsedWork
from clearcue.services.access import make_key
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.web.app import create_app
from clearcue_provenance.errors import LogWriteError

ABC = b"X:1\nT:a\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|cBAG|FEDC|CEGc|BAGF|EDCB|C4|\n"
WAIT = 60


class SlowScores:
    """Score files whose reading waits until it is let go; it fails if told to."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.entered, self.go = threading.Event(), threading.Event()
        self.reads = 0
        self.error: Exception | None = None

    def read(self, path: Path) -> ParsedWork:
        """Wait, then read."""
        self.reads += 1
        self.entered.set()
        assert self.go.wait(WAIT)
        if self.error is not None:
            raise self.error
        work: ParsedWork = self._real.read(path)
        return work

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def served(platform: Platform) -> Iterator[str]:
    """The app on a socket, a thread a request."""
    server = make_server("127.0.0.1", 0, create_app(platform, QUICK), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(url: str, key: str, content: bytes) -> tuple[int, HTTPMessage, Any]:
    """Upload a score under the one idempotency key; gives status, headers and JSON."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.abc"\r\n\r\n'
        + content
        + b"\r\n--b--\r\n"
    )
    request = urllib.request.Request(  # noqa: S310 - our own service on this machine
        f"{url}/v1/originality-checks",
        body,
        {"Authorization": f"Bearer {key}", "Idempotency-Key": "one",
         "Content-Type": "multipart/form-data; boundary=b"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=WAIT) as answer:  # noqa: S310 - as above
            return answer.status, answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def test_two_requests_at_once_with_one_idempotency_key(tmp_path: Path) -> None:
    """While the first is worked on the second is told so; afterwards it gets the first's answer."""
    base = small_platform(tmp_path / "home")
    slow = SlowScores(base.scores)
    platform = replace(base, scores=slow)
    key = make_key(platform, ensure_owner(platform), "own").text
    with served(platform) as url, ThreadPoolExecutor() as pool:
        first = pool.submit(send, url, key, ABC)
        assert slow.entered.wait(WAIT)
        status, headers, problem = send(url, key, ABC)
        assert (status, headers["Retry-After"]) == (409, "1")
        assert problem["type"] == "urn:clearcue:problem:idempotency-key-in-use"
        assert send(url, key, ABC + b"C4|\n")[0] == 422
        slow.go.set()
        assert first.result()[0] == 200
        status, headers, again = send(url, key, ABC)
        assert (status, headers["Idempotency-Replayed"]) == (200, "true")
        assert again == first.result()[2]
    assert slow.reads == 1


def test_a_request_that_failed_frees_its_idempotency_key(tmp_path: Path) -> None:
    """The second of two requests was told to wait; the first failed, and then it is carried out."""
    base = small_platform(tmp_path / "home")
    slow = SlowScores(base.scores)
    slow.error = BadInputError("cannot be read just now")
    platform = replace(base, scores=slow)
    key = make_key(platform, ensure_owner(platform), "own").text
    with served(platform) as url, ThreadPoolExecutor() as pool:
        first = pool.submit(send, url, key, ABC)
        assert slow.entered.wait(WAIT)
        assert send(url, key, ABC)[0] == 409
        slow.go.set()
        assert first.result()[0] == 422
        slow.error = None
        status, headers, _ = send(url, key, ABC)
        assert (status, headers["Idempotency-Replayed"]) == (200, None)


def test_a_log_that_cannot_be_continued_is_a_problem(tmp_path: Path) -> None:
    """503 and a plain line wherever the log is needed; what does not need it still answers."""
    platform = small_platform(tmp_path / "home")
    owner, _ = owner_and_stranger(platform)
    assert owner.ask("GET", "/readyz").status_code == 200
    (platform.log_folder / "checkpoint").write_bytes(b"damaged\n")
    for path in ("/readyz", "/log/checkpoint"):
        answer = owner.ask("GET", path)
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert answer.json["type"] == "urn:clearcue:problem:log-unusable"
        assert "\n" not in answer.json["detail"]
    assert owner.ask("GET", "/v1/tracks").status_code == 200


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (LogWriteError("the log cannot be written: No space left on device"), "log-unusable"),
        (WriteError("cannot write a file: No space left on device"), "store-unwritable"),
    ],
)
def test_a_full_disk_is_a_problem(tmp_path: Path, error: Exception, name: str) -> None:
    """Whatever could not be written: 503, when to come back, and the reason."""
    base = small_platform(tmp_path / "home")
    slow = SlowScores(base.scores)
    slow.error = error
    slow.go.set()
    owner, _ = owner_and_stranger(replace(base, scores=slow))
    answer = owner.ask("POST", "/v1/originality-checks", data={"file": (io.BytesIO(ABC), "a")})
    assert (answer.status_code, answer.json["type"]) == (503, f"urn:clearcue:problem:{name}")
    assert "No space left" in answer.json["detail"]
    assert "Retry-After" in answer.headers
