"""The certificate: one A4 page that says in plain words what was licensed, and how to check it.

Same inputs, same bytes: every date in it is the licence's own. The letters are DejaVu Sans, from
matplotlib's package data (Bitstream Vera licence). A name may hold characters that this font lacks
or that need shaping (Arabic, Hebrew, Indic scripts, Chinese, Japanese, Korean): each prints as a
white square, and a note says that licence.json has the name in full. Nothing is refused for it,
since the name is right and only this page cannot show it.

Lengths are millimetres, sizes are points.
"""

import io
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import segno
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it ships no types
from fpdf import FPDF, XPos, YPos
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from clearcue.licensing.errors import TermsError
from clearcue.licensing.scope import WORLD, day_in_words
from clearcue.licensing.summary import Summary, summarise
from clearcue.licensing.terms import Quote

MARGIN = 22.0
PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
WIDTH = PAGE_WIDTH - 2 * MARGIN
LABEL_WIDTH = 34.0
QR_SIZE = 31.0
MISSING = "\N{WHITE SQUARE}"
MOST_COUNTRIES, MOST_CREDITS, MOST_CREDIT_LETTERS = 24, 3, 300
"""What the first page lists; more credits follow on pages of their own."""
BOTTOM, LONGEST_CREDIT = 14.0, 45.0
"""The lower margin, and the height that a credit of the greatest length takes, in mm."""

_INK, _QUIET, _ACCENT = (24, 28, 36), (98, 106, 120), (20, 96, 130)
_WARNING = (148, 74, 0)
_SCALES = (1.12, 1.06, 1.0, 0.94, 0.88, 0.82)


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


def draw_certificate(certificate: Certificate) -> bytes:
    """The certificate as a PDF.

    Raises:
        TermsError: when the page cannot hold it, or the font is not installed.
    """
    for scale in _SCALES:
        with closing(_Page(scale)) as page:
            page.describe(certificate)
            if _draw(page, certificate) <= PAGE_HEIGHT - BOTTOM:
                _draw_credits(page, certificate.quoted.subject.credits)
                return bytes(page.output())
    raise TermsError("the certificate does not fit on one page; shorten the names")


@cache
def _font_folder() -> Path:
    # find_spec, because importing matplotlib costs half a second and writes caches.
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise TermsError("the certificate's font is missing; install matplotlib")
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"


@cache
def _drawable() -> frozenset[int]:
    drawable = None
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"):
        with TTFont(_font_folder() / name) as font:
            letters = frozenset(font.getBestCmap())
        drawable = letters if drawable is None else drawable & letters
    return drawable or frozenset()


def printable(text: str) -> str:
    """The text with a white square for each character that the page cannot show rightly."""
    return "".join(letter if _can_draw(letter) else MISSING for letter in text)


def _can_draw(letter: str) -> bool:
    needs_shaping = unicodedata.bidirectional(letter) in ("R", "AL", "AN") or unicodedata.category(
        letter
    ).startswith("M")
    return ord(letter) in _drawable() and not needs_shaping


