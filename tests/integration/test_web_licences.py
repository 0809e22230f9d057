"""Licences over HTTP and on the pages for everybody: advice, holds, ends, papers, track checks."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from web_app import Client, made_job, owner_and_stranger, small_platform
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform

OURS = {"Origin": "http://localhost"}


class Shop:
    """An app with one licensed track, asked as its owner, as a stranger and as nobody."""

    def __init__(self, platform: Platform, payload: dict[str, Any]) -> None:
        self.own, self.stranger = owner_and_stranger(platform)
        self.nobody = Client(self.own._client, "")
        self.track = str(payload["track_id"])
        self.licence = self.json(self.own, "GET", f"/v1/licences/{payload['licence_id']}")

    def json(self, who: Client, method: str, path: str, body: Any = None, status: int = 0) -> Any:
        """One request with JSON; its answer."""
        given = {} if body is None else {"json": body}
        answer = who.ask(method, path, **given)
        assert answer.status_code == status if status else answer.status_code < 300, answer.text
        return answer.get_json(force=True)

    def sound(self, name: str) -> bytes:
        """A delivered file."""
        answer = self.own.ask("GET", f"/v1/tracks/{self.track}/files/{name}")
        assert answer.status_code == 200
        return bytes(answer.data)

    def drop(self, data: bytes, number: str = "") -> str:
        """The page's answer for a dropped file."""
        form = {"file": FileStorage(io.BytesIO(data), "dropped.wav"), "number": number}
        boundary, body = encode_multipart(form)
        kind = f"multipart/form-data; boundary={boundary}"
        answer = self.nobody.ask("POST", "/check", data=body, content_type=kind, headers=OURS)
        assert answer.status_code == 200
        return answer.text.partition('id="answer"')[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home with one licensed track."""
    home = tmp_path_factory.mktemp("made")
    platform = small_platform(home / "home")
    job = made_job(platform, ensure_owner(platform), home / "work")
    return home / "home", dict(job.payload)


@pytest.fixture
def shop(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> Shop:
    """A shop of its own, on a copy of that home."""
    shutil.copytree(made[0], tmp_path / "home")
    return Shop(small_platform(tmp_path / "home"), made[1])


def test_a_dropped_file_is_told_without_the_licensee(shop: Shop) -> None:
    """The exact file and the same samples are found; who took the licence, by the number only."""
    licensee, number = shop.licence["licensee"], shop.licence["number"]
    samples, rate = soundfile.read(io.BytesIO(shop.sound("track.wav")), dtype="int32")
    again = io.BytesIO()
    soundfile.write(again, samples, rate, format="FLAC", subtype="PCM_24")
    for data, how in (
        (shop.sound("track.mp3"), "is, byte for byte, a file of"),
        (again.getvalue(), "holds the same samples as"),
    ):
        told = shop.drop(data)
        assert "<h2>Licensed</h2>" in told
        assert how in told
        assert licensee not in told
        assert number not in told
        assert licensee in shop.drop(data, number.lower())
        other = shop.drop(data, "CL-0000-0000-0000-0000")
        assert "of no licence of this track" in other
        assert licensee not in other


def test_a_cut_and_encoded_copy_is_found_by_its_sound(shop: Shop) -> None:
    """An MP3 of six seconds out of the middle, quieter, is told as licensed, with a score."""
    samples, rate = soundfile.read(io.BytesIO(shop.sound("track.wav")), dtype="float32")
    copy = io.BytesIO()
    cut = 0.6 * samples[3 * rate : 9 * rate]
    soundfile.write(copy, cut, rate, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.8)
    told = shop.drop(copy.getvalue())
    assert "<h2>Licensed</h2>" in told
    assert "sounds like a copy" in told
    assert "The score is" in told
    assert shop.licence["licensee"] not in told
    assert shop.licence["licensee"] in shop.drop(copy.getvalue(), shop.licence["number"])


def test_a_strangers_sound_is_none(shop: Shop) -> None:
    """Noise, somebody's chords, a text and nothing are no track of ours."""
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, (48000, 2))
    file = io.BytesIO()
    soundfile.write(file, noise, 48000, format="WAV", subtype="PCM_24")
    beats = np.arange(8 * 48000) / 48000
    song = sum(np.sin(2 * np.pi * 110 * 2 ** (n / 12) * beats) for n in (0, 4, 7)) / 8
    song *= np.exp(-4 * (beats * 2.2 % 1))
    other = io.BytesIO()
    soundfile.write(other, song, 48000, format="MP3", subtype="MPEG_LAYER_III")
    for data in (file.getvalue(), other.getvalue(), b"RIFF\x00\x00\x00\x00WAVE", b"a text"):
        assert "<h2>None</h2>" in shop.drop(data)


