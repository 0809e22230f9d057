"""The studio's pages in one process: who gets in, what they show, and what they refuse."""

import io
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from web_app import QUICK, made_job, order, small_platform

from clearcue.services.access import add_organisation, list_keys, make_key, revoke_key
from clearcue.services.jobs import cancel_job, find_job, submit
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.reading import list_licences
from clearcue.services.stored import Job, Organisation, StoreLostError
from clearcue.web.app import create_app
from clearcue.web.session import COOKIE, SESSION_SECONDS
from clearcue.web.studio.pages import ROUTES, TRACKS_SHOWN

ORIGIN = {"Origin": "http://localhost"}
WORK = "music21:corelli/opus3no1/1grave"
BRIEF = {"mood": "calm", "usage": "ad", "seconds": "5"}


@dataclass
class Studio:
    """A platform with a made track of the owner's, and its app."""

    platform: Platform
    job: Job

    def visitor(self, organisation: Organisation | None = None) -> FlaskClient:
        """A browser that is signed in as the owner, or as another organisation."""
        key = make_key(self.platform, organisation or ensure_owner(self.platform), "studio").text
        client = create_app(self.platform, QUICK).test_client()
        answer = client.post("/sign-in", data={"key": key}, headers=ORIGIN)
        assert (answer.status_code, answer.location) == (303, "/")
        return client

    def names(self) -> dict[str, str]:
        """Something of the owner's for every variable of a path."""
        licence_id = str(dict(self.job.result or {})["licence_id"])
        with self.platform.units.read() as unit:
            licence = unit.licences.get(self.job.organisation_id, licence_id)
        return {
            "track_id": self.job.payload["track_id"],
            "job_id": self.job.id,
            "quote_id": self.job.payload["quote_id"],
            "licence_id": licence_id,
            "number": licence.number,
            "work_id": WORK,
        }


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Made once for this module."""
    folder = tmp_path_factory.mktemp("studio")
    platform = small_platform(folder / "home")
    return Studio(platform, made_job(platform, ensure_owner(platform), folder / "work"))


@pytest.fixture(scope="module")
def stranger(studio: Studio) -> FlaskClient:
    """A browser of a second organisation."""
    return studio.visitor(add_organisation(studio.platform, "stranger", "A stranger"))


def filled(rule: str, names: dict[str, str]) -> str:
    """A route with its variables filled in."""
    return re.sub(r"<(?:path:)?(\w+)>", lambda match: names[match[1]], rule)


def send(client: FlaskClient, method: str, path: str, **data: str) -> Any:
    """One request as our own page sends it."""
    return client.open(path, method=method, data=data or None, headers=ORIGIN)


VISITORS = [pytest.param(*route[:2], id=route[2]) for route in ROUTES if route[3]]


@pytest.mark.parametrize(("rule", "method"), VISITORS)
def test_nobody_gets_in_without_a_session(studio: Studio, rule: str, method: str) -> None:
    """Without a session, or with a forged one, every page leads to the one to sign in."""
    client = create_app(studio.platform, QUICK).test_client()
    for cookie in (None, "ImNja19hIg.aaaaaa.AAAA", "é" * 9):
        if cookie is not None:
            client.set_cookie(COOKIE, cookie)
        path = filled(rule, studio.names())
        answer = send(client, method, path)
        assert answer.status_code == 303
        page, _, asked = answer.location.partition("?to=")
        assert (page, asked) == ("/sign-in", path if method == "GET" and path != "/" else "")


@pytest.mark.parametrize(("rule", "method"), VISITORS)
def test_a_stranger_sees_nothing(
    studio: Studio, stranger: FlaskClient, rule: str, method: str
) -> None:
    """On every page a second organisation finds nothing of the first's."""
    names = studio.names()
    form = BRIEF if rule == "/make" else {}
    answer = send(stranger, method, filled(rule, names), **form)
    if "<" in rule and "work_id" not in rule:
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text
    unasked = [own for name, own in names.items() if f"{name}>" not in rule]
    assert not any(own in answer.text for own in unasked)


