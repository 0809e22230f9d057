"""A producer's wishes on their way: form and request, queue, music, record, and ordered again."""

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from small_corpus import small_model
from web_app import QUICK, Client, owner_and_stranger, small_platform, work_off

from clearcue.composer.brief import Brief, read_brief
from clearcue.composer.compose import compose
from clearcue.composer.wishes import Hit, KeyWish
from clearcue.services.access import make_key
from clearcue.services.jobs import find_job, read_payload
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.story import story_of
from clearcue.web.app import create_app

BRIEF = {"mood": "calm", "usage": "ad", "seconds": 6}
WISHES = {
    "adventure": 0.25,
    "hits": [{"at_seconds": 3.9, "kind": "stop"}, {"at_seconds": 2.5, "kind": "accent"}],
    "tempo_bpm": 77.5,
    "key": "D dorian",
}
MEANT = Brief(
    "calm", "ad", Fraction(6), adventure=25, hits=(Hit(2500, "accent"), Hit(3900, "stop")),
    tempo_bpm=Fraction(155, 2), key=KeyWish(2, "dorian"),
)  # fmt: skip
FORM = {
    "mood": "calm", "usage": "ad", "seconds": "6", "style": "", "seed": "7",
    "adventure_percent": "25", "hits": "3.9=stop, 2.5=accent", "tempo_bpm": "77,5",
    "key": "D dorian",
}  # fmt: skip
ORIGIN = {"Origin": "http://localhost"}


@dataclass
class World:
    """A platform, and the owner at it: by the API, and in a browser."""

    platform: Platform
    client: Client
    browser: FlaskClient

    def meant(self, job_id: str) -> Brief:
        """The brief that a worker reads out of the stored job."""
        job = find_job(self.platform, ensure_owner(self.platform), job_id)
        return read_payload(json.loads(json.dumps(dict(job.payload))))[0].brief


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Made once for this module."""
    platform = small_platform(tmp_path_factory.mktemp("wishes") / "home")
    browser = create_app(platform, QUICK).test_client()
    key = make_key(platform, ensure_owner(platform), "browser").text
    browser.post("/sign-in", data={"key": key}, headers=ORIGIN)
    return World(platform, owner_and_stranger(platform)[0], browser)


def test_what_is_asked_for_reaches_the_record(world: World, tmp_path: Path) -> None:
    """The wishes stand in queue and record; composed from the record, the music is the same."""
    answer = world.client.ask("POST", "/v1/tracks", json={**BRIEF, **WISHES, "seed": 7})
    assert answer.status_code == 202, answer.json
    assert world.meant(answer.json["id"]) == MEANT
    work_off(world.platform, tmp_path / "work")
    owner = ensure_owner(world.platform)
    job = find_job(world.platform, owner, answer.json["id"])
    assert job.state == "done", job.error
    story = story_of(world.platform, owner, job.payload["track_id"])
    asked: dict[str, Any] = story.record["buildDefinition"]["externalParameters"]
    assert asked["hits"] == [{"at_ms": 2500, "kind": "accent"}, {"at_ms": 3900, "kind": "stop"}]
    again = compose(small_model(), read_brief(asked), asked["seed"], asked["attempt"])
    internal = story.record["buildDefinition"]["internalParameters"]
    assert again.score.key.name == internal["key"] == "D dorian"
    found = internal["microseconds_per_quarter"]
    assert again.score.tempo.microseconds_per_quarter == found
    page = world.browser.get(f"/tracks/{job.payload['track_id']}").text
    assert "2.5=accent, 3.9=stop, 77.5 bpm, D dorian" in page
    assert 'name="hits" value="2.5=accent 3.9=stop"' in page


def test_the_form_asks_for_the_same(world: World) -> None:
    """The studio's form means what the request means; its job orders the same again."""
    done = world.browser.post("/make", data=FORM, headers=ORIGIN)
    assert done.status_code == 303
    job_id = done.location.rpartition("/")[2]
    assert world.meant(job_id) == MEANT
    world.browser.post(f"/jobs/{job_id}/cancel", headers=ORIGIN)
    page = world.browser.get(f"/jobs/{job_id}").text
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    second = world.browser.post("/make", data=again, headers=ORIGIN)
    assert world.meant(second.location.rpartition("/")[2]) == MEANT


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"hits": "7=drop"}, "inside the music"),
        ({"hits": "later"}, "12.5=drop"),
        ({"tempo_bpm": "fast"}, "40 to 240"),
        ({"key": "D phrygian"}, "calm music is written in major, lydian, dorian"),
        ({"adventure_percent": "200"}, "0 to 100"),
    ],
)
def test_a_wish_that_cannot_be_comes_back(world: World, wrong: dict[str, str], line: str) -> None:
    """The form comes back with what was typed and a line that helps; the API says the same."""
    answer = world.browser.post("/make", data={**FORM, **wrong}, headers=ORIGIN)
    assert answer.status_code == 422
    assert line in answer.text
    for value in wrong.values():
        assert f'value="{value}"' in answer.text


def test_the_api_refuses_what_no_music_could_meet(world: World) -> None:
    """A hit behind the end and a mode that the mood lacks are problems, not failed jobs."""
    for wrong, line in (
        ({"hits": [{"at_seconds": 7, "kind": "drop"}]}, "inside the music"),
        ({"key": "D phrygian"}, "calm music is written in"),
    ):
        answer = world.client.ask("POST", "/v1/tracks", json={**BRIEF, **wrong})
        assert answer.status_code == 422
        assert line in answer.text
