"""The papers beside the certificate: cue sheet, credits line, claim-dispute letter.

Every sentence says what the licence's terms or the signed record say, and whose statement it is.
What only the licensee knows (where and how long the music is used, the claim's number) is left as a
line to be filled in. Nothing here says that a claim is wrong, that a right subsists, or that the
music resembles no other.
"""

import csv
import io
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from clearcue.licensing.certificate import Certificate
from clearcue.licensing.paper import Paper
from clearcue.licensing.scope import day_in_words
from clearcue.licensing.summary import summarise

TO_FILL = "____________________"
NONE_NAMED = "none named"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the signed record states of the music, as the papers cite it.

    `milliseconds` is the mix's length; `verdict`, `works` and `corpus` are the originality check's
    outcome, how many works it compared with, and their digest; `made_on` is an ISO 8601 time.
    """

    milliseconds: int
    made_on: str
    verdict: str
    works: int
    corpus: str

    @property
    def length(self) -> str:
        """The length as minutes and seconds, such as `0:30.0`."""
        tenths = (self.milliseconds + 50) // 100
        return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


@dataclass(frozen=True, slots=True)
class Papers:
    """What the papers are made from."""

    certificate: Certificate
    recorded: Recorded


CUE_COLUMNS = (
    "production", "cue", "title", "track_id", "length", "in", "out", "used_length", "use",
    "composer", "publisher", "licensor", "performing_rights", "ipi", "iswc", "isrc",
    "licence_number", "record_sha256",
)  # fmt: skip
"""The columns of the cue sheet; empty ones are the licensee's to fill in."""


def cue_row(papers: Papers) -> dict[str, str]:
    """The cue sheet's one line: what the licence and the record say, and blanks."""
    quoted = papers.certificate.quoted
    return {
        "production": quoted.project or "",
        "cue": "1",
        "title": quoted.subject.title,
        "track_id": quoted.subject.track_id,
        "length": papers.recorded.length,
        "in": "",
        "out": "",
        "used_length": "",
        "use": "",
        "composer": NONE_NAMED,
        "publisher": NONE_NAMED,
        "licensor": quoted.licensor,
        "performing_rights": quoted.performing_rights,
        **{kind: quoted.identifiers.get(kind, "") for kind in ("ipi", "iswc", "isrc")},
        "licence_number": papers.certificate.number,
        "record_sha256": quoted.subject.record_digest,
    }


def cue_sheet_csv(papers: Papers) -> bytes:
    """The cue sheet as CSV (RFC 4180), UTF-8.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, CUE_COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerow({name: _harmless(value) for name, value in cue_row(papers).items()})
    return out.getvalue().encode("utf-8")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


_CUE_LABELS = (
    ("production", "Production"), ("cue", "Cue"), ("title", "Title"), ("track_id", "Track"),
    ("length", "Length"), ("in", "Time in"), ("out", "Time out"), ("used_length", "Length used"),
    ("use", "Kind of use"), ("composer", "Composer"), ("publisher", "Publisher"),
    ("licensor", "Licensor"), ("performing_rights", "Performing rights"), ("ipi", "IPI"),
    ("iswc", "ISWC"), ("isrc", "ISRC"), ("licence_number", "Licence"),
    ("record_sha256", "Record"),
)  # fmt: skip
_FILLED_BY_LICENSEE = ("production", "in", "out", "used_length", "use")


def draw_cue_sheet(papers: Papers, size: str = "A4") -> bytes:
    """The cue sheet as a PDF, on paper of one of `SIZES`."""
    row, number = cue_row(papers), papers.certificate.number
    with closing(Paper(size)) as page:
        page.describe(
            f"Cue sheet: {row['title']}", f"Cue sheet of the licence {number}",
            papers.certificate.issued_at,
        )  # fmt: skip
        page.write_at("CUE SHEET", 19, bold=True, tag="H1")
        page.ln(3)
        page.heading("Cue 1")
        for name, label in _CUE_LABELS:
            blank = TO_FILL if name in _FILLED_BY_LICENSEE else NONE_NAMED
            page.row(label, row[name] or blank, mono=name == "record_sha256")
        page.rule()
        page.heading("How to read it")
        page.bullets(_CUE_NOTES)
        return bytes(page.output())


_CUE_NOTES = (
    "Lines are for the licensee to fill in: the production, where the music is heard, and how "
    "(such as background or theme).",
    "The licence names no composer and no publisher. Who or what made each element of the music, "
    "person or computer program, is stated in the signed record, whose envelope has the SHA-256 "
    "digest above.",
    "Performing rights are as the licensor stated them when the licence was quoted. An identifier "
    "stands here only where the licensor gave one.",
)


def credits_line(papers: Papers) -> str:
    """A line to print with a production, and the credits that sources' licences ask for."""
    certificate = papers.certificate
    quoted = certificate.quoted
    own = (
        f"Music: {_quoted(quoted.subject.title)}, licensed from {quoted.licensor} "
        f"({certificate.number}). Made with a computer program; its record states what a person "
        "contributed."
    )
    return "\n".join((own, *quoted.subject.credits)) + "\n"


