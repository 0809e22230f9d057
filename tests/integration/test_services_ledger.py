"""Training sets, withdrawal and "was my work used?" on a real database, with four works."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any

import mido
import pytest
from small_corpus import WORKS, small_corpus
from web_app import LEASE, SmallLibrary, made_job, order, small_platform, work_off

from clearcue.composer import ENGINE_VERSION
from clearcue.errors import BadInputError
from clearcue.rights.corpus import RightsRefusedError, VerifiedFile, clear_corpus
from clearcue.services.access import add_organisation
from clearcue.services.checking import check_upload
from clearcue.services.jobs import find_job, read_payload, submit
from clearcue.services.ledger_store import TRAINING_SET, WITHDRAWAL
from clearcue.services.licences import show
from clearcue.services.making import NoStages, make_in_stages
from clearcue.services.ordering import reserve
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.reading import find_track, record_bundle, record_status
from clearcue.services.stored import MissingError, Organisation
from clearcue.services.tracing import Question, trace, trace_work
from clearcue.services.training import (
    NotAMemberError,
    WithdrawnError,
    find_set,
    make_model,
    member_list,
    prove,
    set_bundle,
    train,
)
from clearcue.services.withdrawing import find_affected, notice_bundle, withdraw
from clearcue.services.working import carry_out, claim_job
from clearcue_provenance import ledger
from clearcue_provenance.verify import NamedFile, Report, verify

GRAVE = "music21:corelli/opus3no1/1grave"


class KilledError(BaseException):
    """Ends the process's work where it stands."""


class DyingUnits:
    """Units of work of which the writing ones die when they are to commit."""

    def __init__(self, platform: Platform) -> None:
        self._units = platform.units

    def read(self) -> UnitOfWork:
        """As ever."""
        return self._units.read()

    def write(self) -> UnitOfWork:
        """A unit that does everything, and dies before it is durable."""
        unit: Any = self._units.write()
        unit.commit = self._die
        dying: UnitOfWork = unit
        return dying

    def _die(self) -> None:
        raise KilledError


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody reads."""


def checked(platform: Platform, name: str, data: bytes, *files: tuple[str, bytes]) -> Report:
    """The verifier's report on a file of the ledger, under the platform's keys."""
    others = [NamedFile(*file) for file in files]
    return ledger.verify(
        NamedFile(name, data), others, platform.keyring.trust_root(), platform.clock.now()
    )


def with_track(folder: Path) -> tuple[Platform, Organisation, str]:
    """A platform, its owner, and the id of a track that was made there."""
    platform = small_platform(folder / "home")
    owner = ensure_owner(platform)
    job = made_job(platform, owner, folder / "work")
    return platform, owner, str(job.payload["track_id"])


def leaves(platform: Platform) -> int:
    """How many leaves the log has."""
    with platform.units.read() as unit:
        return unit.log_leaves.count()


def test_a_set_is_stated_once(tmp_path: Path) -> None:
    """Training again says the same and logs nothing; the first track would have stated it too."""
    platform = small_platform(tmp_path)
    first = make_model(platform, quiet)
    again = make_model(platform, quiet)
    assert (first["fresh"], again["fresh"]) == (True, False)
    assert {**first, "fresh": None} == {**again, "fresh": None}
    assert first["training_set"] == small_corpus().training_set(ENGINE_VERSION).root
    assert leaves(platform) == 1
    report = checked(platform, "training-set.json", set_bundle(platform, first["training_set"]))
    assert report.verified
    assert (report.ledger["works"], report.ledger["policy"]) == (4, "default")


def test_every_works_membership_is_proved(tmp_path: Path) -> None:
    """Each of the four has a proof that verifies with its file; another work has none."""
    platform = small_platform(tmp_path)
    root = train(platform, quiet).training_set.root
    for work_id in WORKS:
        proof = prove(platform, work_id)
        report = checked(platform, "membership.json", proof)
        assert report.verified, report.checks
        assert report.ledger["root"] == root
        wanted = platform.library.manifest.work(work_id)
        assert report.ledger["work"] == {
            "id": work_id, "sha256": wanted.identity.sha256,
            "licence": wanted.encoding.licence, "verdict": str(wanted.decision.verdict),
        }  # fmt: skip
    assert checked(platform, "members.json", member_list(platform, root)).verified
    with pytest.raises(NotAMemberError):
        prove(platform, "music21:haydn/opus1no1/movement1")
    with pytest.raises(MissingError):
        prove(platform, GRAVE, "ab" * 32)


BUILD = """
import hashlib, json, os, sys
from dataclasses import replace
from pathlib import Path
from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.composer import ENGINE_VERSION
from clearcue.composer.model import learn
from clearcue.originality.index import build_index
from clearcue.originality.index_file import index_sha256
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import builtin_policy
if __name__ == "__main__":
    works, folder, processes = json.loads(sys.argv[1])
    manifest = builtin_manifest()
    manifest = replace(manifest, works=tuple(
        sorted(manifest.works, key=lambda work: work.work_id, reverse=processes > 1)))
    corpus = load_cleared_corpus(manifest, builtin_policy("default"), Path(folder),
                                 processes=processes, only=works)
    root = corpus.training_set(ENGINE_VERSION).root
    index = build_index((work.parsed for work in corpus), corpus_digest=root)
    model = hashlib.sha256(learn(corpus).to_bytes()).hexdigest()
    print(json.dumps([root, model, index_sha256(index)]))
