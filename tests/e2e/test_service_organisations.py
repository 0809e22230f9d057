"""Two organisations on one running service: each hears of the other's track that there is one."""

import json
from pathlib import Path

from asking import ask, ended, fetch, upload
from command_line import clearcue, fresh_home
from service import running_service

BRIEF = {"mood": "playful", "usage": "ad", "seconds": 12, "seed": 7, "licence": {}}
ANOTHERS = "another track of this platform"


def test_anothers_track_is_met_and_not_described(tmp_path: Path) -> None:
    """An upload like it gets one sentence; the seed it came from is refused with that sentence."""
    home = fresh_home(tmp_path / "home")
    assert clearcue(home, "account", "add", "agency", "--name", "Agency").returncode == 0
    made = clearcue(
        home, "account", "key", "add", "--organisation", "agency", "--name", "first", "--json"
    )
    agency = json.loads(made.stdout)["key"]
    with running_service(home) as service:
        _, job = ask(service, "/v1/tracks", BRIEF)
        done = ended(service, job["id"])
        assert done["state"] == "done", done["error"]
        _, track = ask(service, f"/v1/tracks/{done['track_id']}")
        _, score = fetch(service, f"/v1/tracks/{track['id']}/files/score.mid")
        secrets = {track["id"], job["id"], done["licence_id"], track["title"]}
        _, owners = ask(service, "/v1/account")
        secrets |= {owners["organisation_id"], owners["name"]}

        status, own = upload(service, score)
        assert (status, own["platform"]["verdict"]) == (200, "clear")
        (mine,) = own["platform"]["own"]
        assert (mine["track_id"], mine["family"]) == (track["id"], track["id"])
        assert (own["platform"]["tracks"], own["platform"]["other"]) == ([], None)

        status, report = upload(service, score, key=agency)
        assert (status, report["verdict"]) == (200, "near-duplicate")
        assert report["platform"] == {
            "verdict": "near-duplicate", "own": [], "tracks": [], "other": ANOTHERS,
        }  # fmt: skip
        _, again = ask(service, "/v1/tracks", BRIEF, key=agency)
        refused = ended(service, again["id"], key=agency)
        assert refused["state"] == "failed"
        assert ANOTHERS in refused["error"]
        read = {"matches": [], "nearest": None}  # these quote what was sent in, its own title too
        told = json.dumps([{**report, **read}, refused], ensure_ascii=False)
        assert [secret for secret in secrets if secret in told] == []
        assert ask(service, "/v1/tracks", key=agency)[1]["items"] == []
