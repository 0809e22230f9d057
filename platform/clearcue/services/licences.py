"""Licences: quoted, issued once, signed and logged, shown."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from clearcue.errors import BadInputError
from clearcue.licensing.exclusivity import read_exclusivity
from clearcue.licensing.issuing import ENDED, issue, licence_number, state_by_clock
from clearcue.licensing.quotes import quote
from clearcue.licensing.scope import day_in_words, read_name, read_term, read_territory
from clearcue.licensing.templates import Template, find_template, template_for_usage
from clearcue.licensing.terms import Digested, Quote, Subject, read_terms
from clearcue.licensing.wanted import (
    Wanted,
    read_audience,
    read_channels,
    read_client,
    read_identifiers,
    read_project,
)
from clearcue.services.charging import charge, refuse_unpaid
from clearcue.services.ending import End, superseded_by
from clearcue.services.ending import read as read_end
from clearcue.services.granting import amended_by, kin_of, refuse_taken
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import Signed, publish, sign
from clearcue.services.stored import (
    LicenceDraft,
    MissingError,
    Organisation,
    StoredLicence,
    StoredQuote,
)
from clearcue.services.withdrawing import WithdrawnWork, withdrawn_from
from clearcue_provenance.envelope import parse as parse_envelope
from clearcue_provenance.predicates import LICENCE, RECORD_NAME
from clearcue_provenance.statement import Subject as StatementSubject
from clearcue_provenance.statement import parse as parse_statement


@dataclass(frozen=True, slots=True)
class LicenceRequest:
    """What is to be licensed, as texts; None takes the template's own, or the owner as licensee.

    The fields from `start` on are those of `clearcue.licensing.wanted.Wanted`; `channels` are
    separated by line ends or semicolons.
    """

    template_id: str | None = None
    territory: str | None = None
    term: str | None = None
    licensee: str | None = None
    start: str | None = None
    exclusivity: str = "none"
    sector: str | None = None
    client: str | None = None
    project: str | None = None
    audience: str | None = None
    channels: str | None = None
    isrc: str | None = None
    iswc: str | None = None
    ipi: str | None = None
    amends: str | None = None

    def wanted(self) -> Wanted:
        """The same as licensing takes it. Raises BadInputError when the start is no day."""
        return Wanted(
            territory=self.territory,
            term=self.term,
            start=_day(self.start),
            exclusivity=self.exclusivity,
            sector=self.sector,
            client=self.client,
            project=self.project,
            audience=self.audience,
            channels=tuple(filter(None, map(str.strip, re.split(r"[\n;]", self.channels or "")))),
            isrc=self.isrc,
            iswc=self.iswc,
            ipi=self.ipi,
            amends=self.amends,
        )


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{text[:20]!r} is no day; give one such as 2027-03-01") from error


def template_of(request: LicenceRequest, usage: str) -> Template:
    """The template asked for, else the one that fits the usage. Raises BadInputError."""
    return find_template(request.template_id) if request.template_id else template_for_usage(usage)


def refuse_ungrantable(request: LicenceRequest, usage: str) -> None:
    """Refuse, before anything costly is done, what no quote could grant. Raises BadInputError."""
    template_of(request, usage)
    if request.licensee is not None:
        read_name(request.licensee, "licensee")
    if request.territory is not None:
        read_territory(request.territory)
    if request.term is not None:
        read_term(request.term)
    wanted = request.wanted()
    read_exclusivity(wanted.exclusivity, wanted.sector)
    read_client(wanted.client)
    read_project(wanted.project)
    read_channels(wanted.channels)
    read_audience(wanted.audience)
    read_identifiers(wanted)


@dataclass(frozen=True, slots=True)
class PreparedLicence:
    """A quoted and signed licence that a unit of work may store, all of it or nothing.

    `kin` are the tracks whose music counts as this one's.
    """

    quoted: Quote
    kin: frozenset[str]
    stored_quote: StoredQuote
    draft: LicenceDraft


def prepare(
    platform: Platform,
    organisation: Organisation,
    usage: str,
    request: LicenceRequest,
    subject: Subject,
    now: datetime,
    *,
    quote_id: str,
    licence_id: str,
    kin: frozenset[str],
) -> PreparedLicence:
    """Quote a licence and sign what will be issued; nothing is stored.

    Args:
        kin: the stored tracks whose music counts as this one's.

    Raises:
        BadInputError: when the template, licensee, territory or term cannot be granted.
    """
    quoted = _quoted(platform, organisation, usage, request, subject, now, quote_id)
    return PreparedLicence(
        quoted,
        kin,
        _quote_row(quoted, organisation.id, now),
        _draft(platform, organisation.id, quoted, licence_id, now),
    )


def _quoted(
    platform: Platform,
    organisation: Organisation,
    usage: str,
    request: LicenceRequest,
    subject: Subject,
    now: datetime,
    quote_id: str,
) -> Quote:
    template = template_of(request, usage)
    return quote(
        template,
        platform.prices,
        quote_id=quote_id,
        licensor=organisation.name,
        licensee=organisation.name if request.licensee is None else request.licensee,
        subject=subject,
        now=now,
        nonce=platform.ids.nonce(),
        wanted=request.wanted(),
        status=status_of(platform, template),
    )


def status_of(platform: Platform, template: Template) -> str:
    """What is known of a template's review: its own words, or that an owner recorded one."""
    with platform.units.read() as unit:
        review = unit.template_reviews.find(template.sha256)
    if review is None:
        return template.status
    return f"reviewed by counsel ({review.reviewer}), recorded on {day_in_words(review.at.date())}"