"""


def built(folder: Path, works: list[str], processes: int, **environment: str) -> list[str]:
    """Root, model and index made by a process of its own, parsed afresh."""
    script = folder / "build.py"
    folder.mkdir()
    script.write_text(BUILD)
    done = subprocess.run(
        [sys.executable, script, json.dumps([works, str(folder / "parsed"), processes])],
        env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: list[str] = json.loads(done.stdout)
    return found


def test_two_processes_make_the_same_set(tmp_path: Path) -> None:
    """Whatever time zone, locale, hash seed, order and number of processes: root, model, index."""
    here = built(tmp_path / "here", list(WORKS), 1, TZ="UTC", LC_ALL="C", PYTHONHASHSEED="0")
    there = built(
        tmp_path / "there", list(reversed(WORKS)), 2, TZ="Asia/Kathmandu", LC_ALL="tr_TR.UTF-8",
        PYTHONHASHSEED="4242",
    )  # fmt: skip
    assert here == there
    assert here[0] == small_corpus().training_set(ENGINE_VERSION).root


def test_withdrawal_end_to_end(tmp_path: Path) -> None:
    """The work leaves the next set, those that learnt from it are found, and the old still hold."""
    platform, owner, track_id = with_track(tmp_path)
    before = find_track(platform, owner, track_id)
    licence = show(platform, owner.id, None)
    assert (before.withdrawn, licence.withdrawn) == ((), ())
    old_bundle = record_bundle(platform, owner, before.record)
    proof = prove(platform, GRAVE)

    done = withdraw(platform, GRAVE, "Example Estate", "The edition was not theirs to give.")
    assert done.fresh
    assert done.notice.training_sets == (before.track.training_set_digest,)
    notice = notice_bundle(platform, done.notice.digest)
    report = checked(platform, "withdrawal.json", notice, ("m", proof), ("b", old_bundle))
    assert report.verified, report.checks
    assert report.ledger["affected"] == {"tracks": 1, "influenced": 1, "licences": 1}

    (track,) = find_affected(platform, owner, GRAVE).tracks
    assert (track.track_id, track.learnt) == (track_id, True)
    assert 0 < Fraction(track.share) < 1
    flagged = show(platform, owner.id, None)
    assert [one.share for one in flagged.withdrawn] == [track.share]
    assert (flagged.state, flagged.quoted) == (licence.state, licence.quoted)
    assert record_status(platform, owner, before.record).withdrawn == flagged.withdrawn
    assert find_track(platform, owner, track_id).withdrawn == flagged.withdrawn

    next_job = submit(platform, owner, order("6"), platform.ids.new())
    work_off(platform, tmp_path / "next")
    assert find_job(platform, owner, next_job.id).error is None
    after = find_track(platform, owner, str(next_job.payload["track_id"]))
    assert after.withdrawn == ()
    new_set = find_set(platform, after.track.training_set_digest)
    assert set(new_set.stored.work_ids) == set(WORKS) - {GRAVE}
    with platform.units.read() as unit:
        related = unit.influences.of_track(owner.id, after.track.id)
    assert GRAVE not in {row.work_id for row in related}

    main = NamedFile("bundle.json", old_bundle)
    assert verify(main, [], platform.keyring.trust_root(), platform.clock.now()).verified
    assert checked(platform, "membership.json", proof, ("b", old_bundle)).verified
    with pytest.raises(NotAMemberError):
        prove(platform, GRAVE, after.track.training_set_digest)


def test_withdrawing_again_changes_nothing(tmp_path: Path) -> None:
    """The first notice comes back, with its reason, and no leaf is added."""
    platform = small_platform(tmp_path)
    first = withdraw(platform, GRAVE, "A  B", "first\nreason")
    again = withdraw(platform, GRAVE, "C", "second")
    assert (first.fresh, again.fresh) == (True, False)
    assert again.notice == first.notice
    assert (first.notice.by, first.notice.reason) == ("A B", "first reason")
    assert first.notice.training_sets == ()
    assert leaves(platform) == 1


@pytest.mark.parametrize(
    ("work_id", "who", "why"),
    [("music21:nobody/nothing", "A", "b"), (GRAVE, " ", "b"), (GRAVE, "A", ""),
     (GRAVE, "A" * 201, "b"), (GRAVE, "A\x1b[1m", "b"), (GRAVE, "A", "b" * 2001)],
)  # fmt: skip
def test_a_withdrawal_needs_a_work_and_says_who_and_why(
    tmp_path: Path, work_id: str, who: str, why: str
) -> None:
    """An unknown work, or a name or reason that could not stand in a notice: nothing is signed."""
    platform = small_platform(tmp_path)
    with pytest.raises(BadInputError):
        withdraw(platform, work_id, who, why)
    assert leaves(platform) == 0


def test_a_withdrawal_killed_before_its_commit_leaves_nothing(tmp_path: Path) -> None:
    """No notice, no leaf, the model still usable; and typed again it is done."""
    platform = small_platform(tmp_path)
    train(platform, quiet)
    dying = replace(platform, units=DyingUnits(platform))
    with pytest.raises(KilledError):
        withdraw(dying, GRAVE, "A", "b")
    with platform.units.read() as unit:
        assert unit.ledger.names(WITHDRAWAL) == frozenset()
        assert unit.log_leaves.count() == 1
    assert train(platform, quiet).fresh is False
    assert withdraw(platform, GRAVE, "A", "b").fresh
    assert leaves(platform) == 2


def test_a_set_killed_before_its_commit_leaves_nothing(tmp_path: Path) -> None:
    """Neither works nor set nor statement; the next one states it."""
    platform = small_platform(tmp_path)
    with pytest.raises(KilledError):
        train(replace(platform, units=DyingUnits(platform)), quiet)
    with platform.units.read() as unit:
        assert (unit.works.all(), unit.training_sets.all()) == ((), ())
        assert unit.ledger.all(TRAINING_SET) == ()
    assert train(platform, quiet).fresh


class Withdraws(NoStages):
    """A worker whose piece is composed when one of its works is withdrawn."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def keep_composed(self, value: Any) -> None:
        """Somebody withdraws the work now."""
        withdraw(self._platform, GRAVE, "A", "b")


