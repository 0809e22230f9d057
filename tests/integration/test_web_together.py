"""Working together over HTTP and in the studio: gifts are declared and checked, work goes on."""

import base64
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from given_files import ABC, TUNE, tune_midi
from web_app import QUICK, Client, made_job, owner_and_stranger, small_platform, work_off

from clearcue.services.access import make_key
from clearcue.services.jobs import find_job, read_payload
from clearcue.services.ordering import Order
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.story import story_of
from clearcue.services.supplying import Declaration
from clearcue.web.app import create_app

BRIEF = {"mood": "uplifting", "usage": "ad", "seconds": 12, "seed": 7}
ORIGIN = {"Origin": "http://localhost"}
JANE = {"by": "Jane Doe", "right": "own-work", "statement": "written on a train"}


def file(content: bytes | str, name: str = "motif.mid") -> dict[str, str]:
    """A file as the API takes it."""
    data = content if isinstance(content, bytes) else content.encode()
    return {"name": name, "content": base64.b64encode(data).decode()}


@dataclass
class World:
    """A platform with the owner's made track, the owner and a stranger, and the owner's browser."""

    platform: Platform
    owner: Client
    stranger: Client
    browser: FlaskClient
    track_id: str

    def ordered(self, job_id: str) -> Order:
        """What a worker reads out of the stored job."""
        job = find_job(self.platform, ensure_owner(self.platform), job_id)
        return read_payload(json.loads(json.dumps(dict(job.payload))))[0]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for this module."""
    folder = tmp_path_factory.mktemp("together")
    platform = small_platform(folder / "home")
    owner, stranger = owner_and_stranger(platform)
    job = made_job(platform, ensure_owner(platform), folder / "work")
    browser = create_app(platform, QUICK).test_client()
    key = make_key(platform, ensure_owner(platform), "browser").text
    browser.post("/sign-in", data={"key": key}, headers=ORIGIN)
    return World(platform, owner, stranger, browser, str(job.payload["track_id"]))


def test_an_order_brings_a_motif(world: World) -> None:
    """Motif, chords and declaration reach the queue as notes and words."""
    supplied = {**JANE, "motif": file(tune_midi()), "chords": "C | Am F | G"}
    answer = world.owner.ask("POST", "/v1/tracks", json={**BRIEF, "supplied": supplied})
    assert answer.status_code == 202, answer.json
    supply = world.ordered(answer.json["id"]).supply
    assert supply.declaration == Declaration("Jane Doe", "own-work", "written on a train")
    assert supply.given.motif is not None
    assert supply.given.motif.notes == TUNE
    assert supply.given.chords is not None
    assert supply.given.chords.text == "C | Am F | G"


@pytest.mark.parametrize(
    ("supplied", "line"),
    [
        ({**JANE}, "needs a motif"),
        ({**JANE, "motif": {"name": "m", "content": "####"}}, "no base64"),
        ({**JANE, "motif": file(b"\0" * 60)}, "no score"),
        ({**JANE, "chords": "C H"}, "no chord"),
        ({"by": "Jane", "right": "licensed", "chords": "C"}, "who granted what"),
        ({"right": "own-work", "chords": "C"}, "Field required"),
        ({**JANE, "right": "mine", "chords": "C"}, "own-work"),
    ],
)
def test_the_api_says_what_is_wrong_with_a_gift(
    world: World, supplied: dict[str, Any], line: str
) -> None:
    """Nothing is queued, and one line says what would do."""
    answer = world.owner.ask("POST", "/v1/tracks", json={**BRIEF, "supplied": supplied})
    assert answer.status_code == 422
    assert line in answer.text


def test_another_organisations_tune_is_refused_at_once(world: World, tmp_path: Path) -> None:
    """What a stranger's motif shares with the owner's track is refused before it is queued."""
    supplied = {**JANE, "motif": file(tune_midi())}
    mine = world.owner.ask("POST", "/v1/tracks", json={**BRIEF, "supplied": supplied})
    work_off(world.platform, tmp_path / "work")
    job = find_job(world.platform, ensure_owner(world.platform), mine.json["id"])
    assert job.state == "done", job.error
    answer = world.stranger.ask("POST", "/v1/tracks", json={**BRIEF, "supplied": supplied})
    assert answer.status_code == 409
    assert answer.json["type"].endswith("near-duplicate")
    assert "another track of this platform" in answer.json["detail"]
    again = world.owner.ask("POST", "/v1/tracks", json={**BRIEF, "supplied": supplied})
    assert again.status_code == 202


def test_a_track_is_worked_on(world: World, tmp_path: Path) -> None:
    """A rework is a job like any other; its record names the track that it works on."""
    path = f"/v1/tracks/{world.track_id}/reworks"
    answer = world.owner.ask("POST", path, json={"locks": ["melody"], "seed": 9, "by": "Max"})
    assert answer.status_code == 202, answer.json
    work_off(world.platform, tmp_path / "work")
    owner = ensure_owner(world.platform)
    job = find_job(world.platform, owner, answer.json["id"])
    assert job.state == "done", job.error
    record = story_of(world.platform, owner, job.payload["track_id"]).record
    rework = record["buildDefinition"]["externalParameters"]["rework"]
    assert (rework["by"], rework["locks"]) == ("Max", ["melody"])
    for wrong in ({}, {"locks": ["melody"], "vary_percent": 3}, {"vary_percent": 101}):
        assert world.owner.ask("POST", path, json=wrong).status_code == 422
    assert world.stranger.ask("POST", path, json={"vary_percent": 3}).status_code == 404


def test_the_form_brings_a_motif(world: World) -> None:
    """The studio's form means what the request means."""
    form = {
        "mood": "uplifting", "usage": "ad", "seconds": "12", "given_by": "Jane Doe",
        "given_right": "public-domain", "chords": "I vi IV V",
        "motif": (io.BytesIO(ABC.encode()), "tune.abc"),
    }  # fmt: skip
    done = world.browser.post("/make", data=form, headers=ORIGIN)
    assert done.status_code == 303, done.text
    supply = world.ordered(done.location.rpartition("/")[2]).supply
    assert supply.declaration == Declaration("Jane Doe", "public-domain")
    assert supply.given.motif is not None
    assert supply.given.motif.notes == TUNE
    assert supply.given.motif.source.file == "tune.abc"


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"given_by": ""}, "needs your declaration"),
        ({"motif": (io.BytesIO(b"no score at all"), "x.mid")}, "no score"),
        ({"chords": "C vi"}, "not both"),
        ({"given_right": "licensed"}, "who granted what"),
    ],
)
def test_a_gift_that_cannot_be_taken_comes_back(
    world: World, wrong: dict[str, Any], line: str
) -> None:
    """The form comes back with its words, and one line that helps."""
    form = {
        "mood": "uplifting", "usage": "ad", "seconds": "12", "given_by": "Jane Doe",
        "given_right": "own-work", "chords": "I vi IV V", **wrong,
    }  # fmt: skip
    answer = world.browser.post("/make", data=form, headers=ORIGIN)
    assert answer.status_code == 422
    assert line in answer.text


def test_the_page_of_a_track_offers_what_can_stay(world: World) -> None:
    """Parts, chords and sections to keep; what is asked for becomes a job, nothing comes back."""
    page = world.browser.get(f"/tracks/{world.track_id}").text
    for name in ("melody", "bass", "chords"):
        assert f'name="lock" value="{name}"' in page
    assert 'name="lock" value="section:' in page
    path = f"/tracks/{world.track_id}/rework"
    done = world.browser.post(
        path, data={"lock": ["melody", "chords"], "given_by": "Max"}, headers=ORIGIN
    )
    assert done.status_code == 303
    rework = world.ordered(done.location.rpartition("/")[2]).rework
    assert rework is not None
    assert (rework.locks, rework.by) == (("melody", "chords"), "Max")
    back = world.browser.post(path, data={"vary_percent": "x"}, headers=ORIGIN)
    assert back.status_code == 422
    assert "percent" in back.text
    assert world.browser.post(path, data={}, headers=ORIGIN).status_code == 422
