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
from clearcue.services.publishing import Signed, bundle_of, sign
from clearcue.services.stored import LicenceDraft, MissingError, StoredLicence, StoredQuote
from clearcue_provenance.predicates import LICENCE, RECORD_NAME
from clearcue_provenance.statement import Subject as StatementSubject


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
    organisation_id: str,
    licensor: str,
    usage: str,
    request: LicenceRequest,
    subject: Subject,
    now: datetime,
) -> PreparedLicence:
    """Quote a licence and sign what will be issued; nothing is stored.

    Raises:
        BadInputError: when the template, licensee, territory or term cannot be granted.
    """
    quoted = quote(
        template_of(request, usage),
        platform.prices,
        quote_id=platform.ids.new(),
        licensor=licensor,
        licensee=licensor if request.licensee is None else request.licensee,
        subject=subject,
        now=now,
        nonce=platform.ids.nonce(),
        territory=request.territory,
        term=request.term,
    )
    licence_id = platform.ids.new()
    number = licence_number(licence_id, quoted.nonce)
    signed = _signed(platform, quoted, licence_id, number, now)
    return PreparedLicence(
        quoted,
        StoredQuote(
            id=quoted.id,
            organisation_id=organisation_id,
            track_id=subject.track_id,
            template_id=quoted.template_id,
            template_version=quoted.template_version,
            licensee=quoted.licensee,
            currency=quoted.price.currency,
            amount_minor=quoted.price.amount_minor,
            terms=quoted.terms,
            created_at=now,
            expires_at=quoted.expires_at,
        ),
        LicenceDraft(
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
        ),
    )


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
    """A licence as `licence show` prints it: its state is read from the clock."""

    licence: StoredLicence
    quoted: Quote
    state: str


def show(platform: Platform, organisation_id: str, licence_id: str | None) -> ShownLicence:
    """A licence by its id or number, or the newest; MissingError when there is none such."""
    with platform.units.read() as unit:
        if licence_id is None:
            newest = unit.licences.list(organisation_id, 1)
            if not newest:
                raise MissingError("no licence was issued yet; `clearcue make` issues one")
            licence = newest[0]
        else:
            licence = unit.licences.get(organisation_id, licence_id)
    state = licence.state
    if state == "issued":
        state = str(licence_state(licence.starts_on, licence.ends_on, platform.clock.now()))
    return ShownLicence(licence, read_terms(licence.terms), state)