def test_a_revoked_licence_is_told_at_once(shop: Shop) -> None:
    """Revoked over the API, it is revoked on its page, in its state and for a dropped file."""
    number, here = shop.licence["number"], f"/v1/licences/{shop.licence['id']}"
    public = f"/v1/licence-status/{number}"
    assert shop.json(shop.nobody, "GET", public)["state"] == "active"
    shop.json(shop.stranger, "POST", f"{here}/revocation", {"reason": "error"}, 404)
    ended = shop.json(
        shop.own, "POST", f"{here}/revocation", {"reason": "fraud", "note": "card 7"}, 201
    )
    assert ended["state"] == "revoked"
    assert shop.json(shop.nobody, "GET", public)["ended"] == ended
    page = shop.nobody.ask("GET", f"/status/{number}")
    assert "Revoked" in page.text
    assert "it was obtained by fraud" in page.text
    statement = shop.nobody.ask("GET", f"{public}/licence-end.json")
    assert b"dsseEnvelope" in statement.data
    assert "no licence in force" in shop.drop(shop.sound("track.mp3"))
    problem = shop.json(shop.own, "POST", f"{here}/revocation", {"reason": "fraud"}, 409)
    assert problem["type"].endswith("licence-ended")
    parts = {
        "bundle": (io.BytesIO(shop.sound("bundle.json")), "bundle.json"),
        "files": (io.BytesIO(shop.sound("licence.json")), "licence.json"),
    }
    report = shop.own.ask("POST", "/v1/verifications", data=parts).get_json()
    assert report["verified"], report["checks"]
    assert report["licence"]["state"] == "revoked"
    assert report["verified"]


def test_papers_by_number_and_by_id(shop: Shop) -> None:
    """Every paper but the invoice is there by the number; nobody guesses one."""
    here = f"/v1/licences/{shop.licence['id']}/papers"
    public = f"/v1/licence-status/{shop.licence['number']}"
    for name, kind in (
        ("certificate.pdf", "application/pdf"), ("cue-sheet.csv", "text/csv"),
        ("odrl.json", "application/ld+json"), ("credits.txt", "text/plain"),
    ):  # fmt: skip
        mine, anybodys = (who.ask("GET", f"{at}/{name}") for who, at in (
            (shop.own, here), (shop.nobody, public)))  # fmt: skip
        assert mine.data == anybodys.data
        assert mine.mimetype == kind
    assert shop.nobody.ask("GET", f"{public}/invoice.pdf").status_code == 404
    assert shop.nobody.ask("GET", f"{public}/other.pdf").status_code == 404
    letter = shop.own.ask("GET", f"{here}/certificate.pdf?size=Letter")
    assert letter.data != shop.own.ask("GET", f"{here}/certificate.pdf").data
    unknown = "/v1/licence-status/CL-0000-0000-0000-0000"
    assert shop.nobody.ask("GET", unknown).status_code == 404
    assert shop.nobody.ask("GET", "/status/nonsense").status_code == 404


def test_an_exclusive_is_held_over_the_api(shop: Shop) -> None:
    """A conflict is a problem of its own name; what is free is held and accepted."""
    wish = {"track_id": shop.track, "template": "podcast", "exclusivity": "full", "client": "C Ltd"}
    quoted = shop.json(shop.own, "POST", "/v1/quotes", wish, 201)
    assert (quoted["exclusivity"], quoted["client"]) == ("full", "C Ltd")
    held = shop.json(shop.own, "POST", f"/v1/quotes/{quoted['id']}/hold", status=200)
    assert held["quote_id"] == quoted["id"]
    other = shop.json(shop.own, "POST", "/v1/quotes", {**wish, "exclusivity": "none"}, 201)
    problem = shop.json(shop.own, "POST", "/v1/licences", {"quote_id": other["id"]}, 409)
    assert problem["type"].endswith("grant-conflict")
    assert "C Ltd" not in json.dumps(problem)
    assert shop.json(shop.own, "POST", "/v1/licences", {"quote_id": quoted["id"]}, 201)


def test_advice_over_the_api_and_on_the_page(shop: Shop) -> None:
    """The same answer in both, to nobody in particular; words without sense are told."""
    said = "an Instagram ad in Germany for six months"
    found = shop.json(shop.own, "POST", "/v1/licence-advice", {"text": said})
    assert (found["template"]["id"], found["territory"], found["term"]) == ("ad-web", ["DE"], "P6M")
    page = shop.nobody.ask("GET", "/which", query_string={"said": said})
    assert found["reason"].partition(":")[2].strip() in page.text
    assert found["price"] in page.text
    wrong = shop.nobody.ask("GET", "/which", query_string={"said": "hm"})
    assert wrong.status_code == 422
    assert "do not say" in wrong.text


def test_a_payment_message_needs_a_provider(shop: Shop) -> None:
    """Without a provider the address takes no message."""
    assert shop.nobody.ask("POST", "/webhooks/payments", data=b"{}").status_code == 422
