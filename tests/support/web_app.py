"""The web app on a small platform: everything is real but the library, which has four works.

A made track is made by the worker's own code, in this process.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

from flask.testing import FlaskClient
from small_corpus import WORKS, small_corpus, small_model

from clearcue.bootstrap import open_platform
from clearcue.composer import ENGINE_VERSION
from clearcue.composer.brief import Brief, parse_seconds
from clearcue.composer.model import Model
from clearcue.originality.background import Background, measured
from clearcue.originality.index import Index, build_index
from clearcue.rights.corpus import ClearedCorpus
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import builtin_policy
from clearcue.services.access import add_organisation, make_key
from clearcue.services.jobs import find_job, submit
from clearcue.services.licences import LicenceRequest
from clearcue.services.ordering import Order
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import PackOnShelf, Platform, Progress
from clearcue.services.stored import Job, Organisation
from clearcue.services.working import Lease, carry_out, claim_job
from clearcue.settings import read_settings
from clearcue.web.app import create_app
from clearcue.web.settings import WebSettings

QUICK = WebSettings(
    streams=2, uploads=2, upload_wait_seconds=20.0, stream_seconds=3.0, stream_poll_seconds=0.02,
    stream_heartbeat_seconds=0.2,
)  # fmt: skip
LEASE = Lease("test", timedelta(seconds=60))


class SmallLibrary:
    """The library port on four works, parsed once for a test session."""

    parser = "small"
    packs: tuple[PackOnShelf, ...] = ()

    def __init__(self) -> None:
        self.manifest = builtin_manifest()
        self.policy = builtin_policy("default")
        self._indices: dict[str, Index] = {}

    def corpus(self, withdrawn: frozenset[str], progress: Progress) -> ClearedCorpus:
        """The four works, less those withdrawn."""
        return small_corpus(withdrawn)

    def model(self, corpus: ClearedCorpus, progress: Progress) -> Model:
        """The model of the four works, or of those that are left."""
        left = {work.work_id for work in corpus}
        return small_model(frozenset(WORKS) - left)

    def index(self, corpus: ClearedCorpus, progress: Progress) -> Index:
        """Their fingerprints."""
        root = corpus.training_set(ENGINE_VERSION).root
        if root not in self._indices:
            self._indices[root] = build_index((work.parsed for work in corpus), corpus_digest=root)
        return self._indices[root]

    def background(self, index: Index, progress: Progress, lines: int | None = None) -> Background:
        """What unrelated music tells of them."""
        return measured(index, lines or 20)


def small_platform(home: Path) -> Platform:
    """A platform of its own in a folder."""
    return replace(
        open_platform(read_settings({"CLEARCUE_HOME": str(home)})), library=SmallLibrary()
    )


def order(seconds: str = "12") -> Order:
    """A short order with a licence, busy enough to be recognised, the same each time."""
    return Order(Brief("playful", "ad", parse_seconds(seconds)), 7, LicenceRequest())


def work_off(platform: Platform, folder: Path) -> None:
    """Carry out every job that waits."""
    folder.mkdir(exist_ok=True)
    while (claim := claim_job(platform, LEASE, Event())) is not None:
        staging = folder / claim.job.id
        staging.mkdir()
        carry_out(platform, claim, staging)


def made_job(platform: Platform, organisation: Organisation, folder: Path) -> Job:
    """A job that has been carried out: its track, record, licence and delivery are stored."""
    job = submit(platform, organisation, order(), platform.ids.new())
    work_off(platform, folder)
    done = find_job(platform, organisation, job.id)
    assert done.state == "done", done.error
    return done


class Client:
    """Requests to an app with one key."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self._client, self.key = client, key

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """One request; the whole answer is read, unless `buffered=False` is given."""
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        options.setdefault("buffered", True)
        return self._client.open(path, method=method, headers=headers, **options)


def owner_and_stranger(platform: Platform) -> tuple[Client, Client]:
    """Clients of one app with the owner's key and with a second organisation's."""
    app = create_app(platform, QUICK)
    own = make_key(platform, ensure_owner(platform), "own").text
    other = add_organisation(platform, "stranger", "A stranger")
    return Client(app.test_client(), own), Client(
        app.test_client(), make_key(platform, other, "other").text
    )
