"""The persistence ports' contract, on the fake, on SQLite and on PostgreSQL alike."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes_persistence import FakeUnits
from postgres_server import postgres_server, postgres_url
from sqlalchemy import create_engine, text
from stored_rows import (
    NOW,
    SET_DIGEST,
    add_owner_and_corpus,
    make_draft,
    make_file,
    make_job,
    make_ledger_draft,
    make_quote,
    make_record,
    make_relation,
    make_report,
    make_track,
    make_training_set,
    make_work,
    sha256,
)

from clearcue.adapters.db.engine import sqlite_url
from clearcue.adapters.db.migrate import migrate
from clearcue.adapters.db.unit_of_work import Database
from clearcue.services.ports import UnitOfWork, Units
from clearcue.services.stored import (
    Answer,
    ApiKey,
    Claimed,
    DuplicateError,
    MissingError,
    PolicySwitch,
    StoreError,
    StoreUnwritableError,
)

STRANGER = "org-of-a-stranger"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server for this module."""
    with postgres_server() as folder:
        yield folder


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def units(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Units]:
    """Units of work on an empty, migrated store."""
    if request.param == "fake":
        yield FakeUnits()
        return
    url = sqlite_url(tmp_path / "clearcue.db")
    if request.param == "postgresql":
        url = _fresh_database(request.getfixturevalue("server"))
    migrate(url)
    database = Database(url)
    yield database
    database.close()