@pytest.mark.parametrize(("rule", "method"), VISITORS)
def test_a_foreign_form_is_refused(studio: Studio, rule: str, method: str) -> None:
    """A form that another site sends with the visitor's cookie does nothing."""
    if method != "POST":
        return
    client = studio.visitor()
    for origin in ({}, {"Origin": "http://localhost.example"}, {"Origin": "null"}):
        answer = client.post(filled(rule, studio.names()), data=BRIEF, headers=origin)
        assert answer.status_code == 403
    assert find_job(studio.platform, ensure_owner(studio.platform), studio.job.id).state == "done"


def test_a_session_reads_the_api_and_no_more(studio: Studio) -> None:
    """With a session alone a browser may fetch files and events; changing needs the key."""
    client = studio.visitor()
    track = f"/v1/tracks/{studio.names()['track_id']}"
    assert client.get(track).status_code == 200
    assert client.get(f"{track}/files/track.wav", headers={"Range": "bytes=0-3"}).data == b"RIFF"
    assert client.post("/v1/tracks", json={**BRIEF, "seconds": 5}).status_code == 401
    assert client.get(track, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_a_session_ends(studio: Studio) -> None:
    """A session ends by signing out, with its key, and by time."""
    client = studio.visitor()
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    owner = ensure_owner(studio.platform)
    key = list_keys(studio.platform, owner)[-1]
    assert key.secret_digest not in cookie.value
    assert client.get("/").status_code == 200
    revoke_key(studio.platform, owner, key.prefix)
    assert client.get("/").location == "/sign-in"
    again = studio.visitor()
    send(again, "POST", "/sign-out")
    assert again.get("/").location == "/sign-in"
    assert cookie.max_age == SESSION_SECONDS == timedelta(days=30).total_seconds()


def test_signing_in_leads_back(studio: Studio) -> None:
    """Whoever wanted a page gets it after signing in; no other address is gone to."""
    key = make_key(studio.platform, ensure_owner(studio.platform), "studio").text
    client = create_app(studio.platform, QUICK).test_client()
    names = studio.names()
    tracks = f"/tracks/{names['track_id']}"
    asked = client.get(tracks)
    assert f'name="to" value="{tracks}"' in client.get(asked.location).text
    wrong = client.post("/sign-in", data={"key": "cck_1", "to": tracks}, headers=ORIGIN)
    assert f'name="to" value="{tracks}"' in wrong.text
    for to in (tracks, "/works", f"/works/{WORK}"):
        answer = client.post("/sign-in", data={"key": key, "to": to}, headers=ORIGIN)
        assert answer.location == to
    for to in (
        "//example.org",
        "/\\example.org",
        "https://example.org",
        f"{tracks}//e",
        "/make",
        "x",
    ):
        answer = client.post("/sign-in", data={"key": key, "to": to}, headers=ORIGIN)
        assert answer.location == "/", to


def test_a_wrong_key_is_told(studio: Studio) -> None:
    """A key that opens nothing brings the form back with a line, and no cookie."""
    client = create_app(studio.platform, QUICK).test_client()
    for key in ("", "cck_1", "cck_000000000000_" + "0" * 64):
        answer = client.post("/sign-in", data={"key": key}, headers=ORIGIN)
        assert answer.status_code == 401
        assert "unknown or closed" in answer.text
        assert client.get_cookie(COOKIE) is None


WRONG_BRIEFS = [
    ({"seconds": "4"}, "out of range"),
    ({"seconds": "half a minute"}, "is no length"),
    ({"mood": "sour"}, "there is no mood"),
    ({"usage": "<b>"}, "there is no usage"),
    ({"style": "sea-shanty"}, "there is no style"),
    ({"seed": "-1"}, "a seed is a whole number"),
    ({"seed": "99999999999999999"}, "a seed is a whole number"),
]


@pytest.mark.parametrize(("wrong", "line"), WRONG_BRIEFS)
def test_a_wrong_brief_comes_back(studio: Studio, wrong: dict[str, str], line: str) -> None:
    """What cannot be made is told in a line, with what was typed still there."""
    answer = send(studio.visitor(), "POST", "/make", **{**BRIEF, **wrong})
    assert answer.status_code == 422
    assert line in answer.text
    assert "<b>" not in answer.text.partition('role="alert"')[2].partition("</p>")[0]
    if "seconds" in wrong:
        assert f'value="{wrong["seconds"]}"' in answer.text


def test_a_brief_becomes_a_job(studio: Studio) -> None:
    """A brief leads to its job's page, which can be cancelled, and ordered again."""
    client = studio.visitor()
    ordered = send(client, "POST", "/make", **BRIEF, seed="7")
    page = client.get(ordered.location)
    assert "Waiting for its turn" in page.text
    assert client.get("/").text.count("Waiting for its turn") == 1
    job_id = ordered.location.rpartition("/")[2]
    assert send(client, "POST", f"/jobs/{job_id}/cancel").location == "/"
    assert "Order it again" in client.get(ordered.location).text
    done = send(client, "POST", f"/jobs/{studio.job.id}/cancel")
    assert client.get(done.location).location == f"/tracks/{studio.job.payload['track_id']}"


def test_a_form_that_is_reloaded_leads_to_its_page(studio: Studio) -> None:
    """The address of a form, opened as a page, leads to where the form stands."""
    client, names = studio.visitor(), studio.names()
    pages = {rule for rule, method, _, _ in ROUTES if method == "GET"}
    for rule, method, _, _ in ROUTES:
        if method == "POST" and rule not in pages:
            path = filled(rule, names)
            answer = client.get(path)
            assert (answer.status_code, answer.location) == (303, path.rpartition("/")[0] or "/")
    assert client.get("/v1/quotes").status_code == 405


@pytest.mark.parametrize("name", ["1", "%00", "x" * 26, "é"])
def test_what_can_be_no_id_is_not_there(studio: Studio, name: str) -> None:
    """A page of what has no id of ours is not looked for, and is a page with status 404."""
    client = studio.visitor()
    for folder in ("jobs", "tracks", "quotes", "licences", "works"):
        answer = client.get(f"/{folder}/{name}")
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert client.get("/?before=" + name).status_code == 200


def test_every_unfinished_job_and_older_track_is_reached(tmp_path: Path) -> None:
    """However many jobs wait, the first is shown first; tracks beyond a page are a link away."""
    platform = small_platform(tmp_path / "home")
    job = made_job(platform, ensure_owner(platform), tmp_path / "work")
    studio = Studio(platform, job)
    owner = ensure_owner(platform)
    client = studio.visitor()
    waiting = [submit(platform, owner, order(), platform.ids.new()).id for _ in range(22)]
    text = client.get("/").text
    assert re.findall(r'href="/jobs/(\w+)"', text) == waiting
    with platform.units.write() as unit:
        track = unit.tracks.get(owner.id, job.payload["track_id"])
        for _ in range(TRACKS_SHOWN):
            unit.tracks.add(replace(track, id=platform.ids.new()))
        unit.commit()
    first = client.get("/").text
    (older,) = re.findall(r'href="(/\?before=\w+)#tracks"', first)
    second = client.get(older).text
    shown = re.findall(r'href="/tracks/(\w+)"', first + second)
    assert len(shown) == len(set(shown)) == TRACKS_SHOWN + 1
    assert shown[-1] == track.id
    assert "Older tracks" not in second


def test_a_job_that_nobody_takes_up_says_so(studio: Studio) -> None:
    """Where no worker works, the job's page and the start say so, and who can help."""
    owner = ensure_owner(studio.platform)
    job = submit(studio.platform, owner, order(), studio.platform.ids.new())

    class Later:
        def now(self) -> Any:
            return studio.platform.clock.now() + timedelta(seconds=20)

    client = Studio(replace(studio.platform, clock=Later()), studio.job).visitor()
    line = "o worker makes tracks at the moment; whoever runs this service starts one"
    assert f"N{line}." in client.get(f"/jobs/{job.id}").text
    assert f"Waiting for its turn: n{line}" in client.get("/").text
    assert line not in studio.visitor().get(f"/jobs/{job.id}").text
    cancel_job(studio.platform, owner, job.id)


def test_a_track_tells_its_story(studio: Studio) -> None:
    """The page has the verified record, the works of influence, the verdict and every file."""
    names = studio.names()
    text = studio.visitor().get(f"/tracks/{names['track_id']}").text
    assert "stands in its public log" in text
    assert "Envelope</b> passed" in text
    for needed in ("track.wav", "stems/bass.wav", "score.musicxml", "bundle.json"):
        assert f"/files/{needed}" in text
    shares = [int(share) for share in re.findall(r'class="number">(\d+) %</td>', text)]
    assert 97 <= sum(shares) <= 103
    assert "compared with 4 works" in text
    assert f"/licences/{names['licence_id']}" in text


def test_an_offer_becomes_one_licence(studio: Studio) -> None:
    """Terms are read before they are accepted; accepting twice issues once."""
    client = studio.visitor()
    track = f"/tracks/{studio.names()['track_id']}"
    before = len(list_licences(studio.platform, ensure_owner(studio.platform), 99, None))
    form = {"template": "podcast", "term": "P6M", "licensee": "Förster & Söhne",
            "where": "countries", "countries": "germany, AT"}  # fmt: skip
    offer = send(client, "POST", f"{track}/licence", **form).location
    page = client.get(offer).text
    assert "Förster &amp; Söhne" in page
    assert "Austria and Germany" in page
    first = send(client, "POST", f"{offer}/accept").location
    assert send(client, "POST", f"{offer}/accept").location == first
    assert client.get(offer).location == first
    after = len(list_licences(studio.platform, ensure_owner(studio.platform), 99, None))
    assert after == before + 1
    licence = client.get(first).text
    pdf = re.findall(r'href="(/v1/licences/[^"]+\.pdf)"', licence)[0]
    assert client.get(pdf).data.startswith(b"%PDF-")


WRONG_OFFERS = [
    ({"where": "countries", "countries": "Atlantis"}, "is no ISO 3166-1 country code"),
    ({"where": "countries", "countries": " , "}, "name at least one country"),
    ({"where": "world", "countries": "DE"}, "choose one of them"),
    ({"term": "soon"}, "is no term"),
    ({"template": "everything"}, "there is no licence template"),
    ({"licensee": "a\u202eb"}, "cannot be printed"),
]


@pytest.mark.parametrize(("wrong", "line"), WRONG_OFFERS)
def test_a_wrong_wish_comes_back(studio: Studio, wrong: dict[str, str], line: str) -> None:
    """A licence that cannot be granted is told in a line on the track's page."""
    path = f"/tracks/{studio.names()['track_id']}/licence"
    answer = send(studio.visitor(), "POST", path, **wrong)
    assert answer.status_code == 422
    assert line in answer.text


def test_a_lapsed_offer_cannot_be_accepted(studio: Studio) -> None:
    """An offer whose time is over says so, and accepting it issues nothing."""
    offer = send(
        studio.visitor(), "POST", f"/tracks/{studio.names()['track_id']}/licence", where="world"
    ).location

    class Later:
        def now(self) -> Any:
            return studio.platform.clock.now() + timedelta(days=400)

    later = Studio(replace(studio.platform, clock=Later()), studio.job).visitor()
    assert "has lapsed" in later.get(offer).text
    assert send(later, "POST", f"{offer}/accept").location == offer
    assert "has lapsed" in later.get(offer).text


def test_a_work_tells_its_rights(studio: Studio) -> None:
    """A work's page has its evidence, its training set with a proof, and the tracks it reached."""
    client, names = studio.visitor(), studio.names()
    found = client.get("/works?asked=corelli").text
    assert f"/works/{quote(names['work_id'])}" in found
    text = client.get(f"/works/{names['work_id']}").text
    assert "<blockquote>" in text
    assert f"/tracks/{names['track_id']}" in text
    proof = re.findall(r'href="(/v1/training-sets/[^"]+/proofs/[^"]+)"', text)[0]
    assert b"training-set-membership" in client.get(proof).data
    assert client.get("/works/music21:nothing").status_code == 404


def test_a_work_is_found_by_its_file_and_melody(studio: Studio) -> None:
    """The SHA-256 of a file finds its work, and a track's own score finds the track."""
    client, names = studio.visitor(), studio.names()
    work = client.get(f"/v1/corpus/works/{names['work_id']}").json
    assert work is not None
    assert names["work_id"] in client.get(f"/works?asked={work['sha256']}").text
    assert "No work fits" in client.get(f"/works?asked={'0' * 64}").text
    score = client.get(f"/v1/tracks/{names['track_id']}/files/score.mid").data
    answer = client.post("/works", data={"file": (io.BytesIO(score), "a.mid")}, headers=ORIGIN)
    told = re.sub(r"<[^>]+>|\s+", " ", answer.text)
    assert "Yours that come near: 1:" in told, told
    for content, name in ((b"no score", "a.mid"), (b"", "")):
        wrong = client.post("/works", data={"file": (io.BytesIO(content), name)}, headers=ORIGIN)
        assert wrong.status_code == 422
        assert 'role="alert"' in wrong.text


def test_an_outline_is_the_recordings(studio: Studio) -> None:
    """The outline of a stored mix has its length, and is refused for what is no recording."""
    client = studio.visitor()
    path = f"/v1/tracks/{studio.names()['track_id']}/outline"
    found = client.get(f"{path}?columns=50").json
    assert found is not None
    assert (len(found["low"]), found["frames"]) == (50, 12 * 48_000)
    assert 0.2 < max(found["high"]) <= 1.0
    assert client.get(f"{path}?file=score.mid").status_code == 422
    assert client.get(f"{path}?file=track.ogg").status_code == 404


def test_assets_may_be_kept(studio: Studio) -> None:
    """An asset named with its digest may be kept for good; nothing else is served."""
    client = studio.visitor()
    address = re.findall(r'href="(/static/studio\.css[^"]+)"', client.get("/").text)[0]
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert client.get("/static/studio.css").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/..%2fapp.py").status_code == 404


def test_an_address_that_is_nobodys(studio: Studio) -> None:
    """A browser gets a page, a program a problem document."""
    client = create_app(studio.platform, QUICK).test_client()
    page = client.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert client.get("/nowhere").mimetype == "application/problem+json"


def test_a_lost_database_is_a_page(studio: Studio) -> None:
    """When the store cannot be reached, the page says so in one line, with status 503."""

    class Lost:
        def read(self) -> Any:
            raise StoreLostError("the database cannot be reached; start it and try again")

        write = read

    client = studio.visitor()
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    lost = create_app(replace(studio.platform, units=Lost()), QUICK).test_client()
    lost.set_cookie(COOKIE, cookie.value)
    answer = lost.get("/")
    assert answer.status_code == 503
    assert "start it and try again" in answer.text


def test_pages_hold_nothing_inline(studio: Studio) -> None:
    """No page has a script, a style or a handler in it: the policy would not let it run."""
    client, names = studio.visitor(), studio.names()
    paths = [filled(route[0], names) for route in ROUTES if route[1] == "GET"]
    for path in paths:
        text = client.get(path, follow_redirects=True).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), path
