"""Killing workers at drawn moments, and counting what a job has made in the end."""

import json
import os
import random
import signal
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

from service import Service

BRIEF = {"mood": "uplifting", "usage": "ad", "seconds": 6, "licence": {}}
LONGEST_SECONDS = 240


@dataclass(frozen=True)
class Survived:
    """What became of a job whose worker was killed: how often, in which stages, what was made."""

    kills: tuple[str, ...]
    state: str
    attempts: int
    tracks: int
    licences: int
    leaves: int
    whole: bool


def ask(service: Service, path: str, body: Any = None) -> Any:
    """A JSON request with the owner's key."""
    request = urllib.request.Request(  # noqa: S310 - our own service on this machine
        service.url + path,
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {service.key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
        return json.loads(answer.read())


def leaves(service: Service) -> int:
    """The size of the published log."""
    with urllib.request.urlopen(f"{service.url}/log/checkpoint", timeout=60) as answer:  # noqa: S310
        return int(answer.read().split(b"\n")[1])


def survive(service: Service, draw: random.Random, kills: int) -> Survived:
    """Order a track, kill its worker so many times at drawn points of its progress, count."""
    before = _counts(service)
    job = ask(service, "/v1/tracks", BRIEF)
    killed: list[str] = []
    points = sorted(draw.uniform(0.0, 0.97) for _ in range(kills))
    deadline = time.monotonic() + LONGEST_SECONDS
    attempts = 0
    while time.monotonic() < deadline:
        job = ask(service, f"/v1/jobs/{job['id']}")
        if job["state"] in ("done", "failed", "cancelled"):
            break
        due = job["state"] == "running" and job["attempts"] > attempts
        if points and due and job["progress"] >= points[0]:
            time.sleep(draw.uniform(0, 0.4))
            killed.append(f"{job['stage']} {job['progress']}")
            _kill(service)
            attempts = job["attempts"]
            points.pop(0)
        time.sleep(0.05)
    sheet = ask(service, f"/v1/tracks/{job['track_id']}")
    after = _counts(service)
    made = [one - other for one, other in zip(after, before, strict=True)]
    names = {file["name"] for file in sheet["files"]}
    whole = {"track.wav", "bundle.json", "licence.json"} <= names
    return Survived(tuple(killed), job["state"], job["attempts"], *made, whole=whole)


def _counts(service: Service) -> tuple[int, int, int]:
    """Tracks, licences, and the leaves of the log but those that state a training set."""
    sets = len(ask(service, "/v1/training-sets")["items"])
    return _count(service, "tracks"), _count(service, "licences"), leaves(service) - sets


def _count(service: Service, what: str) -> int:
    return len(ask(service, f"/v1/{what}?limit=100")["items"])


def _kill(service: Service) -> None:
    seen = len(service.lines)
    os.kill(service.worker_pid, signal.SIGKILL)
    service.wait_for("worker started", after=seen)