def _fresh_database(server: str) -> str:
    engine = create_engine(
        postgres_url(server).replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS contract WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE contract"))
    engine.dispose()
    return postgres_url(server, "contract")


@pytest.fixture
def owner(units: Units) -> str:
    """The owner's organisation id, with a corpus, a track, a quote and a job of theirs."""
    with units.write() as unit:
        owner = add_owner_and_corpus(unit)
        unit.tracks.add(make_track(owner), [make_file(owner, "b.wav"), make_file(owner, "a.wav")])
        unit.originality_reports.add(make_report(owner))
        leaf = unit.log_leaves.append(b"leaf", sha256(b"envelope"))
        unit.records.add(make_record(owner, leaf, b"envelope"))
        unit.quotes.add(make_quote(owner))
        unit.jobs.add(make_job(owner))
        unit.licences.issue(make_draft(owner))
        unit.commit()
    return owner


def test_what_is_not_committed_is_gone(units: Units) -> None:
    """Leaving without commit, by the end or by an error, leaves nothing."""
    with units.write() as unit:
        add_owner_and_corpus(unit)
    with pytest.raises(ZeroDivisionError), units.write() as unit:  # noqa: PT012 - the error must come inside
        add_owner_and_corpus(unit)
        _ = 1 // 0
    with units.read() as unit:
        assert unit.works.all() == ()
        with pytest.raises(MissingError):
            unit.organisations.get("org-1")


def test_a_reading_unit_cannot_write(units: Units) -> None:
    """A unit that was opened for reading refuses to change anything."""
    with pytest.raises(StoreUnwritableError), units.read() as unit:
        unit.works.add_if_absent([make_work()])
    with units.read() as unit:
        assert unit.works.all() == ()


def test_the_owner_is_made_once(units: Units) -> None:
    """The second first use finds the owner and the account of the first."""
    for attempt in ("1", "2"):
        with units.write() as unit:
            owner = unit.organisations.ensure_owner(f"org-{attempt}", f"Name {attempt}", NOW)
            account = unit.accounts.ensure_owner(owner.id, f"account-{attempt}", "Ada", NOW)
            unit.commit()
        assert (owner.id, owner.name, account.id) == ("org-1", "Name 1", "account-1")
    with units.read() as unit:
        assert unit.organisations.get("org-1") == owner
        assert unit.accounts.get("org-1", "account-1") == account


def test_values_come_back_as_they_were(units: Units, owner: str) -> None:
    """Every value that was stored is read back equal, its moments in UTC with their zone."""
    with units.read() as unit:
        assert unit.tracks.get(owner, "track-1") == make_track(owner)
        assert unit.tracks.files(owner, "track-1") == (
            make_file(owner, "a.wav"),
            make_file(owner, "b.wav"),
        )
        assert unit.originality_reports.for_track(owner, "track-1") == make_report(owner)
        record = make_record(owner, 0, b"envelope")
        assert unit.records.for_track(owner, "track-1") == record
        assert unit.records.by_digest(owner, record.digest) == record
        assert unit.works.get("work-1") == make_work("work-1")
        assert unit.training_sets.get(SET_DIGEST) == make_training_set()
        assert unit.quotes.get(owner, "quote-1") == make_quote(owner)
        assert unit.tracks.get(owner, "track-1").created_at.tzinfo is UTC


READINGS: dict[str, Callable[[UnitOfWork, str], object]] = {
    "account": lambda unit, org: unit.accounts.get(org, "account-1"),
    "job": lambda unit, org: unit.jobs.get(org, "job-1"),
    "track": lambda unit, org: unit.tracks.get(org, "track-1"),
    "report": lambda unit, org: unit.originality_reports.for_track(org, "track-1"),
    "record": lambda unit, org: unit.records.for_track(org, "track-1"),
    "record by digest": lambda unit, org: unit.records.by_digest(org, sha256(b"envelope")),
    "quote": lambda unit, org: unit.quotes.get(org, "quote-1"),
    "licence of quote": lambda unit, org: unit.licences.for_quote(org, "quote-1"),
    "licence": lambda unit, org: unit.licences.get(org, "licence-1"),
    "licence by number": lambda unit, org: unit.licences.get(org, "CL-licence-1"),
}


@pytest.mark.parametrize("reading", READINGS)
def test_a_stranger_finds_nothing(units: Units, owner: str, reading: str) -> None:
    """What one organisation has, another that asks by the right id does not see."""
    with units.write() as unit:
        assert READINGS[reading](unit, owner) is not None
        with pytest.raises(MissingError):
            READINGS[reading](unit, STRANGER)


def test_a_stranger_lists_nothing(units: Units, owner: str) -> None:
    """Lists of another organisation are empty."""
    with units.read() as unit:
        assert len(unit.tracks.list(owner, 10)) == len(unit.licences.list(owner, 10)) == 1
        assert unit.tracks.list(STRANGER, 10) == ()
        assert unit.tracks.files(STRANGER, "track-1") == ()
        assert len(unit.jobs.list(owner, 10)) == len(unit.licences.for_track(owner, "track-1")) == 1
        assert unit.jobs.list(STRANGER, 10) == unit.jobs.list(STRANGER, 10, "job-1") == ()
        assert unit.licences.for_track(STRANGER, "track-1") == ()
        assert unit.influences.of_track(STRANGER, "track-1") == ()
        assert unit.licences.list(STRANGER, 10) == ()
        assert unit.licences.events(STRANGER, "licence-1") == ()


WRITINGS: dict[str, Callable[[UnitOfWork], object]] = {
    "file": lambda unit: unit.tracks.add_files([make_file(STRANGER, "c.wav")]),
    "report": lambda unit: unit.originality_reports.add(make_report(STRANGER)),
    "record": lambda unit: unit.records.add(make_record(STRANGER, 0, b"other")),
    "influence": lambda unit: unit.influences.add([make_relation(STRANGER)]),
    "quote": lambda unit: unit.quotes.add(make_quote(STRANGER, "quote-2")),
    "licence": lambda unit: unit.licences.issue(make_draft(STRANGER, "licence-2")),
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_stranger_hangs_nothing_on_a_track(units: Units, owner: str, writing: str) -> None:
    """Nothing can be added to another organisation's track or quote."""
    with pytest.raises(MissingError), units.write() as unit:
        WRITINGS[writing](unit)


def test_ids_are_taken_once(units: Units, owner: str) -> None:
    """A second row of an id, a name or a kind that is unique is refused."""
    with pytest.raises(DuplicateError), units.write() as unit:
        unit.tracks.add(make_track(owner))
    with pytest.raises(DuplicateError), units.write() as unit:
        unit.tracks.add_files([make_file(owner, "a.wav")])
    with pytest.raises(DuplicateError), units.write() as unit:
        unit.quotes.add(make_quote(owner))
    with pytest.raises(DuplicateError), units.write() as unit:
        unit.jobs.add(make_job(owner))
    with units.write() as unit:
        leaf = unit.log_leaves.append(b"leaf 2", sha256(b"other"))
        with pytest.raises(DuplicateError):
            unit.records.add(make_record(owner, leaf, b"other"))


def test_works_and_sets_are_added_when_absent(units: Units) -> None:
    """Adding again adds nothing; a set of an unknown work is refused."""
    with units.write() as unit:
        with pytest.raises(MissingError):
            unit.training_sets.add_if_absent(make_training_set())
        assert unit.works.add_if_absent([make_work("work-2"), make_work("work-1")]) == 2
        assert unit.works.add_if_absent([make_work("work-1"), make_work("work-3")]) == 1
        assert unit.training_sets.add_if_absent(make_training_set()) is True
        assert unit.training_sets.add_if_absent(make_training_set()) is False
        assert [work.id for work in unit.works.all()] == ["work-1", "work-2", "work-3"]
        with pytest.raises(MissingError):
            unit.works.get("work-9")
        with pytest.raises(MissingError):
            unit.training_sets.get("0" * 64)


def test_fingerprints_are_everybodys(units: Units, owner: str) -> None:
    """A check of originality reads every track's fingerprint, whoever owns it, in order."""
    with units.write() as unit:
        unit.tracks.add(make_track(owner, "track-0", family="f-0"))
        unit.commit()
    with units.read() as unit:
        owners = unit.tracks.owners()
        read = unit.tracks.fingerprints({"track-1", "track-0", "track-9"})
        found = [(row.track_id, row.family, row.fingerprint) for row in read]
    assert [(one.track_id, one.organisation_id, one.family) for one in owners] == [
        ("track-0", owner, "f-0"),
        ("track-1", owner, "f-1"),
    ]
    assert found == [
        ("track-0", "f-0", b"\x00\xfftrack-0"),
        ("track-1", "f-1", b"\x00\xfftrack-1"),
    ]


def test_lists_go_from_new_to_old_in_pages(units: Units, owner: str) -> None:
    """Each page continues below the last id of the one before."""
    with units.write() as unit:
        for number in (2, 3, 4):
            unit.tracks.add(make_track(owner, f"track-{number}"))
        unit.commit()
    with units.read() as unit:
        first = [track.id for track in unit.tracks.list(owner, 3)]
        rest = [track.id for track in unit.tracks.list(owner, 3, before_id=first[-1])]
    assert (first, rest) == (["track-4", "track-3", "track-2"], ["track-1"])


def test_leaves_are_dense_though_units_fail(units: Units) -> None:
    """A leaf that was not committed leaves no gap, and an envelope has one leaf."""
    with units.write() as unit:
        assert [unit.log_leaves.append(b"a", sha256(b"a")), unit.log_leaves.count()] == [0, 1]
        unit.commit()
    with units.write() as unit:
        assert unit.log_leaves.append(b"lost", sha256(b"lost")) == 1
    with units.write() as unit:
        assert unit.log_leaves.append(b"b", sha256(b"b")) == 1
        with pytest.raises(DuplicateError):
            unit.log_leaves.append(b"again", sha256(b"a"))
        unit.commit()
    with units.read() as unit:
        leaves = unit.log_leaves.read(0, 10)
        assert [(leaf.index, leaf.body) for leaf in leaves] == [(0, b"a"), (1, b"b")]
        assert unit.log_leaves.read(1, 10) == leaves[1:]
        assert unit.log_leaves.read(0, 1) == leaves[:1]
        assert unit.log_leaves.read(2, 5) == ()


def test_a_quote_becomes_one_licence(units: Units, owner: str) -> None:
    """Issuing again gives the first licence back, with the quoted bytes, and logs nothing."""
    with units.write() as unit:
        before = unit.log_leaves.count()
        again = unit.licences.issue(make_draft(owner, "licence-2"))
        assert unit.log_leaves.count() == before
        unit.commit()
    with units.read() as unit:
        licence = unit.licences.get(owner, "CL-licence-1")
        assert again == licence == unit.licences.list(owner, 5)[0]
        assert licence.terms == make_quote(owner).terms
        assert licence.envelope == make_draft(owner).envelope
        assert unit.log_leaves.read(licence.leaf_index, 1)[0].body == b"leaf of licence-1"
        assert [event.kind for event in unit.licences.events(owner, "licence-1")] == [
            "quoted",
            "issued",
        ]


def test_a_licence_without_commit_leaves_no_leaf(units: Units, owner: str) -> None:
    """The licence and its leaf are written together or not at all."""
    with units.write() as unit:
        unit.quotes.add(make_quote(owner, "quote-2"))
        unit.commit()
    with units.write() as unit:
        unit.licences.issue(make_draft(owner, "licence-2", "quote-2"))
        assert unit.log_leaves.count() == 3
    with units.write() as unit:
        assert unit.log_leaves.count() == 2
        assert unit.licences.for_quote(owner, "quote-2") is None


def test_a_digest_must_be_the_envelopes(units: Units, owner: str) -> None:
    """A statement whose digest is another's is refused."""
    tampered = replace(make_record(owner, 0, b"envelope"), envelope=b"tampered")
    with units.write() as unit, pytest.raises(ValueError, match="SHA-256"):
        unit.records.add(tampered)


def test_a_job_belongs_to_the_last_claim(units: Units, owner: str) -> None:
    """A lease that ran out goes to another worker, and the first one learns that it lost it."""
    soon, later = NOW + timedelta(seconds=30), NOW + timedelta(seconds=60)
    with units.write() as unit:
        unit.jobs.add(make_job(owner, "job-0", age_seconds=5))
        first = unit.jobs.claim("worker-a", NOW, soon)
        assert first is not None
        assert (first.id, first.fence, first.attempts, first.state) == ("job-0", 1, 1, "running")
        assert unit.jobs.heartbeat("job-0", 1, NOW, soon, "compose", 0.5)
        second = unit.jobs.claim("worker-b", later, later + timedelta(seconds=30))
        assert second is not None
        assert (second.id, second.fence, second.attempts) == ("job-0", 2, 2)
        assert not unit.jobs.heartbeat("job-0", 1, later, later, "mix", 0.9)
        assert not unit.jobs.finish("job-0", 1, later, {})
        assert unit.jobs.finish("job-0", 2, later, {"track_id": "t"})
        third = unit.jobs.claim("worker-b", later, later)
        assert third is not None
        assert third.id == "job-1"
        assert unit.jobs.fail("job-1", third.fence, later, "no such mood")
        assert unit.jobs.claim("worker-b", later, later) is None
        unit.commit()
    with units.read() as unit:
        done, failed = unit.jobs.get(owner, "job-0"), unit.jobs.get(owner, "job-1")
        assert (unit.jobs.find("job-0"), unit.jobs.find("job-9")) == (done, None)
    assert (done.state, done.result, done.stage) == ("done", {"track_id": "t"}, "compose")
    assert (failed.state, failed.error) == ("failed", "no such mood")


def test_a_job_keeps_its_finished_stages(units: Units, owner: str) -> None:
    """What a stage left is there at the next claim; the count of fruitless tries begins anew."""
    later = NOW + timedelta(seconds=60)
    with units.write() as unit:
        first = unit.jobs.claim("worker-a", NOW, NOW)
        assert first is not None
        assert (first.tries, first.kept) == (1, {})
        assert unit.jobs.keep("job-1", first.fence, NOW, "composed", {"seed": 7})
        assert unit.jobs.keep("job-1", first.fence, NOW, "rendered", {"lufs": -14.0})
        second = unit.jobs.claim("worker-b", later, later)
        assert second is not None
        assert second.kept == {"composed": {"seed": 7}, "rendered": {"lufs": -14.0}}
        assert (second.tries, second.attempts) == (1, 2)
        assert second.revision > first.revision
        assert not unit.jobs.keep("job-1", first.fence, later, "recorded", {})


def test_a_job_is_tried_again_later(units: Units, owner: str) -> None:
    """A job that is put off is not claimed before its time."""
    later = NOW + timedelta(seconds=60)
    with units.write() as unit:
        claimed = unit.jobs.claim("worker-a", NOW, later)
        assert claimed is not None
        assert unit.jobs.retry("job-1", claimed.fence, NOW, later, "the disk is full")
        assert unit.jobs.claim("worker-a", later - timedelta(seconds=1), later) is None
        again = unit.jobs.claim("worker-a", later, later)
        assert again is not None
        assert unit.jobs.retry("job-1", again.fence, later, later, "full again", counted=False)
        assert unit.jobs.find("job-1").tries == again.tries - 1
        again = unit.jobs.claim("worker-a", later, later)
        assert again is not None
        assert (again.tries, again.error) == (2, "full again")


def test_jobs_are_listed_by_state(units: Units, owner: str) -> None:
    """Only the jobs in the states asked for are listed, the last ordered first."""
    with units.write() as unit:
        unit.jobs.add(make_job(owner, "job-0", age_seconds=5))
        unit.jobs.claim("worker-a", NOW, NOW)
        every = [job.id for job in unit.jobs.list(owner, 9)]
        assert every == [job.id for job in unit.jobs.list(owner, 9, None, ("queued", "running"))]
        assert [job.id for job in unit.jobs.list(owner, 9, None, ("running",))] == ["job-0"]
        assert [job.id for job in unit.jobs.list(owner, 9, "job-1", ("running",))] == ["job-0"]
        assert unit.jobs.list(owner, 9, None, ("failed",)) == ()


def test_the_last_sign_of_life_is_known(units: Units, owner: str) -> None:
    """It is the newest of the jobs that have not ended; before the first claim there is none."""
    later = NOW + timedelta(seconds=7)
    with units.write() as unit:
        assert unit.jobs.last_beat() is None
        claimed = unit.jobs.claim("worker-a", NOW, later)
        assert claimed is not None
        assert unit.jobs.last_beat() == NOW
        assert unit.jobs.retry("job-1", claimed.fence, later, later, "the disk is full")
        assert unit.jobs.last_beat() == later
        unit.jobs.cancel(owner, "job-1", later)
        assert unit.jobs.last_beat() is None


def test_a_cancelled_job_is_lost_to_its_worker(units: Units, owner: str) -> None:
    """Cancelling takes a job from whoever works on it, and does nothing to one that has ended."""
    with units.write() as unit:
        claimed = unit.jobs.claim("worker-a", NOW, NOW + timedelta(seconds=30))
        assert claimed is not None
        assert unit.jobs.cancel(owner, "job-1", NOW).state == "cancelled"
        assert not unit.jobs.heartbeat("job-1", claimed.fence, NOW, NOW, "mix", 0.5)
        assert unit.jobs.claim("worker-b", NOW + timedelta(days=1), NOW) is None
        assert unit.jobs.cancel(owner, "job-1", NOW).revision == claimed.revision + 1
        with pytest.raises(MissingError):
            unit.jobs.cancel(STRANGER, "job-1", NOW)


def test_a_key_is_found_by_its_prefix_and_closed(units: Units, owner: str) -> None:
    """A key is its organisation's; a stranger neither lists nor closes it."""
    key = ApiKey("key-1", owner, "account-1", "first", "cck_abc", "5e" * 32, NOW)
    with units.write() as unit:
        unit.api_keys.add(key)
        with pytest.raises(DuplicateError):
            unit.api_keys.add(replace(key, id="key-2"))
        assert unit.api_keys.by_prefix("cck_abc") == key
        assert unit.api_keys.by_prefix("cck_ab") is None
        assert unit.api_keys.list(owner) == (key,)
        assert unit.api_keys.list(STRANGER) == ()
        with pytest.raises(MissingError):
            unit.api_keys.revoke(STRANGER, "cck_abc", NOW)
        assert unit.api_keys.revoke(owner, "cck_abc", NOW).revoked_at == NOW
        assert unit.api_keys.revoke(owner, "cck_abc", NOW + timedelta(1)).revoked_at == NOW


def test_an_idempotency_key_is_taken_once(units: Units, owner: str) -> None:
    """The second request with a key learns the first one's answer; old keys are forgotten."""
    day, minute = timedelta(days=1), timedelta(minutes=1)

    def claim(unit: UnitOfWork, digest: str, now: datetime) -> Claimed:
        return unit.idempotency_keys.claim(
            owner, "k", digest, now, stale_before=now - minute, expired_before=now - day
        )

    with units.write() as unit:
        assert claim(unit, "a", NOW).fresh
        assert claim(unit, "b", NOW) == Claimed(False, "a", None)
        assert claim(unit, "b", NOW + 2 * minute).fresh  # whoever took it first has died
        answer = Answer(201, {"Location": "/x"}, b"body")
        unit.idempotency_keys.answer(owner, "k", answer)
        unit.idempotency_keys.release(owner, "k")  # an answered key stays
        assert claim(unit, "b", NOW + 3 * minute) == Claimed(False, "b", answer)
        assert claim(unit, "c", NOW + 2 * day).fresh
        unit.idempotency_keys.release(owner, "k")
        assert claim(unit, "d", NOW + 2 * day).fresh


def test_errors_of_the_store_are_one_line(units: Units, owner: str) -> None:
    """Whatever the store refuses is one line without a value in it."""
    with pytest.raises(StoreError) as caught, units.write() as unit:
        unit.tracks.add_files([make_file(owner, "a.wav")])
    assert "\n" not in str(caught.value)
    assert "INSERT" not in str(caught.value)


def test_the_ledger_enters_a_statement_once(units: Units) -> None:
    """A second statement of a kind and name gives the first back, and appends no leaf."""
    first, other = (
        make_ledger_draft("withdrawal", "work-1"),
        make_ledger_draft("training-set", "work-1"),
    )
    with units.write() as unit:
        unit.ledger.lock()
        entered = unit.ledger.enter(first)
        again = unit.ledger.enter(replace(first, envelope=b"x", digest=sha256(b"x")))
        unit.ledger.enter(other)
        unit.commit()
    assert entered == again
    assert entered.envelope == first.envelope
    with units.read() as unit:
        assert unit.log_leaves.count() == 2
        assert unit.ledger.find("withdrawal", "work-1") == entered
        assert unit.ledger.find("withdrawal", "work-2") is None
        assert unit.ledger.by_digest(first.digest) == entered
        assert unit.ledger.all("withdrawal") == (entered,)
        assert unit.ledger.names("training-set") == {"work-1"}
        with pytest.raises(MissingError):
            unit.ledger.by_digest("00" * 32)
    with pytest.raises(ValueError, match="not the SHA-256"), units.write() as unit:
        unit.ledger.enter(replace(first, name="work-3", digest="ab" * 32))


def test_a_set_gets_its_leaves_once(units: Units) -> None:
    """A set stored without leaves is given them, and keeps them; it is found by its works."""
    with units.write() as unit:
        add_owner_and_corpus(unit)
        for leaves in ((b"head", b"{}"), (b"other",)):
            assert unit.training_sets.add_if_absent(
                replace(make_training_set(), leaves=leaves)
            ) is False  # fmt: skip
        unit.commit()
    with units.read() as unit:
        assert unit.training_sets.get(SET_DIGEST).leaves == (b"head", b"{}")
        assert unit.training_sets.all() == (make_training_set(),)
        assert unit.training_sets.holding("work-2") == (make_training_set(),)
        assert unit.training_sets.holding("work-3") == ()


def test_influences_are_found_from_both_sides(units: Units, owner: str) -> None:
    """By the track for its owner, by the work and the set for whoever counts them all."""
    relations = (make_relation(owner), make_relation(owner, work_id="work-2"))
    with units.write() as unit:
        unit.influences.add(relations)
        unit.commit()
    with units.read() as unit:
        assert unit.influences.of_track(owner, "track-1") == relations
        assert unit.influences.of_work("work-1") == relations[:1]
        (track,) = unit.influences.tracks_from([SET_DIGEST])
        (licence,) = unit.influences.licences_from([SET_DIGEST])
        assert unit.influences.tracks_from([]) == unit.influences.licences_from(["x"]) == ()
    assert (track.track_id, track.organisation_id, track.title) == (
        "track-1", owner, make_track(owner).title,
    )  # fmt: skip
    assert (licence.number, licence.track_id) == ("CL-licence-1", "track-1")


def test_policy_switches_are_kept_in_order(units: Units) -> None:
    """What was switched comes back as it was, oldest first, and an id is used once."""
    off = PolicySwitch("b", "share-alike", "1", False, "Ann", "enough", NOW + timedelta(days=1))
    on = PolicySwitch("c", "share-alike", "1", True, "Änn", "we ship under the same terms", NOW)
    with units.write() as unit:
        unit.policy_switches.append(off)
        unit.policy_switches.append(on)
        unit.commit()
    with units.read() as unit:
        assert unit.policy_switches.all() == (on, off)
    with units.write() as unit, pytest.raises(DuplicateError):
        unit.policy_switches.append(on)
