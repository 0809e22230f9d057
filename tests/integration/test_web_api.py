"""The HTTP interface in one process: what it answers, to whom, and how it refuses."""

import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from web_app import LEASE, QUICK, Client, made_job, order, owner_and_stranger, small_platform

from clearcue.services.access import list_keys, revoke_key
from clearcue.services.browsing import list_works
from clearcue.services.jobs import NO_WORKER, cancel_job, submit
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.publishing import publish
from clearcue.services.reading import find_file, find_track
from clearcue.services.stored import Job, StoreLostError, StoreUnwritableError
from clearcue.services.training import list_sets
from clearcue.services.withdrawing import list_notices, withdraw
from clearcue.services.working import claim_job
from clearcue.web.app import create_app, operations
from clearcue.web.operations import Operation

BRIEF = {"mood": "calm", "usage": "ad", "seconds": 5}
FORM = "multipart/form-data; boundary=x"
ANOTHERS = "another track of this platform"


@dataclass
class World:
    """An owner with a made track, and a stranger, on one platform."""

    platform: Platform
    owner: Client
    stranger: Client
    job: Job

    @property
    def track_id(self) -> str:
        """The made track."""
        return str(self.job.payload["track_id"])

    @property
    def licence_number(self) -> str:
        """The number of the made track's licence."""
        licence_id = dict(self.job.result or {})["licence_id"]
        return str(self.owner.ask("GET", f"/v1/licences/{licence_id}").json["number"])

    def names(self) -> dict[str, str]:
        """Something of the owner's for every variable of a path."""
        result = dict(self.job.result or {})
        return {
            "track_id": self.track_id,
            "job_id": self.job.id,
            "name": "track.wav",
            "digest": result["record_digest"],
            "root": list_sets(self.platform)[0].stored.digest,
            "notice": list_notices(self.platform)[0].digest,
            "sha256": "ab" * 32,
            "quote_id": self.job.payload["quote_id"],
            "licence_id": result["licence_id"],
            "number": self.licence_number,
            "paper": "cue-sheet.pdf",
            "work_id": "music21:corelli/opus3no1/1grave",
            "tile": f"0/000.p/{publish(self.platform).size}",
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for this module."""
    folder = tmp_path_factory.mktemp("world")
    platform = small_platform(folder / "home")
    owner, stranger = owner_and_stranger(platform)
    job = made_job(platform, ensure_owner(platform), folder / "work")
    withdraw(platform, NEVER_LEARNT, "A rights holder", "a mistake")
    return World(platform, owner, stranger, job)


def filled(operation: Operation, names: dict[str, str]) -> str:
    """An operation's path with its variables filled in, and its query where it needs one."""
    path = re.sub(r"\{(\w+)\}", lambda match: names[match[1]], operation.path)
    return f"{path}?title=grave" if operation.name == "findUsesByTitle" else path


NEVER_LEARNT = "music21:haydn/opus1no1/movement1"


@pytest.mark.parametrize("operation", operations(), ids=lambda one: one.name)
def test_no_route_opens_without_a_key(world: World, operation: Operation) -> None:
    """Without a key, or with a made-up one, everything but what is public is 401."""
    path = filled(operation, world.names())
    for key in ("", "cck_000000000000_" + "0" * 64, "é", world.owner.key + "0"):
        answer = Client(world.owner._client, key).ask(operation.method, path)
        expected = 401 if operation.secured else 200
        assert answer.status_code == expected
        if operation.secured:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_answer_has_strict_headers(world: World) -> None:
    """The policy lets no foreign script in, on answers and on problems alike."""
    for path in ("/healthz", "/v1/tracks", "/nothing", "/openapi.json"):
        headers = world.owner.ask("GET", path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_closed_key_opens_nothing(world: World) -> None:
    """A key that was closed is 401 from then on; its secret is not in the database."""
    platform = world.platform
    owner = ensure_owner(platform)
    _, stranger = world.owner, world.stranger
    key = Client(stranger._client, stranger.key)
    organisation_id = key.ask("GET", "/v1/account").json["organisation_id"]
    with platform.units.read() as unit:
        other = unit.organisations.get(organisation_id)
    second = make_second_key(platform, other)
    assert Client(stranger._client, second).ask("GET", "/v1/account").status_code == 200
    revoke_key(platform, other, second.rpartition("_")[0])
    assert Client(stranger._client, second).ask("GET", "/v1/account").status_code == 401
    secret = second.rpartition("_")[2]
    assert all(secret not in one.secret_digest for one in list_keys(platform, other))
    assert list_keys(platform, owner) != ()


def make_second_key(platform: Platform, organisation: Any) -> str:
    """Another key of an organisation."""
    from clearcue.services.access import make_key

    return make_key(platform, organisation, "second").text


PROBLEMS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/v1/nothing", {}, 404, "not-found"),
    ("GET", "/v1/tracks/no-such-id", {}, 404, "not-found"),
    ("DELETE", "/v1/tracks", {}, 405, "method-not-allowed"),
    ("POST", "/v1/tracks", {"data": "{", "content_type": "application/json"}, 400, "bad-request"),
    ("POST", "/v1/tracks", {"data": b"\xff", "content_type": "application/json"}, 400,
     "bad-request"),
    ("POST", "/v1/tracks", {"data": "[" * 50_000, "content_type": "application/json"}, 400,
     "bad-request"),
    ("POST", "/v1/tracks", {"data": "mood=calm"}, 415, "unsupported-media-type"),
    ("POST", "/v1/tracks", {"json": {**BRIEF, "padding": "x" * 70_000}}, 413, "too-large"),
    ("POST", "/v1/tracks", {"json": {**BRIEF, "mood": "sour"}}, 422, "invalid"),
    ("POST", "/v1/tracks", {"json": {**BRIEF, "seconds": "5"}}, 422, "invalid"),
    ("POST", "/v1/tracks", {"json": {**BRIEF, "artist": "somebody"}}, 422, "invalid"),
    ("POST", "/v1/tracks", {"json": BRIEF, "headers": {"Idempotency-Key": "a b"}}, 400,
     "bad-request"),
    ("GET", "/v1/tracks?limit=0", {}, 422, "invalid"),
    ("GET", "/v1/tracks?limit=5&limit=6", {}, 422, "invalid"),
    ("GET", "/v1/tracks?cursor=zz", {}, 422, "invalid"),
    ("POST", "/v1/originality-checks", {"data": {}}, 415, "unsupported-media-type"),
    ("POST", "/v1/originality-checks", {"data": {"other": (io.BytesIO(b"a"), "a")}}, 422,
     "invalid"),
    ("POST", "/v1/originality-checks", {"data": {"file": (io.BytesIO(b"a"), "a")}}, 422,
     "invalid"),
    ("POST", "/v1/originality-checks", {"data": bytes(17 << 20), "content_type": FORM}, 413,
     "too-large"),
    ("GET", "/log/tile/0/../../clearcue.db", {}, 404, "not-found"),
    ("GET", "/log/tile/9/000", {}, 404, "not-found"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "options", "status", "name"), PROBLEMS)
def test_every_refusal_is_a_problem_document(
    world: World, method: str, path: str, options: dict[str, Any], status: int, name: str
) -> None:
    """Each has the right status, a stable type, one line of detail, and no trace of the inside."""
    answer = world.owner.ask(method, path, **options)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    body = json.loads(answer.get_data())
    assert body["type"] == f"urn:clearcue:problem:{name}"
    assert body["status"] == status
    assert "\n" not in body["detail"]
    assert "Traceback" not in json.dumps(body)


def test_a_file_is_served_whole_and_in_ranges(world: World) -> None:
    """206, 304, 412 and 416 as RFC 9110 has them; If-Range with another ETag gives the whole."""
    sheet = find_track(world.platform, ensure_owner(world.platform), world.track_id)
    stored = next(file for file in sheet.files if file.name == "score.mid")
    path = f"/v1/tracks/{world.track_id}/files/score.mid"

    def ask(**headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return world.owner.ask("GET", path, headers=named)

    whole = ask()
    content = whole.get_data()
    tag = whole.headers["ETag"]
    assert tag == f'"{hashlib.sha256(content).hexdigest()}"' == f'"{stored.sha256}"'
    assert (whole.mimetype, whole.headers["Accept-Ranges"]) == ("audio/midi", "bytes")
    first = ask(Range="bytes=0-9")
    assert (first.status_code, first.get_data()) == (206, content[:10])
    assert first.headers["Content-Range"] == f"bytes 0-9/{len(content)}"
    assert ask(Range="bytes=-5").get_data() == content[-5:]
    assert ask(Range=f"bytes=4-{len(content) * 2}").get_data() == content[4:]
    assert ask(Range="bytes=0-9", If_Range=tag).status_code == 206
    assert ask(Range="bytes=0-9", If_Range='"other"').get_data() == content
    assert ask(Range="bytes=0-1,4-5").get_data() == content
    assert ask(Range="apples=0-1").get_data() == content
    beyond = ask(Range=f"bytes={len(content)}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(content)}")
    assert (ask(If_None_Match=tag).status_code, ask(If_None_Match=tag).get_data()) == (304, b"")
    assert ask(If_None_Match=f"W/{tag}").status_code == 304
    assert ask(If_None_Match='"other"').status_code == 200
    assert ask(Range="bytes=0-9", If_Range=f"W/{tag}").get_data() == content
    assert ask(If_Match='"other"').status_code == 412
    head = world.owner.ask("HEAD", path)
    assert (head.get_data(), head.content_length) == (b"", len(content))
    part = world.owner.ask("HEAD", path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content_length) == (200, len(content))


@pytest.mark.parametrize(
    ("left", "status", "line"),
    [(None, 404, "there is no stored file"), (5000, 500, "is damaged; restore a backup"),
     (4, 500, "is damaged; restore a backup")],
)  # fmt: skip
def test_a_lost_or_damaged_file_is_told(
    world: World, left: int | None, status: int, line: str
) -> None:
    """A recording that is not what its row says gives no outline, and nothing that may be kept."""
    owner = ensure_owner(world.platform)
    file = find_file(world.platform, owner, world.track_id, "premaster.wav")
    content = world.platform.blobs.get(file.blob_key)
    world.platform.blobs.delete(file.blob_key)
    if left is not None:
        world.platform.blobs.put(file.blob_key, content[:left])
    path = f"/v1/tracks/{world.track_id}"
    try:
        outline = world.owner.ask("GET", f"{path}/outline?file=premaster.wav")
        fetched = world.owner.ask("GET", f"{path}/files/premaster.wav")
    finally:
        world.platform.blobs.put(file.blob_key, content)
    assert (outline.status_code, outline.headers["Cache-Control"]) == (status, "no-store")
    assert line in outline.json["detail"]
    assert fetched.status_code == (404 if left is None else 200)


def test_uploads_are_few_at_once(world: World) -> None:
    """Where no place is free for an upload, whatever it is for, the answer is 503."""
    settings = replace(QUICK, uploads=0, upload_wait_seconds=0.01)
    busy = Client(create_app(world.platform, settings).test_client(), world.owner.key)
    parts = {"originality-checks": "file", "corpus/uses": "file", "verifications": "bundle"}
    for path, part in parts.items():
        answer = busy.ask("POST", f"/v1/{path}", data={part: (io.BytesIO(b"{}"), "a")})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_repeated_order_is_one_job(world: World) -> None:
    """The same request gets the first answer; another with the same key is refused."""
    headers = {"Idempotency-Key": "order-1"}
    first = world.owner.ask("POST", "/v1/tracks", json=BRIEF, headers=headers)
    again = world.owner.ask("POST", "/v1/tracks", json=BRIEF, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.get_data() == first.get_data()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = {**BRIEF, "seconds": 6}
    reused = world.owner.ask("POST", "/v1/tracks", json=other, headers=headers)
    assert (reused.status_code, reused.json["type"].rpartition(":")[2]) == (
        422, "idempotency-key-reused",
    )  # fmt: skip
    strangers = world.stranger.ask("POST", "/v1/tracks", json=BRIEF, headers=headers)
    assert strangers.json["id"] != first.json["id"]
    refused = world.owner.ask(
        "POST", "/v1/tracks", json={**BRIEF, "mood": "sour"}, headers={"Idempotency-Key": "order-2"}
    )
    mended = world.owner.ask(
        "POST", "/v1/tracks", json=BRIEF, headers={"Idempotency-Key": "order-2"}
    )
    assert (refused.status_code, mended.status_code) == (422, 202)
    cancel_all(world, first.json["id"], mended.json["id"])
    cancelled = world.stranger.ask("POST", f"/v1/jobs/{strangers.json['id']}/cancel")
    assert cancelled.json["state"] == "cancelled"


def cancel_all(world: World, *job_ids: str) -> None:
    """Leave no job behind for the worker of another test."""
    for job_id in job_ids:
        cancel_job(world.platform, ensure_owner(world.platform), job_id)


def test_a_request_in_flight_is_told_so(world: World) -> None:
    """A key whose first request has no answer yet gives 409 to the same request."""
    body = json.dumps(BRIEF).encode()
    digest = hashlib.sha256(b"POST /v1/tracks\n" + body).hexdigest()
    owner, now = ensure_owner(world.platform), world.platform.clock.now()
    with world.platform.units.write() as unit:
        unit.idempotency_keys.claim(owner.id, "in-flight", digest, now, now, now)
        unit.commit()
    headers = {"Idempotency-Key": "in-flight", "Content-Type": "application/json"}
    waiting = world.owner.ask("POST", "/v1/tracks", data=body, headers=headers)
    assert (waiting.status_code, waiting.json["type"].rpartition(":")[2]) == (
        409, "idempotency-key-in-use",
    )  # fmt: skip
    other = world.owner.ask("POST", "/v1/tracks", data=body + b" ", headers=headers)
    assert other.status_code == 422


def events_of(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(id, job) of each event in a stream's text."""
    for identity, data in re.findall(r"id: (\d+)\nevent: job\ndata: (.*)\n\n", text):
        yield int(identity), json.loads(data)


def test_a_stream_tells_changes_and_ends_with_the_job(world: World) -> None:
    """A finished job is one event; whoever has seen it gets none; a waiting one gets heartbeats."""
    path = f"/v1/jobs/{world.job.id}/events"
    answer = world.owner.ask("GET", path)
    assert answer.mimetype == "text/event-stream"
    ((identity, job),) = events_of(answer.get_data(as_text=True))
    assert (job["state"], job["revision"]) == ("done", identity)
    seen = world.owner.ask("GET", path, headers={"Last-Event-ID": str(identity)})
    assert list(events_of(seen.get_data(as_text=True))) == []
    waiting = submit(
        world.platform, ensure_owner(world.platform), order(), world.platform.ids.new()
    )
    stream = world.owner.ask("GET", f"/v1/jobs/{waiting.id}/events", buffered=False)
    parts = iter(stream.response)
    text = ""
    while "still here" not in text:
        text += next(parts).decode()
    cancel_all(world, waiting.id)
    text += b"".join(parts).decode()
    stream.close()
    assert [job["state"] for _, job in events_of(text)] == ["queued", "cancelled"]


class Later:
    """The clock, so many seconds ahead."""

    def __init__(self, platform: Platform, seconds: float) -> None:
        self._clock, self._ahead = platform.clock, timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The moment."""
        return self._clock.now() + self._ahead


def test_a_job_that_does_not_move_says_why(tmp_path: Path) -> None:
    """A job that nobody takes up says so after a while, one that was put off says its reason."""
    platform = small_platform(tmp_path / "home")
    key = owner_and_stranger(platform)[0].key
    owner = ensure_owner(platform)
    job = submit(platform, owner, order(), platform.ids.new())

    def told(seconds: float) -> str | None:
        later = replace(platform, clock=Later(platform, seconds))
        client = Client(create_app(later, QUICK).test_client(), key)
        shown = client.ask("GET", f"/v1/jobs/{job.id}").json["held_up"]
        assert client.ask("GET", "/v1/jobs?limit=1").json["items"][0]["held_up"] == shown
        stream = client.ask("GET", f"/v1/jobs/{job.id}/events", buffered=False)
        parts = iter(stream.response)
        events = list(events_of(next(parts).decode() + next(parts).decode()))
        stream.close()
        assert [entry["held_up"] for _, entry in events] == [shown]
        return None if shown is None else str(shown)

    assert told(0) is None
    assert told(20) == NO_WORKER
    claim = claim_job(platform, LEASE, Event())
    assert claim is not None
    assert told(20) is None  # its worker has a lease of a minute
    assert told(100) == NO_WORKER
    now = platform.clock.now()
    with platform.units.write() as unit:
        assert unit.jobs.retry(
            job.id, claim.job.fence, now, now + timedelta(seconds=60), "the disk is full"
        )
        unit.commit()
    assert told(20) == "the disk is full"
    assert told(60 + 10) is None  # due, and a worker may be on its way
    assert told(60 + 20) == NO_WORKER
    cancel_job(platform, owner, job.id)
    assert told(1000) is None


def test_streams_are_bounded(world: World) -> None:
    """Beyond the limit of open streams the answer is 503, and closing one makes room."""
    path = f"/v1/jobs/{world.job.id}/events"
    open_streams = [world.owner.ask("GET", path, buffered=False) for _ in range(QUICK.streams)]
    assert world.owner.ask("GET", path).status_code == 503
    open_streams.pop().close()
    assert world.owner.ask("GET", path).status_code == 200
    for stream in open_streams:
        stream.close()


def test_a_finished_job_cannot_be_cancelled(world: World) -> None:
    """409 with its reason, and nothing changes."""
    refused = world.owner.ask("POST", f"/v1/jobs/{world.job.id}/cancel")
    assert (refused.status_code, refused.json["type"].rpartition(":")[2]) == (409, "too-late")


def test_a_quote_becomes_one_licence(world: World) -> None:
    """A quote is accepted once, however often it is accepted; the licence verifies."""
    asked = {"track_id": world.track_id, "licensee": "Example Film", "term": "P6M"}
    quote = world.owner.ask("POST", "/v1/quotes", json=asked)
    assert (quote.status_code, quote.json["licensee"]) == (201, "Example Film")
    assert world.owner.ask("GET", quote.headers["Location"]).json == quote.json
    accepted = [
        world.owner.ask("POST", "/v1/licences", json={"quote_id": quote.json["id"]})
        for _ in range(2)
    ]
    assert {one.json["id"] for one in accepted} == {accepted[0].json["id"]}
    licence = accepted[0].json
    assert (licence["state"], licence["text"]) == ("active", quote.json["text"])
    document = world.owner.ask("GET", licence["links"]["licence"]).get_data()
    record = world.owner.ask("GET", f"/v1/tracks/{world.track_id}").json["links"]["bundle"]
    bundle = world.owner.ask("GET", record).get_data()
    checked = world.owner.ask(
        "POST", "/v1/verifications",
        data={"bundle": (io.BytesIO(bundle), "bundle.json"),
              "files": (io.BytesIO(document), "licence.json")},
    )  # fmt: skip
    assert checked.json["verified"] is True
    broken = world.owner.ask(
        "POST", "/v1/verifications",
        data={"bundle": (io.BytesIO(bundle.replace(b"a", b"b", 1)), "bundle.json")},
    )  # fmt: skip
    assert (broken.status_code, broken.json["verified"]) == (200, False)


def test_anothers_track_is_not_described(world: World) -> None:
    """A report that matches another organisation's track says only that there is one."""
    midi = world.owner.ask("GET", f"/v1/tracks/{world.track_id}/files/score.mid").get_data()
    reports = {
        name: client.ask(
            "POST", "/v1/originality-checks", data={"file": (io.BytesIO(midi), "score.mid")}
        ).json
        for name, client in (("owner", world.owner), ("stranger", world.stranger))
    }
    own, strangers = reports["owner"]["platform"], reports["stranger"]["platform"]
    unheard = {"file": None, "query_seconds": None, "track_seconds": None}
    assert own["own"] == [{"track_id": world.track_id, "family": world.track_id, **unheard}]
    assert (own["verdict"], own["tracks"], own["other"]) == ("clear", [], None)
    assert strangers == {
        "verdict": "near-duplicate", "own": [], "tracks": [], "other": ANOTHERS
    }  # fmt: skip
    title = find_track(world.platform, ensure_owner(world.platform), world.track_id).track.title
    read = {"matches": [], "nearest": None}  # these quote what was sent in, its own title too
    text = json.dumps({**reports["stranger"], **read})
    assert title not in text
    assert world.track_id not in text


def test_lists_are_paged_by_cursor(world: World) -> None:
    """Walking the works page by page gives each once, in order."""
    found: list[str] = []
    cursor = ""
    while True:
        page = world.owner.ask("GET", f"/v1/corpus/works?limit=25{cursor}").json
        found += [work["id"] for work in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == sorted(set(found))
    assert len(found) == len(list_works(world.platform)["works"])


class _Broken:
    """A store in which nothing can be opened."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def write(self) -> Any:
        """Raise."""
        raise self.error

    read = write


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (StoreLostError("the database cannot be reached"), "store-lost"),
        (StoreUnwritableError("the disk of the database is full"), "store-unwritable"),
    ],
)
def test_a_store_that_fails_is_a_problem(world: World, error: Exception, name: str) -> None:
    """503 with a plain line, `/healthz` still answers, `/readyz` tells the truth."""
    platform = replace(world.platform, units=_Broken(error))
    client = Client(create_app(platform, QUICK).test_client(), world.owner.key)
    for path in ("/v1/tracks", "/readyz"):
        answer = client.ask("GET", path)
        assert (answer.status_code, answer.json["type"]) == (503, f"urn:clearcue:problem:{name}")
        assert "Retry-After" in answer.headers
    assert client.ask("GET", "/healthz").status_code == 200


def test_the_log_is_served_after_c2sp(world: World) -> None:
    """Checkpoint as text, tiles as immutable octets, and a tile that is not there is 404."""
    head = world.owner.ask("GET", "/log/checkpoint")
    size = int(head.get_data(as_text=True).split("\n")[1])
    assert head.mimetype == "text/plain"
    tile = world.owner.ask("GET", f"/log/tile/0/000.p/{size}")
    assert (tile.status_code, len(tile.get_data())) == (200, 32 * size)
    assert tile.mimetype == "application/octet-stream"
    assert "immutable" in tile.headers["Cache-Control"]
    assert world.owner.ask("GET", f"/log/tile/entries/000.p/{size}").status_code == 200
    assert world.owner.ask("GET", "/log/tile/0/001").status_code == 404


def test_nothing_is_left_of_the_job(world: World, tmp_path: Path) -> None:
    """Samples that were kept between stages are gone when the job is done."""
    for name in ("mix", "premaster", "stem-melody"):
        assert not world.platform.blobs.exists(f"jobs/{world.job.id}/{name}.npy")