def _quote_row(quoted: Quote, organisation_id: str, now: datetime) -> StoredQuote:
    return StoredQuote(
        id=quoted.id,
        organisation_id=organisation_id,
        track_id=quoted.subject.track_id,
        template_id=quoted.template_id,
        template_version=quoted.template_version,
        licensee=quoted.licensee,
        currency=quoted.price.currency,
        amount_minor=quoted.price.amount_minor,
        terms=quoted.terms,
        created_at=now,
        expires_at=quoted.expires_at,
        exclusivity=quoted.exclusivity,
    )


def _draft(
    platform: Platform, organisation_id: str, quoted: Quote, licence_id: str, now: datetime
) -> LicenceDraft:
    number = licence_number(licence_id, quoted.nonce)
    signed = _signed(platform, quoted, licence_id, number, now)
    return LicenceDraft(
        id=licence_id,
        number=number,
        organisation_id=organisation_id,
        quote_id=quoted.id,
        envelope=signed.envelope,
        envelope_sha256=signed.digest,
        leaf_body=signed.leaf_body,
        starts_on=quoted.first_day,
        ends_on=quoted.last_day,
        issued_at=now,
    )


def quote_track(
    platform: Platform,
    organisation: Organisation,
    track_id: str,
    usage: str | None,
    request: LicenceRequest,
) -> Quote:
    """Quote a licence of a stored track, and store the quote.

    `usage` chooses the template where the request names none; None is the track's own.

    Whether another grant is in the way is decided when the quote is held or accepted.

    Raises:
        MissingError: when the organisation has no such track, or no licence that is amended.
        BadInputError: when the template, the licensee or the scope cannot be granted.
    """
    now = platform.clock.now()
    with platform.units.read() as unit:
        track = unit.tracks.get(organisation.id, track_id)
        record = unit.records.for_track(organisation.id, track_id)
    subject = Subject(
        track_id=track.id,
        title=track.title,
        record_digest=record.digest,
        pcm_sha256=track.pcm_sha256,
        credits=credits_of_record(platform, record.envelope),
        family=track.family,
        digests=digests_of_record(record.envelope),
    )
    quoted = _quoted(
        platform, organisation, usage or track.usage, request, subject, now, platform.ids.new()
    )
    with platform.units.write() as unit:
        amended_by(unit, organisation.id, quoted)
        unit.quotes.add(_quote_row(quoted, organisation.id, now))
        unit.commit()
    return quoted


def credits_of_record(platform: Platform, stored_envelope: bytes) -> tuple[str, ...]:
    """The attribution lines that a record states; an early one names only the works they are of."""
    predicate = parse_statement(parse_envelope(stored_envelope).payload).predicate
    if "credits" in predicate:
        return tuple(predicate["credits"])
    works = sorted(
        {
            source["work"]
            for part in predicate["influence"]["parts"]
            for source in part["sources"]
            if source["kind"] == "work"
        }
    )
    lines = [
        obligation.text
        for work in works
        for obligation in platform.library.manifest.work(work).decision.obligations
    ]
    return tuple(dict.fromkeys(lines))


def digests_of_record(stored_envelope: bytes) -> tuple[Digested, ...]:
    """What a record states the digests of: decoded samples of mix and stems, and score files."""
    subjects = parse_statement(parse_envelope(stored_envelope).payload).subjects
    return tuple(
        Digested(one.name, one.sha256, "file" if one.pcm is None else "samples") for one in subjects
    )