def test_a_track_in_the_making_cannot_use_the_old_model(tmp_path: Path) -> None:
    """What was composed before a withdrawal is not stored after it; it is refused by name."""
    platform = small_platform(tmp_path / "home")
    owner = ensure_owner(platform)
    reserved, staging = reserve(platform), tmp_path / "staging"
    staging.mkdir()
    with pytest.raises(WithdrawnError, match=GRAVE):
        make_in_stages(platform, owner, order("6"), reserved, staging, quiet, Withdraws(platform))
    with pytest.raises(MissingError):
        find_track(platform, owner, reserved.track_id)
    assert find_affected(platform, owner, GRAVE).tracks == ()


def test_a_stored_track_is_delivered_though_a_work_was_withdrawn(tmp_path: Path) -> None:
    """A job that died between the record and the papers ends with what was recorded."""
    platform = small_platform(tmp_path / "home")
    owner = ensure_owner(platform)
    job = submit(platform, owner, order("6"), platform.ids.new())
    dead = claim_job(platform, replace(LEASE, length=timedelta(0)), Event())
    assert dead is not None
    wanted, reserved = read_payload(job.payload)

    class Dies(NoStages):
        def recorded(self, unit: UnitOfWork) -> None:
            dead.recorded(unit)

        def hold(self, unit: UnitOfWork) -> None:
            raise KilledError

    (tmp_path / "dead").mkdir()
    with pytest.raises(KilledError):
        make_in_stages(platform, owner, wanted, reserved, tmp_path / "dead", quiet, Dies())
    recorded = find_track(platform, owner, reserved.track_id)
    assert recorded.delivery is None
    withdraw(platform, GRAVE, "A", "b")
    claim = claim_job(platform, LEASE, Event())
    assert claim is not None
    (tmp_path / "next").mkdir()
    carry_out(platform, claim, tmp_path / "next")
    assert find_job(platform, owner, job.id).state == "done"
    sheet = find_track(platform, owner, reserved.track_id)
    assert sheet.delivery is not None
    assert (sheet.record, sheet.track) == (recorded.record, recorded.track)


