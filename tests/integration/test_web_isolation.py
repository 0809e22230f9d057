"""A second organisation's key on every route: it reaches nothing of the first's.

The walk is driven by the app's own map of routes and the operations behind it. What a path or a
body is filled with follows from the names of its variables; an operation that brings a new name
fails here until it is said whose that is.
"""

import io
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from web_app import QUICK, Client, made_job, order, owner_and_stranger, small_platform

from clearcue.services.jobs import submit
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.publishing import publish
from clearcue.services.withdrawing import list_notices, withdraw
from clearcue.web.app import create_app, operations
from clearcue.web.operations import Operation

LEARNT = "music21:corelli/opus3no1/1grave"
NEVER_LEARNT = "music21:haydn/opus1no1/movement1"
LICENSEE = "Verschwiegene Filmgesellschaft"
UNDESCRIBED = {"openapi", "payments", "static"}
"""Public routes that are no operation; the studio's pages have a walk of their own."""


TOLD_TO_HOLDERS = {"checkTrack": ("track_id",)}
"""What an operation tells of a track to whoever holds one of its files."""


@dataclass(frozen=True)
class World:
    """An owner with everything that there can be, and a stranger with nothing.

    `shared` is what anyone may know, and a licence's number, which tells its holder what it is.
    """

    platform: Platform
    owner: Client
    stranger: Client
    owned: dict[str, str]
    shared: dict[str, str]
    waiting_job: str
    secrets: frozenset[str]
    uploads: dict[str, bytes]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for this module."""
    folder = tmp_path_factory.mktemp("isolation")
    platform = small_platform(folder / "home")
    owner, stranger = owner_and_stranger(platform)
    job = made_job(platform, ensure_owner(platform), folder / "work")
    result: dict[str, Any] = dict(job.result or {})
    quote = owner.ask(
        "POST", "/v1/quotes", json={"track_id": result["track_id"], "licensee": LICENSEE}
    ).json
    track = owner.ask("GET", f"/v1/tracks/{result['track_id']}").json
    licence = owner.ask("GET", f"/v1/licences/{result['licence_id']}").json
    waiting = submit(platform, ensure_owner(platform), order(), platform.ids.new())
    owned = {
        "track_id": result["track_id"],
        "job_id": job.id,
        "name": "track.wav",
        "digest": result["record_digest"],
        "quote_id": quote["id"],
        "licence_id": result["licence_id"],
    }
    told = {
        *(owned[name] for name in owned if name != "name"),
        *(licence["number"], licence["quote_id"], licence["licence_digest"]),
        *(track["pcm_sha256"], track["delivery_digest"], waiting.id, LICENSEE),
        *(file["sha256"] for file in track["files"]),
        owner.ask("GET", "/v1/account").json["organisation_id"],
    }
    withdraw(platform, NEVER_LEARNT, "A rights holder", "a mistake")
    shared = {
        "work_id": LEARNT,
        "tile": f"0/000.p/{publish(platform).size}",
        "root": track["training_set"],
        "notice": list_notices(platform)[0].digest,
        "sha256": platform.library.manifest.work(LEARNT).identity.sha256,
        "title": "grave",
        "number": licence["number"],
        "paper": "cue-sheet.csv",
    }
    uploads = {
        "file": owner.ask("GET", f"/v1/tracks/{result['track_id']}/files/score.mid").get_data(),
        "bundle": b'{"no": "bundle"}',
    }
    return World(
        platform, owner, stranger, owned, shared, waiting.id, frozenset(told), uploads
    )  # fmt: skip


def names_of(world: World, operation: Operation) -> tuple[dict[str, str], bool]:
    """What fills an operation's variables, and whether any of it is the owner's."""
    filled: dict[str, str] = {}
    reaches = False
    for one in operation.parameters:
        if one.name == "job_id" and operation.method == "POST":
            filled[one.name], reaches = world.waiting_job, True
        elif one.name in world.shared:
            filled[one.name] = world.shared[one.name]
        else:
            filled[one.name], reaches = world.owned[one.name], True
    return filled, reaches


def body_of(world: World, operation: Operation) -> tuple[dict[str, Any], bool]:
    """What an operation takes, and whether it names something of the owner's."""
    if operation.upload is not None:
        return {"data": {
            name: (io.BytesIO(world.uploads[name]), name)
            for name, _, _, required in operation.upload.parts if required
        }}, False  # fmt: skip
    if operation.body is None:
        return {}, False
    extra = operation.body.model_config.get("json_schema_extra")
    examples: Any = extra.get("examples", [{}]) if isinstance(extra, dict) else [{}]
    fields = operation.body.model_fields
    named = {name: world.owned[name] for name in fields if name.endswith("_id")}
    body = {**examples[0], **named}
    operation.body.model_validate_json(json.dumps(body))  # it is refused for nothing else
    return {"json": body}, bool(named)


