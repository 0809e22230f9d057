"""The certificate: one page that says in plain words what was licensed, and how to check it.

Same inputs, same bytes: every date in it is the licence's own. Where the font cannot show a letter
of a name, a note says that licence.json has the name in full. Nothing is refused for it, since the
name is right and only this page cannot show it.

Lengths are millimetres, sizes are points.
"""

import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import segno

from clearcue.licensing.errors import TermsError
from clearcue.licensing.paper import (
    ACCENT,
    MARGIN,
    MISSING,
    QUIET,
    WARNING,
    Paper,
    printable,
)
from clearcue.licensing.scope import WORLD, day_in_words
from clearcue.licensing.summary import Summary, summarise
from clearcue.licensing.terms import Quote

QR_SIZE = 31.0
MOST_COUNTRIES, MOST_CREDITS, MOST_CREDIT_LETTERS = 24, 3, 300
"""What the first page lists; more credits follow on pages of their own."""
LONGEST_CREDIT = 45.0
"""The height that a credit of the greatest length takes, in mm."""

_SCALES = (1.12, 1.06, 1.0, 0.94, 0.88, 0.82, 0.76)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the page is made from: the issued quote and the digests of the signed papers.

    `licence_digest` is the SHA-256 of the licence's signed envelope, which licence.json holds
    together with its proof.
    """

    licence_id: str
    number: str
    quoted: Quote
    licence_digest: str
    issued_at: datetime

    @property
    def qr_payload(self) -> str:
        """What the QR code says: `clearcue-licence:ID?record=SHA256&licence=SHA256`."""
        record = self.quoted.subject.record_digest
        return f"clearcue-licence:{self.licence_id}?record={record}&licence={self.licence_digest}"


def draw_certificate(certificate: Certificate, size: str = "A4") -> bytes:
    """The certificate as a PDF, on paper of one of `SIZES`.

    Raises:
        TermsError: when the page cannot hold it, or the font is not installed.
    """
    subject = certificate.quoted.subject
    for scale in _SCALES:
        with closing(Paper(size, scale)) as page:
            page.describe(
                f"Licence {certificate.number}: {subject.title}",
                f"Licence certificate for track {subject.track_id}",
                certificate.issued_at,
            )
            if _draw(page, certificate) <= page.lowest:
                _draw_credits(page, subject.credits)
                return bytes(page.output())
    raise TermsError("the certificate does not fit on one page; shorten the names")


def _draw(page: Paper, certificate: Certificate) -> float:
    """Draw everything from the top; returns how far down it reaches."""
    quoted = certificate.quoted
    summary = summarise(quoted)
    _draw_head(page, certificate)
    page.heading("What is licensed")
    page.row("Licensee", quoted.licensee, bold=True)
    page.row("Licensor", quoted.licensor)
    for label, value in _allowed(summary, quoted):
        own = label in ("End client", "Productions", "Channels")  # as the licensee writes them
        page.row(label, value if own else value[:1].upper() + value[1:])
    page.rule()
    page.heading("What is not allowed")
    page.bullets(summary.not_allowed)
    page.rule()
    page.heading("Good to know")
    page.bullets((*summary.notes, _credits(quoted), *_name_notes(certificate)))
    page.rule()
    _draw_evidence(page, certificate)
    return float(page.get_y())


def _allowed(summary: Summary, quoted: Quote) -> list[tuple[str, str]]:
    """The summary's lines; a list of countries too long for the page is counted."""
    long = quoted.territory != (WORLD,) and len(quoted.territory) > MOST_COUNTRIES
    counted = f"{len(quoted.territory)} countries, listed in licence.json"
    return [
        (label, counted if long and label == "Territory" else value)
        for label, value in summary.allowed
    ]


def _credits(quoted: Quote) -> str:
    credits = quoted.subject.credits
    if not credits:
        return "No credit is named as owed."
    if not _fit(credits):
        return f"{len(credits)} credits are owed; the next page lists them."
    return "Credits owed: " + " / ".join(credits)


def _fit(credits: Sequence[str]) -> bool:
    few = len(credits) <= MOST_CREDITS
    return few and sum(map(len, credits)) <= MOST_CREDIT_LETTERS


def _draw_credits(page: Paper, credits: Sequence[str]) -> None:
    """The credits that the first page only counts, one below the other."""
    if _fit(credits):
        return
    page.add_page()
    page.heading("Credits owed")
    for credit in credits:
        if page.get_y() > page.lowest - LONGEST_CREDIT:
            page.add_page()
        page.bullet(credit)


def _name_notes(certificate: Certificate) -> tuple[str, ...]:
    quoted = certificate.quoted
    shown = (quoted.licensee, quoted.licensor, quoted.subject.title, *quoted.subject.credits)
    if all(printable(text) == text for text in shown):
        return ()
    return (
        f"{MISSING} stands for a letter that this page's font cannot show; "
        "licence.json has every name in full.",
    )


def _draw_head(page: Paper, certificate: Certificate) -> None:
    quoted = certificate.quoted
    code = io.BytesIO()
    segno.make(certificate.qr_payload, error="m", micro=False).save(
        code, kind="png", scale=8, border=0
    )
    left, across = page.epw - QR_SIZE - 8, page.w - MARGIN - QR_SIZE
    page.image(
        code, x=across, y=MARGIN, w=QR_SIZE,
        alt_text=f"QR code with the text {certificate.qr_payload}",
    )  # fmt: skip
    page.set_y(MARGIN)
    page.write_at("LICENCE CERTIFICATE", 8.5, bold=True, colour=ACCENT, width=left)
    page.write_at(f"Terms: {quoted.template_status}", 8.5, bold=True, colour=WARNING, width=left)
    page.ln(1.5)
    page.write_at(quoted.subject.title, 19, bold=True, width=left, leading=1.15, tag="H1")
    page.ln(1)
    page.write_at(f"Track {quoted.subject.track_id}", 8.5, colour=QUIET, width=left)
    page.ln(2.5)
    page.write_at(certificate.number, 12, bold=True, width=left)
    issued = day_in_words(certificate.issued_at.date())
    page.write_at(f"Issued on {issued} (UTC)", 8.5, colour=QUIET, width=left)
    bottom = page.get_y()
    page.set_y(MARGIN + QR_SIZE + 1)
    page.write_at("Licence id and digests", 6.5, colour=QUIET, x=across, width=QR_SIZE)
    page.set_y(max(page.get_y(), bottom))
    page.rule(4)


def _draw_evidence(page: Paper, certificate: Certificate) -> None:
    quoted = certificate.quoted
    page.heading("Evidence")
    template = f"{quoted.template_id} {quoted.template_version}: {quoted.template_status}"
    page.row("Terms", template)
    page.row("Record", quoted.subject.record_digest, mono=True)
    page.row("Licence", certificate.licence_digest, mono=True)
    page.row("Mix (PCM)", quoted.subject.pcm_sha256, mono=True)
    page.ln(1)
    page.write_at(
        "Record, Licence and Mix are SHA-256 digests: of the record's signed envelope, of the "
        "licence's, and of the mix's decoded samples. The licence itself is licence.json, which "
        "holds the full terms; this page is a help for reading it. To check them without a "
        "network, with a trust root that you have from a source you trust:",
        7.8, colour=QUIET,
    )  # fmt: skip
    page.ln(1)
    page.write_at(
        "clearcue-verify bundle.json track.wav licence.json --trust-root trust-root.json",
        7.3, mono=True,
    )  # fmt: skip