def test_a_withdrawn_work_makes_no_cleared_corpus() -> None:
    """Named as one to learn from, it is refused by name."""
    corpus = small_corpus()
    files = [VerifiedFile(w.work_id, w.rights.identity.sha256, w.parsed) for w in corpus]
    with pytest.raises(RightsRefusedError, match="withdrawn"):
        clear_corpus(SmallLibrary().manifest, corpus.policy, files, withdrawn={GRAVE})


def test_was_my_work_used(tmp_path: Path) -> None:
    """By title, hash and melody the same work is found, with evidence, sets, tracks and shares."""
    platform, owner, track_id = with_track(tmp_path)
    sha256 = platform.library.manifest.work(GRAVE).identity.sha256
    by_title = trace(platform, owner, Question(title="CORELLI Grave"), quiet)
    by_hash = trace(platform, owner, Question(sha256=sha256.upper()), quiet)
    melody = tmp_path / "melody.mid"
    melody.write_bytes(as_midi(GRAVE))
    by_melody = trace(platform, owner, Question(score=melody), quiet)
    for answer in (by_title, by_hash, by_melody):
        found = [work for work in answer["works"] if work["id"] == GRAVE]
        assert len(found) == 1, answer
        (work,) = found
        assert "CC-BY" in work["evidence"][0]["quote"]
        assert [one["works"] for one in work["training_sets"]] == [4]
        assert [(track["track_id"], track["learnt"]) for track in work["tracks"]] == [
            (track_id, True)
        ]
        assert 0 < work["tracks"][0]["percent"] < 100
        assert work["others"] == {"tracks": 0, "influenced": 0, "licences": 0}
    assert by_melody["verdict"] == "near-duplicate"
    assert by_melody["works"][0]["passages"]
    assert trace(platform, owner, Question(title="no such title"), quiet)["found"] == 0
    json.dumps(by_melody)  # a plain value