class _Page(FPDF):
    """An A4 page with our fonts, colours and running position."""

    def __init__(self, scale: float) -> None:
        super().__init__(format="A4")
        self.scale = scale
        folder = _font_folder()
        self.add_font("text", "", folder / "DejaVuSans.ttf")
        self.add_font("text", "B", folder / "DejaVuSans-Bold.ttf")
        self.add_font("mono", "", folder / "DejaVuSansMono.ttf")
        self.set_margin(MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(False)
        self.add_page()

    def close(self) -> None:
        """Close the font files, which the page keeps open to draw from."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def describe(self, certificate: Certificate) -> None:
        """Say in the metadata what this is, in which language, and when it was issued."""
        title = f"Licence {certificate.number}: {certificate.quoted.subject.title}"
        self.set_title(title)
        self.set_subject(f"Licence certificate for track {certificate.quoted.subject.track_id}")
        self.set_creator("Clearcue")
        self.set_lang("en-GB")
        self.set_creation_date(certificate.issued_at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def write_at(
        self, text: str, size: float, *, bold: bool = False, mono: bool = False,
        colour: tuple[int, int, int] = _INK, x: float = MARGIN, width: float = WIDTH,
        leading: float = 1.35,
    ) -> None:  # fmt: skip
        """Set text from `x`, wrapped to `width`, and go below it."""
        self.set_font("mono" if mono else "text", "B" if bold else "", size * self.scale)
        self.set_text_color(*colour)
        self.set_x(x)
        height = size * self.scale * leading * 25.4 / 72
        self.multi_cell(
            width, height, printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def rule(self, gap: float = 3.0) -> None:
        """A thin line across the page with a gap above and below."""
        self.ln(gap * self.scale)
        self.set_draw_color(208, 213, 221)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y(), PAGE_WIDTH - MARGIN, self.get_y())
        self.ln(gap * self.scale)

    def heading(self, text: str) -> None:
        """A section's heading."""
        self.write_at(text, 9.5, bold=True, colour=_ACCENT)
        self.ln(1.0 * self.scale)

    def row(self, label: str, value: str, *, mono: bool = False, bold: bool = False) -> None:
        """A quiet label and its value beside it."""
        top = self.get_y()
        self.write_at(label, 8.5, colour=_QUIET, width=LABEL_WIDTH, leading=1.4)
        after_label = self.get_y()
        self.set_y(top)
        self.write_at(
            value, 7.3 if mono else 8.5, mono=mono, bold=bold, x=MARGIN + LABEL_WIDTH,
            width=WIDTH - LABEL_WIDTH, leading=1.63 if mono else 1.4,
        )  # fmt: skip
        self.set_y(max(self.get_y(), after_label) + 0.5 * self.scale)

    def bullet(self, text: str) -> None:
        """A line of a list."""
        top = self.get_y()
        self.write_at("\N{EN DASH}", 8.5, colour=_QUIET, width=4)
        self.set_y(top)
        self.write_at(text, 8.5, x=MARGIN + 4, width=WIDTH - 4)
        self.ln(0.3 * self.scale)


def _draw(page: _Page, certificate: Certificate) -> float:
    """Draw everything from the top; returns how far down it reaches."""
    quoted = certificate.quoted
    summary = summarise(quoted)
    _draw_head(page, certificate)
    page.heading("What is licensed")
    page.row("Licensee", quoted.licensee, bold=True)
    page.row("Licensor", quoted.licensor)
    for label, value in _allowed(summary, quoted):
        page.row(label, value[:1].upper() + value[1:])
    page.rule()
    page.heading("What is not allowed")
    _bullets(page, summary.not_allowed)
    page.rule()
    page.heading("Good to know")
    _bullets(page, (*summary.notes, _credits(quoted), *_name_notes(certificate)))
    page.rule()
    _draw_evidence(page, certificate)
    return float(page.get_y())


def _bullets(page: _Page, lines: Sequence[str]) -> None:
    for line in lines:
        page.bullet(line)


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


def _draw_credits(page: _Page, credits: Sequence[str]) -> None:
    """The credits that the first page only counts, one below the other."""
    if _fit(credits):
        return
    page.add_page()
    page.heading("Credits owed")
    for credit in credits:
        if page.get_y() > PAGE_HEIGHT - BOTTOM - LONGEST_CREDIT:
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


def _draw_head(page: _Page, certificate: Certificate) -> None:
    quoted = certificate.quoted
    code = io.BytesIO()
    segno.make(certificate.qr_payload, error="m", micro=False).save(
        code, kind="png", scale=8, border=0
    )
    left = WIDTH - QR_SIZE - 8
    page.image(
        code, x=PAGE_WIDTH - MARGIN - QR_SIZE, y=MARGIN, w=QR_SIZE,
        alt_text=f"QR code with the text {certificate.qr_payload}",
    )  # fmt: skip
    page.set_y(MARGIN)
    page.write_at("LICENCE CERTIFICATE", 8.5, bold=True, colour=_ACCENT, width=left)
    page.write_at(f"Terms: {quoted.template_status}", 8.5, bold=True, colour=_WARNING, width=left)
    page.ln(1.5)
    page.write_at(quoted.subject.title, 19, bold=True, width=left, leading=1.15)
    page.ln(1)
    page.write_at(f"Track {quoted.subject.track_id}", 8.5, colour=_QUIET, width=left)
    page.ln(2.5)
    page.write_at(certificate.number, 12, bold=True, width=left)
    issued = day_in_words(certificate.issued_at.date())
    page.write_at(f"Issued on {issued} (UTC)", 8.5, colour=_QUIET, width=left)
    bottom = page.get_y()
    page.set_y(MARGIN + QR_SIZE + 1)
    page.write_at(
        "Licence id and digests", 6.5, colour=_QUIET, x=PAGE_WIDTH - MARGIN - QR_SIZE, width=QR_SIZE
    )
    page.set_y(max(page.get_y(), bottom))
    page.rule(4)


def _draw_evidence(page: _Page, certificate: Certificate) -> None:
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
        7.8, colour=_QUIET,
    )  # fmt: skip
    page.ln(1)
    page.write_at(
        "clearcue-verify bundle.json track.wav licence.json --trust-root trust-root.json",
        7.3, mono=True,
    )  # fmt: skip