def path_of(world: World, operation: Operation, filled: dict[str, str]) -> str:
    """An operation's path with its variables filled in, and its query where it needs one."""
    path = re.sub(r"\{(\w+)\}", lambda match: filled[match[1]], operation.path)
    fields = operation.query.model_fields if operation.query else {}
    query = {name: world.shared[name] for name, one in fields.items() if one.is_required()}
    return f"{path}?{urlencode(query)}" if query else path


def test_every_route_is_an_operation(world: World) -> None:
    """The table is the map: no route stands beside it but those that are named here."""
    app = create_app(world.platform, QUICK)
    described = {one.name: one for one in operations()}
    routes = {rule.endpoint: rule for rule in app.url_map.iter_rules() if "." not in rule.endpoint}
    assert set(routes) - set(described) == UNDESCRIBED
    assert set(described) <= set(routes)
    for name, operation in described.items():
        methods = routes[name].methods or set()
        assert methods - {"HEAD"} == {operation.method}
        assert routes[name].rule == operation.rule
    assert len(operations()) == len(described)


@pytest.mark.parametrize("operation", operations(), ids=lambda one: one.name)
def test_a_stranger_reaches_nothing(world: World, operation: Operation) -> None:
    """What is the owner's is not there for the stranger; other answers tell nothing of it."""
    filled, reaches = names_of(world, operation)
    options, names_owners = body_of(world, operation)
    path = path_of(world, operation, filled)
    methods = [operation.method] + (["HEAD"] if operation.method == "GET" else [])
    if reaches or names_owners:
        for method in methods:
            refused = world.stranger.ask(method, path, **body_of(world, operation)[0])
            assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")
        return
    answer = world.stranger.ask(operation.method, path, **options)
    assert answer.status_code < 400 or operation.upload is not None, answer.get_data(as_text=True)
    if operation.secured:
        known = {world.owned[name] for name in TOLD_TO_HOLDERS.get(operation.name, ())}
        assert set(_told(world, answer)) <= known


READING = [one for one in operations() if one.method == "GET"]


@pytest.mark.parametrize("operation", READING, ids=lambda one: one.name)
def test_the_owner_gets_an_answer_there(world: World, operation: Operation) -> None:
    """The same paths are answered for the owner: what a stranger is refused for is who asks."""
    filled, _ = names_of(world, operation)
    assert world.owner.ask("GET", path_of(world, operation, filled)).status_code == 200


def _told(world: World, answer: Any) -> list[str]:
    text = answer.get_data(as_text=False).decode("utf-8", "replace")
    text += json.dumps(list(answer.headers.items()))
    return sorted(secret for secret in world.secrets if secret in text)


PAGED = [one for one in operations() if one.query and "cursor" in one.query.model_fields]


@pytest.mark.parametrize("operation", PAGED, ids=lambda one: one.name)
def test_no_cursor_leads_into_anothers_list(world: World, operation: Operation) -> None:
    """A cursor of the owner's gives a stranger nothing of the owner's."""
    for cursor in (*world.owned.values(), "7" + "Z" * 25, world.owned["track_id"].encode().hex()):
        answer = world.stranger.ask("GET", f"{operation.path}?limit=100&cursor={cursor}")
        assert answer.status_code in (200, 422)
        assert _told(world, answer) == []


def test_nothing_of_the_owners_was_changed(world: World) -> None:
    """After a stranger has tried every method, the job still waits and the quote is still open."""
    for operation in operations():
        if operation.method != "GET":
            filled, _ = names_of(world, operation)
            world.stranger.ask(
                operation.method, path_of(world, operation, filled), **body_of(world, operation)[0]
            )
    assert world.owner.ask("GET", f"/v1/jobs/{world.waiting_job}").json["state"] == "queued"
    assert len(world.owner.ask("GET", "/v1/licences").json["items"]) == 1
    assert len(world.owner.ask("GET", "/v1/tracks").json["items"]) == 1
    quoted = world.owner.ask("GET", f"/v1/quotes/{world.owned['quote_id']}").json
    assert quoted["licensee"] == LICENSEE


def test_a_secret_would_be_seen(world: World) -> None:
    """The walk's own eye: in the owner's answers the same search finds what it looks for."""
    seen = set()
    for operation in operations():
        if operation.method == "GET" and operation.secured:
            filled, _ = names_of(world, operation)
            seen.update(_told(world, world.owner.ask("GET", path_of(world, operation, filled))))
    assert seen >= world.secrets - {world.waiting_job}
