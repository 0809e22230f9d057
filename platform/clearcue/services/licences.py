"""Licences: quoted, issued once, signed and logged, shown."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from clearcue.licensing.certificate import Certificate, draw_certificate
from clearcue.licensing.quotes import (
    Quote,
    Subject,
    issue,
    licence_number,
    licence_state,
    quote,
    read_terms,
)
from clearcue.licensing.scope import read_name, read_term, read_territory
from clearcue.licensing.templates import Template, find_template, template_for_usage
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import Signed, bundle_of, publish, sign
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
    """What is to be licensed; None takes the template's own, or the owner as licensee."""

    template_id: str | None = None
    territory: str | None = None
    term: str | None = None
    licensee: str | None = None


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


@dataclass(frozen=True, slots=True)
class PreparedLicence:
    """A quoted and signed licence that a unit of work may store, all of it or nothing."""

    quoted: Quote
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
) -> PreparedLicence:
    """Quote a licence and sign what will be issued; nothing is stored.

    Raises:
        BadInputError: when the template, licensee, territory or term cannot be granted.
    """
    quoted = _quoted(platform, organisation, usage, request, subject, now, quote_id)
    return PreparedLicence(
        quoted,
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
    return quote(
        template_of(request, usage),
        platform.prices,
        quote_id=quote_id,
        licensor=organisation.name,
        licensee=organisation.name if request.licensee is None else request.licensee,
        subject=subject,
        now=now,
        nonce=platform.ids.nonce(),
        territory=request.territory,
        term=request.term,
    )


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

    Raises:
        MissingError: when the organisation has no such track.
        BadInputError: when the template, licensee, territory or term cannot be granted.
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
    )
    quoted = _quoted(
        platform, organisation, usage or track.usage, request, subject, now, platform.ids.new()
    )
    with platform.units.write() as unit:
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


def issue_quote(platform: Platform, organisation: Organisation, quote_id: str) -> StoredLicence:
    """Issue a stored quote's licence, once: asked again, the first one comes back.

    The log is published before, too: where it cannot be continued, nothing is issued.

    Raises:
        MissingError: when the organisation has no such quote.
        QuoteLapsedError: when the quote's time is over.
    """
    publish(platform)
    now = platform.clock.now()
    with platform.units.write() as unit:
        licence = unit.licences.for_quote(organisation.id, quote_id)
        if licence is None:
            quoted = read_terms(unit.quotes.get(organisation.id, quote_id).terms)
            licence = unit.licences.issue(
                _draft(platform, organisation.id, quoted, platform.ids.new(), now)
            )
            unit.commit()
    publish(platform)
    return licence


def _signed(
    platform: Platform, quoted: Quote, licence_id: str, number: str, now: datetime
) -> Signed:
    predicate = issue(quoted, licence_id, number, now)
    record = StatementSubject(RECORD_NAME, quoted.subject.record_digest)
    return sign(platform, [record], LICENCE, predicate)


def store(unit: UnitOfWork, prepared: PreparedLicence) -> StoredLicence:
    """Store quote, licence and log leaf within a unit of work."""
    unit.quotes.add(prepared.stored_quote)
    return unit.licences.issue(prepared.draft)


def licence_json(platform: Platform, licence: StoredLicence) -> bytes:
    """The bytes of licence.json: the licence's envelope with its proof."""
    return bundle_of(platform, licence.envelope, licence.leaf_index)


def certificate_pdf(licence: StoredLicence) -> bytes:
    """The certificate of a licence."""
    return draw_certificate(
        Certificate(
            licence_id=licence.id,
            number=licence.number,
            quoted=read_terms(licence.terms),
            licence_digest=sha256(licence.envelope).hexdigest(),
            issued_at=licence.issued_at,
        )
    )


@dataclass(frozen=True, slots=True)
class ShownLicence:
    """A licence as `licence show` prints it: its state is read from the clock.

    `withdrawn` are the works that its track's model learnt from and that were withdrawn since. The
    licence keeps its terms; this is a flag.
    """

    licence: StoredLicence
    quoted: Quote
    state: str
    withdrawn: tuple[WithdrawnWork, ...] = ()


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
    state = licence.state
    if state == "issued":
        state = str(licence_state(licence.starts_on, licence.ends_on, platform.clock.now()))
    with platform.units.read() as unit:
        withdrawn = withdrawn_from(unit, licence.organisation_id, licence.track_id)
    return ShownLicence(licence, read_terms(licence.terms), state, withdrawn)
