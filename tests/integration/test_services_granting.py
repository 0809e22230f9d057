"""Grants decided, held, amended and ended, on a small platform with real keys and a real log."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes_persistence import FixedClock
from web_app import made_job, small_platform

from clearcue.adapters.cashiers import StripeCashier
from clearcue.errors import BadInputError
from clearcue.licensing.errors import ConflictError, LicenceEndedError, QuoteLapsedError
from clearcue.licensing.templates import find_template
from clearcue.services.access import add_organisation, make_key
from clearcue.services.charging import PaymentNeededError
from clearcue.services.ending import end_bundle, revoke
from clearcue.services.erasing import erase_account
from clearcue.services.granting import hold_quote
from clearcue.services.licences import (
    LicenceRequest,
    issue_quote,
    quote_track,
    show,
)
from clearcue.services.owner import ensure_owner
from clearcue.services.papers import PAPERS, paper
from clearcue.services.paying import list_payments, mark_paid, settle
from clearcue.services.payment_store import Received
from clearcue.services.platform import Platform
from clearcue.services.publishing import append, publish, sign
from clearcue.services.reading import find_quote, list_catalogue, record_bundle
from clearcue.services.reviewing import record_review
from clearcue.services.stored import MissingError, Organisation
from clearcue_provenance.envelope import parse as parse_envelope
from clearcue_provenance.predicates import GENERATION
from clearcue_provenance.statement import parse as parse_statement
from clearcue_provenance.verify import NamedFile, Report, verify

DAY = timedelta(days=1)


class Desk:
    """A platform with one track that nobody licensed yet, and a clock that can be set."""

    def __init__(self, platform: Platform, track_id: str) -> None:
        self.clock = FixedClock(datetime.now(UTC))
        self.platform = replace(platform, clock=self.clock)
        self.owner = ensure_owner(self.platform)
        self.track_id = track_id

    def quote(self, organisation: Organisation | None = None, **request: str) -> str:
        """A quote of the track; its id."""
        wanted = LicenceRequest(**{"template_id": "ad-web", "licensee": "A Ltd", **request})  # type: ignore[arg-type]  # all are texts
        return quote_track(
            self.platform, organisation or self.owner, self.track_id, None, wanted
        ).id

    def issue(self, **request: str) -> str:
        """A licence of the track; its id."""
        return issue_quote(self.platform, self.owner, self.quote(**request)).id

    def state(self, licence_id: str) -> str:
        """What a licence is now."""
        return show(self.platform, self.owner.id, licence_id).state

    def kinds(self, licence_id: str) -> list[str]:
        """A licence's events."""
        with self.platform.units.read() as unit:
            return [event.kind for event in unit.licences.events(self.owner.id, licence_id)]

    def verify(self, licence_id: str, *, ended: bool = False) -> Report:
        """The licence beside the track's bundle, and its end where asked for."""
        shown = show(self.platform, self.owner.id, licence_id)
        files = [NamedFile("licence.json", paper(self.platform, shown.licence, "licence.json"))]
        if ended:
            with self.platform.units.read() as unit:
                stored = unit.grants.ending(licence_id)
            assert stored is not None
            files.append(NamedFile("end", end_bundle(self.platform, stored)))
        bundle = record_bundle(self.platform, self.owner, shown.quoted.subject.record_digest)
        return verify(
            NamedFile("bundle.json", bundle),
            files,
            self.platform.keyring.trust_root(),
            self.clock.moment,
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with one track, whose licence was revoked, and the track's id."""
    home = tmp_path_factory.mktemp("made")
    platform = small_platform(home / "home")
    owner = ensure_owner(platform)
    job = made_job(platform, owner, home / "work")
    revoke(platform, owner, str(job.payload["licence_id"]), "error")
    return home / "home", str(job.payload["track_id"])


@pytest.fixture
def desk(made: tuple[Path, str], tmp_path: Path) -> Desk:
    """A desk of its own, on a copy of that home."""
    shutil.copytree(made[0], tmp_path / "home")
    return Desk(small_platform(tmp_path / "home"), made[1])


def test_an_exclusive_is_refused_beside_an_earlier_licence(desk: Desk) -> None:
    """A non-exclusive licence is in an exclusive's way, where they overlap and nowhere else."""
    desk.issue(territory="DE", term="P1Y")
    with pytest.raises(ConflictError, match="without exclusivity"):
        desk.issue(territory="WORLD", exclusivity="full")
    with pytest.raises(ConflictError):
        desk.issue(territory="AT,DE", exclusivity="sector", sector="banking")
    assert desk.state(desk.issue(territory="AT", exclusivity="full")) == "active"
    with pytest.raises(ConflictError, match=r"an exclusive licence .* Austria"):
        desk.issue(territory="AT,CH")
    desk.issue(territory="CH", template_id="corporate")


def test_sectors_stand_beside_each_other(desk: Desk) -> None:
    """An exclusive in one sector leaves other sectors free, and those without a limit not."""
    desk.issue(exclusivity="sector", sector="Banking")
    desk.issue(exclusivity="sector", sector="Food")
    desk.issue(sector="Toys")
    with pytest.raises(ConflictError, match="exclusive in a sector"):
        desk.issue(sector="BANKING ")
    with pytest.raises(ConflictError):
        desk.issue()


def test_a_hold_keeps_others_away_until_it_is_over(desk: Desk) -> None:
    """What is held is refused to others, issued to whoever holds it, and free again after."""
    mine, other = desk.quote(exclusivity="full"), desk.quote()
    held = hold_quote(desk.platform, desk.owner, mine)
    assert held.until == desk.clock.moment + 7 * DAY
    assert hold_quote(desk.platform, desk.owner, mine) == held
    with pytest.raises(ConflictError):
        issue_quote(desk.platform, desk.owner, other)
    desk.clock.moment = held.until
    issue_quote(desk.platform, desk.owner, other)
    with pytest.raises(ConflictError):
        issue_quote(desk.platform, desk.owner, mine)


def test_a_held_quote_is_issued_with_its_events(desk: Desk) -> None:
    """Quoted, held and issued are events in their order."""
    mine = desk.quote(exclusivity="full", territory="DE")
    hold_quote(desk.platform, desk.owner, mine)
    licence = issue_quote(desk.platform, desk.owner, mine)
    assert desk.kinds(licence.id) == ["quoted", "held", "issued"]
    with pytest.raises(BadInputError, match="issued already"):
        hold_quote(desk.platform, desk.owner, mine)
    with pytest.raises(BadInputError, match="only an exclusive"):
        hold_quote(desk.platform, desk.owner, desk.quote())
    lapsed = desk.quote(exclusivity="full", territory="FR")
    desk.clock.moment += 31 * DAY
    with pytest.raises(QuoteLapsedError):
        hold_quote(desk.platform, desk.owner, lapsed)


def test_a_revoked_licence_frees_its_scope_and_verifies_as_revoked(desk: Desk) -> None:
    """Revoking is logged, shown, verified, done once, and leaves room for another licence."""
    licence_id = desk.issue(exclusivity="full")
    leaves = publish(desk.platform).size
    ended = revoke(desk.platform, desk.owner, licence_id, "chargeback", "payment 7 taken back")
    assert publish(desk.platform).size == leaves + 1
    assert desk.state(licence_id) == "revoked"
    assert desk.kinds(licence_id)[-1] == "revoked"
    report = desk.verify(licence_id, ended=True)
    assert report.verified
    assert report.licence["state"] == "revoked"
    assert report.licence["ended"]["reason"] == ended.reason == "chargeback"
    assert desk.verify(licence_id).licence["state"] == "in force"
    with pytest.raises(LicenceEndedError):
        revoke(desk.platform, desk.owner, licence_id, "error")
    with pytest.raises(BadInputError, match="no reason"):
        revoke(desk.platform, desk.owner, licence_id, "mood")
    desk.issue()


def test_an_end_of_another_licence_is_refused(desk: Desk) -> None:
    """The verifier refuses an end that names another licence than the one given."""
    one, other = desk.issue(), desk.issue()
    revoke(desk.platform, desk.owner, other, "error")
    with desk.platform.units.read() as unit:
        stored = unit.grants.ending(other)
    assert stored is not None
    shown = show(desk.platform, desk.owner.id, one)
    bundle = record_bundle(desk.platform, desk.owner, shown.quoted.subject.record_digest)
    report = verify(
        NamedFile("bundle.json", bundle),
        [
            NamedFile("licence.json", paper(desk.platform, shown.licence, "licence.json")),
            NamedFile("licence-end.json", end_bundle(desk.platform, stored)),
        ],
        desk.platform.keyring.trust_root(),
        desk.clock.moment,
    )
    assert report.failed == ("licence end",)


def test_an_amendment_takes_the_place_of_what_it_amends(desk: Desk) -> None:
    """In one step the old licence is superseded and the new one, exclusive now, stands."""
    old = desk.issue(territory="DE")
    number = show(desk.platform, desk.owner.id, old).licence.number
    new = desk.issue(territory="DE", exclusivity="full", amends=number)
    assert (desk.state(old), desk.state(new)) == ("superseded", "active")
    ended = show(desk.platform, desk.owner.id, old).end
    assert ended is not None
    assert ended.successor == show(desk.platform, desk.owner.id, new).licence.envelope_sha256
    report = desk.verify(old, ended=True)
    assert (report.verified, report.licence["state"]) == (True, "superseded")
    with pytest.raises(LicenceEndedError, match="superseded"):
        desk.quote(amends=number)
    with pytest.raises(MissingError):
        desk.quote(amends="CL-0000-0000-0000-0000")


def test_a_year_later_each_is_what_it_is(desk: Desk) -> None:
    """A year on, licences are expired, active, revoked and superseded, and all still verify."""
    expired, perpetual = desk.issue(term="P6M"), desk.issue(term="PERPETUAL")
    revoked, old = desk.issue(), desk.issue(territory="FR")
    revoke(desk.platform, desk.owner, revoked, "fraud")
    number = show(desk.platform, desk.owner.id, old).licence.number
    new = desk.issue(territory="FR", term="P3Y", amends=number)
    desk.clock.moment += 400 * DAY
    states = {one: desk.state(one) for one in (expired, perpetual, revoked, old, new)}
    assert list(states.values()) == ["expired", "active", "revoked", "superseded", "active"]
    for licence_id, state in states.items():
        report = desk.verify(licence_id, ended=state in ("revoked", "superseded"))
        assert report.verified
        assert report.licence["state"] == state.replace("active", "in force")
    desk.issue(exclusivity="full", territory="DE", template_id="podcast")


def test_a_stranger_holds_and_revokes_nothing(desk: Desk) -> None:
    """Another organisation finds neither quote nor licence."""
    stranger = add_organisation(desk.platform, "stranger", "A stranger")
    quoted, licence = desk.quote(exclusivity="full", territory="IT"), desk.issue()
    with pytest.raises(MissingError):
        hold_quote(desk.platform, stranger, quoted)
    with pytest.raises(MissingError):
        revoke(desk.platform, stranger, licence, "error")
    with pytest.raises(MissingError):
        desk.quote(stranger)


def test_a_recorded_review_stands_in_new_quotes_only(desk: Desk) -> None:
    """What was quoted as a draft stays one; from the review on a quote names who reviewed it."""
    before = desk.issue(territory="IT")
    review = record_review(desk.platform, "ad-web", "Example Counsel")
    assert review.sha256 == find_template("ad-web").sha256
    after = desk.issue(territory="ES")
    told = [show(desk.platform, desk.owner.id, one).quoted for one in (before, after)]
    assert told[0].template_status == "draft, not reviewed by counsel"
    assert told[1].template_status.startswith("reviewed by counsel (Example Counsel)")
    assert [one.template_status in one.text for one in told] == [True, True]
    assert [one.template_sha256 for one in told] == [review.sha256] * 2
    with pytest.raises(BadInputError, match="reviewed before, by Example Counsel"):
        record_review(desk.platform, "ad-web", "Somebody Else")


def test_what_is_owed_is_noted_and_paid(desk: Desk) -> None:
    """An invoice is due with each licence, counted without a gap, and noted as paid once."""
    one, other = desk.issue(territory="IT"), desk.issue(territory="ES")
    payments = list_payments(desk.platform, desk.owner)
    assert [(pay.licence_id, pay.invoice, pay.state) for pay in payments] == [
        (one, 1, "due"), (other, 2, "due"),
    ]  # fmt: skip
    assert mark_paid(desk.platform, desk.owner, other).state == "paid"
    licence = show(desk.platform, desk.owner.id, other).licence
    assert paper(desk.platform, licence, "invoice.pdf").startswith(b"%PDF-")
    own = desk.issue(territory="FR", licensee=desk.owner.name)
    assert len(list_payments(desk.platform, desk.owner)) == 2
    with pytest.raises(MissingError, match="no invoice"):
        paper(desk.platform, show(desk.platform, desk.owner.id, own).licence, "invoice.pdf")


def test_a_payment_gets_one_licence_or_is_owed_back(desk: Desk) -> None:
    """Paid once: one licence. Again, too little, too late or beside an exclusive: owed back."""
    desk.platform = replace(desk.platform, cashier=StripeCashier("whsec_1"))
    quoted = desk.quote(exclusivity="full")
    with pytest.raises(PaymentNeededError):
        issue_quote(desk.platform, desk.owner, quoted)
    price = find_quote(desk.platform, desk.owner, quoted).price.amount_minor
    paid = settle(desk.platform, Received("pi_1", quoted, "EUR", price))
    assert (paid.state, paid.invoice) == ("paid", None)
    assert settle(desk.platform, Received("pi_1", quoted, "EUR", price)) == paid
    assert desk.state(str(paid.licence_id)) == "active"
    other = desk.quote()
    asked = find_quote(desk.platform, desk.owner, other).price.amount_minor
    owed = [
        settle(desk.platform, Received("pi_2", quoted, "EUR", price)),
        settle(desk.platform, Received("pi_3", other, "EUR", asked - 1)),
        settle(desk.platform, Received("pi_4", other, "USD", asked)),
        settle(desk.platform, Received("pi_5", other, "EUR", asked)),
    ]
    assert {one.state for one in owed} == {"refund-owed"}
    assert [one.licence_id for one in owed] == [None] * 4
    assert "issued before" in owed[0].reason
    assert "exclusive licence" in owed[3].reason
    with pytest.raises(MissingError):
        settle(desk.platform, Received("pi_6", "no-such-quote", "EUR", 1))


def test_every_paper_of_a_licence_can_be_written(desk: Desk) -> None:
    """All papers are there, the same bytes each time; the end only once there is one."""
    licence = show(desk.platform, desk.owner.id, desk.issue(licensee="B Ltd")).licence
    for name in PAPERS:
        if name not in ("licence-end.json", "status.json"):
            assert paper(desk.platform, licence, name) == paper(desk.platform, licence, name)
    with pytest.raises(MissingError, match="neither revoked"):
        paper(desk.platform, licence, "licence-end.json")
    revoke(desk.platform, desk.owner, licence.id, "error")
    assert b"dsseEnvelope" in paper(desk.platform, licence, "licence-end.json")
    with pytest.raises(MissingError, match="no paper"):
        paper(desk.platform, licence, "other.pdf")


def test_an_exclusive_family_leaves_the_catalogue(desk: Desk) -> None:
    """A full exclusive, held or issued, takes its track out of the catalogue, and gives it back."""

    def offered() -> list[str]:
        return [track.id for track in list_catalogue(desk.platform, desk.owner, 10, None)]

    desk.issue(exclusivity="sector", sector="Food", term="P1M")
    assert offered() == [desk.track_id]
    quoted = desk.quote(template_id="podcast", exclusivity="full", term="P6M")
    hold_quote(desk.platform, desk.owner, quoted)
    assert offered() == []
    desk.clock.moment += 8 * DAY
    assert offered() == [desk.track_id]
    issue_quote(desk.platform, desk.owner, quoted)
    assert offered() == []
    desk.clock.moment += 200 * DAY
    assert offered() == [desk.track_id]


def test_an_erased_account_keeps_its_licences(desk: Desk) -> None:
    """Names, keys, open quotes and jobs go; what was issued is found as before."""
    with pytest.raises(BadInputError, match="owner"):
        erase_account(desk.platform, "owner")
    other = add_organisation(desk.platform, "studio-b", "Studio B")
    made_key = make_key(desk.platform, other, "of Jane Doe")
    with desk.platform.units.write() as unit:
        track = unit.tracks.get(desk.owner.id, desk.track_id)
        record = unit.records.for_track(desk.owner.id, desk.track_id)
        unit.tracks.add(replace(track, id="other-track", organisation_id=other.id, family="o"))
        stated = parse_statement(parse_envelope(record.envelope).payload)
        signed = sign(
            desk.platform, stated.subjects, GENERATION, {**stated.predicate, "credits": ["B"]}
        )
        unit.records.add(
            replace(
                record, id="other-record", organisation_id=other.id, track_id="other-track",
                leaf_index=append(unit, signed), envelope=signed.envelope, digest=signed.digest,
            )
        )  # fmt: skip
        unit.commit()
    wish = LicenceRequest(template_id="film", licensee="Jane Doe Films")
    kept, dropped = (quote_track(desk.platform, other, "other-track", None, wish) for _ in range(2))
    licence = issue_quote(desk.platform, other, kept.id)
    erased = erase_account(desk.platform, "studio-b")
    assert (erased.quotes, erased.keys) == (1, 1)
    with desk.platform.units.read() as unit:
        assert unit.organisations.get(other.id).name == "erased"
        with pytest.raises(MissingError):
            unit.quotes.get(other.id, dropped.id)
        assert unit.licences.by_number(licence.number) == licence
        (closed,) = unit.api_keys.list(other.id)
    assert (closed.prefix, closed.name) == (made_key.stored.prefix, "erased")
    assert closed.revoked_at is not None
    with pytest.raises(MissingError):
        erase_account(desk.platform, "studio-b")
