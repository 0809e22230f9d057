"""A licence's papers by name, made from what is stored: the same bytes each time.

The invoice is there only where one was sent; the end of a licence only where it was ended. The
status is signed anew each time.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from clearcue.licensing.certificate import Certificate, draw_certificate
from clearcue.licensing.invoice import Invoice, draw_invoice
from clearcue.licensing.odrl import odrl_of
from clearcue.licensing.papers import (
    Papers,
    Recorded,
    credits_line,
    cue_sheet_csv,
    draw_cue_sheet,
    draw_dispute_letter,
)
from clearcue.licensing.terms import read_terms
from clearcue.services.ending import end_bundle
from clearcue.services.licence_status import signed_status
from clearcue.services.licences import shown
from clearcue.services.payment_store import PAID
from clearcue.services.platform import Platform
from clearcue.services.publishing import bundle_of
from clearcue.services.recording import plain_json
from clearcue.services.stored import MissingError, StoredLicence
from clearcue_provenance.envelope import parse as parse_envelope
from clearcue_provenance.statement import parse as parse_statement

PDF, CSV, TEXT = "application/pdf", "text/csv; charset=utf-8", "text/plain; charset=utf-8"
JSON, JSON_LD = "application/json", "application/ld+json"
Maker = Callable[[Platform, StoredLicence, str], bytes]


def paper(platform: Platform, licence: StoredLicence, name: str, size: str = "A4") -> bytes:
    """One of a licence's papers, by its name in `PAPERS`.

    Raises:
        MissingError: when there is no such paper of this licence.
        TermsError: when it does not fit its page.
    """
    if name not in PAPERS:
        raise MissingError(f"there is no paper {name[:40]!r}; one of {', '.join(PAPERS)}")
    return PAPERS[name][1](platform, licence, size)


def certificate_of(licence: StoredLicence) -> Certificate:
    """What a licence's certificate, and every other paper, says of it."""
    return Certificate(
        licence_id=licence.id,
        number=licence.number,
        quoted=read_terms(licence.terms),
        licence_digest=sha256(licence.envelope).hexdigest(),
        issued_at=licence.issued_at,
    )


def _papers(platform: Platform, licence: StoredLicence) -> Papers:
    with platform.units.read() as unit:
        track = unit.tracks.get(licence.organisation_id, licence.track_id)
        record = unit.records.for_track(licence.organisation_id, licence.track_id)
    said: Mapping[str, Any] = parse_statement(parse_envelope(record.envelope).payload).predicate
    checked = said["originality"]
    recorded = Recorded(
        milliseconds=(track.frames * 1000 + track.sample_rate // 2) // track.sample_rate,
        made_on=said["runDetails"]["metadata"]["finishedOn"],
        verdict=checked["verdict"],
        works=checked["corpus"]["counts"]["works"],
        corpus=checked["corpus"]["digest"],
    )
    return Papers(certificate_of(licence), recorded)


def _certificate(_platform: Platform, licence: StoredLicence, size: str) -> bytes:
    return draw_certificate(certificate_of(licence), size)


def _licence(platform: Platform, licence: StoredLicence, _size: str) -> bytes:
    return bundle_of(platform, licence.envelope, licence.leaf_index)


def _end(platform: Platform, licence: StoredLicence, _size: str) -> bytes:
    with platform.units.read() as unit:
        stored = unit.grants.ending(licence.id)
    if stored is None:
        raise MissingError(f"the licence {licence.number} was neither revoked nor superseded")
    return end_bundle(platform, stored)


def _status(platform: Platform, licence: StoredLicence, _size: str) -> bytes:
    return signed_status(platform, shown(platform, licence))


def _cue_sheet(platform: Platform, licence: StoredLicence, size: str) -> bytes:
    return draw_cue_sheet(_papers(platform, licence), size)


def _cue_rows(platform: Platform, licence: StoredLicence, _size: str) -> bytes:
    return cue_sheet_csv(_papers(platform, licence))


def _credits(platform: Platform, licence: StoredLicence, _size: str) -> bytes:
    return credits_line(_papers(platform, licence)).encode("utf-8")


def _letter(platform: Platform, licence: StoredLicence, size: str) -> bytes:
    return draw_dispute_letter(_papers(platform, licence), size)


def _odrl(_platform: Platform, licence: StoredLicence, _size: str) -> bytes:
    return plain_json(odrl_of(certificate_of(licence)))


def _invoice(platform: Platform, licence: StoredLicence, size: str) -> bytes:
    with platform.units.read() as unit:
        payment = unit.payments.for_licence(licence.organisation_id, licence.id)
    if payment is None or payment.invoice is None:
        raise MissingError(f"no invoice was sent for the licence {licence.number}")
    paid = payment.settled_at if payment.state == PAID else None
    invoice = Invoice(
        certificate_of(licence),
        payment.invoice,
        payment.created_at.date(),
        platform.prices.invoice_days,
        platform.prices.pay_to,
        None if paid is None else paid.date(),
    )
    return draw_invoice(invoice, size)


PAPERS: Mapping[str, tuple[str, Maker]] = {
    "certificate.pdf": (PDF, _certificate),
    "licence.json": (JSON, _licence),
    "licence-end.json": (JSON, _end),
    "status.json": (JSON, _status),
    "cue-sheet.pdf": (PDF, _cue_sheet),
    "cue-sheet.csv": (CSV, _cue_rows),
    "credits.txt": (TEXT, _credits),
    "claim-dispute.pdf": (PDF, _letter),
    "odrl.json": (JSON_LD, _odrl),
    "invoice.pdf": (PDF, _invoice),
}
"""Each paper's media type and maker, by its name."""
WITH_THE_LICENCE = (
    "licence.json", "certificate.pdf", "cue-sheet.pdf", "cue-sheet.csv", "credits.txt",
    "claim-dispute.pdf",
)  # fmt: skip
"""The papers that are delivered with a licence."""