def as_midi(work_id: str) -> bytes:
    """A work's first voice as a MIDI file."""
    line = small_corpus().work(work_id).parsed.lines[0]
    events = []
    for note in line.notes:
        events.append((note.onset_ticks, 1, note.pitch))
        events.append((note.onset_ticks + note.duration_ticks, 0, note.pitch))
    track, now = mido.MidiTrack(), 0
    for at, on, pitch in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, note=pitch, velocity=64 * on, time=at - now))
        now = at
    file, buffer = mido.MidiFile(ticks_per_beat=480), io.BytesIO()
    file.tracks.append(track)
    file.save(file=buffer)
    return buffer.getvalue()


def test_a_withdrawn_work_is_still_found_by_its_melody(tmp_path: Path) -> None:
    """Its holder learns of the sets from before, and that it is not learnt from any more."""
    platform, owner, _ = with_track(tmp_path)
    withdraw(platform, GRAVE, "A", "b")
    melody = tmp_path / "melody.mid"
    melody.write_bytes(as_midi(GRAVE))
    answer = trace(platform, owner, Question(score=melody), quiet)
    (work,) = [work for work in answer["works"] if work["id"] == GRAVE]
    assert work["withdrawn"]["by"] == "A"
    assert work["learnt_from"] is False
    assert len(work["training_sets"]) == 1
    report = check_upload(platform, owner, melody, quiet)
    assert report["corpus"]["works"] == 3


def test_another_organisations_tracks_are_counted_only(tmp_path: Path) -> None:
    """A stranger's answer holds numbers, and neither ids nor titles of the owner's tracks."""
    platform, owner, track_id = with_track(tmp_path)
    stranger = add_organisation(platform, "stranger", "A stranger")
    licence = show(platform, owner.id, None).licence
    title = find_track(platform, owner, track_id).track.title
    melody = tmp_path / "own.mid"
    with platform.units.read() as unit:
        (score,) = [f for f in unit.tracks.files(owner.id, track_id) if f.name == "score.mid"]
    melody.write_bytes(platform.blobs.get(score.blob_key))
    answers = [
        trace_work(platform, stranger, GRAVE),
        trace(platform, stranger, Question(title="grave"), quiet),
        trace(platform, stranger, Question(score=melody), quiet),
    ]
    assert answers[0]["others"] == {"tracks": 1, "influenced": 1, "licences": 1}
    assert answers[0]["tracks"] == answers[0]["licences"] == []
    assert answers[2]["tracks_near"] == {"compared": 1, "own": [], "others": 1}
    told = json.dumps(answers)
    assert not any(own in told for own in (track_id, licence.id, licence.number, title))
    own = trace(platform, owner, Question(score=melody), quiet)["tracks_near"]
    assert (own["own"][0]["work"], own["others"]) == (track_id, 0)


@pytest.mark.parametrize(
    "question",
    [Question(), Question(title="a", sha256="ab" * 32), Question(title="!?"),
     Question(sha256="xyz"), Question(score=Path("no/such/file.mid"))],
)  # fmt: skip
def test_a_question_that_asks_nothing_is_refused(tmp_path: Path, question: Question) -> None:
    """Nothing, two things, no word, no digest, no file: one plain line."""
    platform = small_platform(tmp_path)
    with pytest.raises(BadInputError):
        trace(platform, ensure_owner(platform), question, quiet)


def test_the_credit_of_a_cc_by_work_travels(tmp_path: Path) -> None:
    """Its attribution line stands in the record, the licence's terms, its text and the sheet."""
    platform, owner, track_id = with_track(tmp_path)
    decision = platform.library.manifest.work(GRAVE).decision
    (line,) = [owed.text for owed in decision.obligations if owed.kind == "attribution"]
    sheet = find_track(platform, owner, track_id)
    assert line in sheet.credits
    licence = show(platform, owner.id, None)
    assert line in licence.quoted.subject.credits
    assert line in licence.quoted.text
