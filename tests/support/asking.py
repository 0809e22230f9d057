"""Asking a running service over HTTP, as a client on the same machine does."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from service import Service

LONGEST_SECONDS = 600


def ask(service: Service, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
    """A JSON request with a key (the owner's, if none); gives status and JSON, problems too."""
    return send(service, path, None if body is None else json.dumps(body).encode(), key=key)


def upload(service: Service, content: bytes, *, key: str = "") -> tuple[int, Any]:
    """Have a score compared."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = head + content + b"\r\n--b--\r\n"
    form = "multipart/form-data; boundary=b"
    return send(service, "/v1/originality-checks", body, form, key=key)


def send(
    service: Service,
    path: str,
    body: bytes | None,
    media_type: str = "application/json",
    *,
    key: str = "",
) -> tuple[int, Any]:
    """A request whose answer is JSON."""
    status, content = fetch(service, path, body, media_type, key=key)
    return status, json.loads(content)


def fetch(
    service: Service,
    path: str,
    body: bytes | None = None,
    media_type: str = "application/json",
    *,
    key: str = "",
) -> tuple[int, bytes]:
    """A request; gives the status and the bytes."""
    request = urllib.request.Request(  # noqa: S310 - our own service on this machine
        service.url + path,
        body,
        {"Authorization": f"Bearer {key or service.key}", "Content-Type": media_type},
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - as above
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def until(question: Callable[[], Any]) -> Any:
    """The first truth that a question gets, asked again and again."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        found = question()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it has not come about")


def ended(service: Service, job_id: str, *, key: str = "") -> Any:
    """The job once it has ended."""

    def look() -> Any:
        status, job = ask(service, f"/v1/jobs/{job_id}", key=key)
        return job if status == 200 and job["state"] in ("done", "failed") else None

    return until(look)