def _quoted(text: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}"


def draw_dispute_letter(papers: Papers, size: str = "A4") -> bytes:
    """The letter for the dispute of a platform's claim as a PDF, on paper of one of `SIZES`."""
    certificate = papers.certificate
    with closing(Paper(size)) as page:
        page.describe(
            f"Claim dispute: {certificate.quoted.subject.title}",
            f"Letter for the dispute of a claim, licence {certificate.number}",
            certificate.issued_at,
        )
        page.write_at("DISPUTE OF A CLAIM ON LICENSED MUSIC", 15, bold=True, tag="H1")
        page.ln(4)
        for label in ("To the platform", "Date", "Post or video", "Claim number", "Claimed by"):
            page.row(label, TO_FILL)
        page.ln(3)
        for text in _opening(papers):
            page.paragraph(text)
        page.heading("What is licensed")
        for label, value in _licensed(certificate):
            page.row(label, value)
        page.ln(2)
        page.heading("The evidence, attached")
        page.bullets(_evidence(papers))
        page.ln(2)
        page.paragraph(_REQUEST)
        page.ln(6)
        page.row("Name", TO_FILL)
        page.row("Signature", TO_FILL)
        return bytes(page.output())


def _opening(papers: Papers) -> Sequence[str]:
    quoted, certificate = papers.certificate.quoted, papers.certificate
    issued = day_in_words(certificate.issued_at.date())
    return (
        f"The post named above uses the music {_quoted(quoted.subject.title)} (track "
        f"{quoted.subject.track_id}). {quoted.licensor} licensed it to {quoted.licensee} on "
        f"{issued} (UTC) under the number {certificate.number}, for the uses below.",
        f"The signed record of the music states that it was made on {papers.recorded.made_on}, "
        "element by element what a person and what a computer program contributed, and that it was "
        f"compared with {papers.recorded.works} works, with the outcome "
        f"{_quoted(papers.recorded.verdict)}. "
        "The outcome measures similarity to these works; it decides about no right. Section 3 (c) "
        "of the licence's terms does not allow the licensee to register the music with a service "
        "that claims by matching sound.",
    )


def _licensed(certificate: Certificate) -> list[tuple[str, str]]:
    wanted = ("Use", "Media", "Territory", "Term", "End client", "Productions", "Channels")
    quoted = certificate.quoted
    rows = [("Licensor", quoted.licensor), ("Licensee", quoted.licensee)]
    rows += [(label, text) for label, text in summarise(quoted).allowed if label in wanted]
    return rows


def _evidence(papers: Papers) -> Sequence[str]:
    subject = papers.certificate.quoted.subject
    return (
        "licence.json: the signed licence with the proof that it stands in the licensor's log; "
        f"its envelope has the SHA-256 digest {papers.certificate.licence_digest}.",
        "bundle.json: the signed record of the music with its proof; its envelope has the SHA-256 "
        f"digest {subject.record_digest}.",
        "certificate.pdf: a page that sums the licence up.",
        "To check them: clearcue-verify bundle.json licence.json --trust-root trust-root.json, "
        "with the audio as a WAV file beside them; the SHA-256 digest of the mix's decoded "
        f"samples is {subject.pcm_sha256}.",
    )


_REQUEST = (
    "Please compare the claimed part with this music and with the evidence. If the claim rests on "
    "the music that is licensed here, please release it. If it rests on other material in the "
    "post, this letter says nothing about that."
)