def issue_quote(platform: Platform, organisation: Organisation, quote_id: str) -> StoredLicence:
    """Issue a stored quote's licence, once: asked again, the first one comes back.

    The log is published before, too: where it cannot be continued, nothing is issued. Whether
    another grant is in the way is decided in the transaction that issues; a licence that is amended
    is superseded in the same one.

    Raises:
        MissingError: when the organisation has no such quote.
        QuoteLapsedError: when the quote's time is over.
        ConflictError: when another grant, or a hold of one, is in the way.
        LicenceEndedError: when the licence to be amended was ended meanwhile.
        PaymentNeededError: when it waits for its payment.
    """
    publish(platform)
    with platform.units.read() as unit:
        quoted = read_terms(unit.quotes.get(organisation.id, quote_id).terms)
    kin = kin_of(platform, quoted.subject.track_id)
    with platform.units.write() as unit:
        unit.grants.lock()
        licence = unit.licences.for_quote(organisation.id, quote_id)
        if licence is None:
            refuse_unpaid(platform, quoted)
            licence = issue_within(platform, unit, organisation.id, quoted, kin)
            charge(platform, unit, quoted, licence, None, licence.issued_at)
            unit.commit()
    publish(platform)
    return licence


def issue_within(
    platform: Platform,
    unit: UnitOfWork,
    organisation_id: str,
    quoted: Quote,
    kin: frozenset[str],
) -> StoredLicence:
    """Issue a stored quote's licence within a unit of work, with the grants locked.

    What refuses does so before anything is written; see `issue_quote`.
    """
    now = platform.clock.now()
    draft = _draft(platform, organisation_id, quoted, platform.ids.new(), now)
    amended = amended_by(unit, organisation_id, quoted)
    refuse_taken(unit, quoted, kin, now, amended.id if amended else None)
    if amended is not None:
        unit.grants.end(superseded_by(platform, amended, draft.envelope_sha256, now))
    return unit.licences.issue(draft)


def _signed(
    platform: Platform, quoted: Quote, licence_id: str, number: str, now: datetime
) -> Signed:
    predicate = issue(quoted, licence_id, number, now)
    record = StatementSubject(RECORD_NAME, quoted.subject.record_digest)
    return sign(platform, [record], LICENCE, predicate)


def lock_grants(unit: UnitOfWork, prepared: PreparedLicence | None) -> None:
    """Begin a unit of work that is to `store`: nobody else decides about a grant meanwhile."""
    if prepared is not None:
        unit.grants.lock()


def store(platform: Platform, unit: UnitOfWork, prepared: PreparedLicence) -> StoredLicence:
    """Store quote, licence, log leaf and what is owed within a unit of work.

    Raises:
        ConflictError: when another grant, or a hold of one, is in the way.
    """
    refuse_taken(unit, prepared.quoted, prepared.kin, prepared.draft.issued_at, None)
    unit.quotes.add(prepared.stored_quote)
    licence = unit.licences.issue(prepared.draft)
    charge(platform, unit, prepared.quoted, licence, None, licence.issued_at)
    return licence


@dataclass(frozen=True, slots=True)
class ShownLicence:
    """A licence as `licence show` prints it: its state is read from the clock.

    `withdrawn` are the works that its track's model learnt from and that were withdrawn since. The
    licence keeps its terms; this is a flag. `end` is what ended it before its term, or None.
    """

    licence: StoredLicence
    quoted: Quote
    state: str
    withdrawn: tuple[WithdrawnWork, ...] = ()
    end: End | None = None


def show(platform: Platform, organisation_id: str, licence_id: str | None) -> ShownLicence:
    """A licence by its id or number, or the newest; MissingError when there is none such."""
    with platform.units.read() as unit:
        if licence_id is not None:
            licence = unit.licences.get(organisation_id, licence_id)
        else:
            newest = unit.licences.list(organisation_id, 1)
            if not newest:
                raise MissingError("no licence was issued yet; `clearcue make` issues one")
            licence = newest[0]
    return shown(platform, licence)


def shown(platform: Platform, licence: StoredLicence) -> ShownLicence:
    """A stored licence with its terms read, its state and its flags at this moment."""
    with platform.units.read() as unit:
        withdrawn = withdrawn_from(unit, licence.organisation_id, licence.track_id)
        ended = unit.grants.ending(licence.id)
    end = None if ended is None else read_end(ended)
    return ShownLicence(
        licence, read_terms(licence.terms), state_of(platform, licence), withdrawn, end
    )


def state_of(platform: Platform, licence: StoredLicence) -> str:
    """What a licence is now: what ended it, else what the clock shows."""
    if licence.state in ENDED:
        return licence.state
    return str(state_by_clock(licence.starts_on, licence.ends_on, platform.clock.now()))
