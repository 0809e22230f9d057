"""A sheet of paper as a PDF: our letters, our colours, and tags that a screen reader follows.

The letters are DejaVu Sans, from matplotlib's package data (Bitstream Vera licence). A name may
hold characters that this font lacks or that need shaping (Arabic, Hebrew, Indic scripts, Chinese,
Japanese, Korean): each prints as a white square.

Every piece of text is a tagged element (headings `H1` and `H2`, paragraphs `P`, the QR code a
`Figure` with its text), in the order in which it is to be read; lines are artifacts. The library
tags pictures only, so that the tags are written here, with its structure tree (ISO 32000-1, 14.7
and 14.8). It makes no table or list elements: a label and its value are two paragraphs.

Lengths are millimetres, sizes are points.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it ships no types
from fpdf import FPDF, XPos, YPos
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from clearcue.errors import BadInputError
from clearcue.licensing.errors import TermsError

SIZES = ("A4", "Letter")
MARGIN, BOTTOM = 22.0, 14.0
LABEL_WIDTH = 34.0
MISSING = "\N{WHITE SQUARE}"

Colour = tuple[int, int, int]
INK, QUIET, ACCENT, WARNING = (24, 28, 36), (98, 106, 120), (20, 96, 130), (148, 74, 0)


def read_size(size: str) -> str:
    """The paper's size. Raises BadInputError when it is none of `SIZES`."""
    for known in SIZES:
        if size.strip().lower() == known.lower():
            return known
    raise BadInputError(f"{size[:20]!r} is no paper; one of {', '.join(SIZES)}")


@cache
def _font_folder() -> Path:
    # find_spec, because importing matplotlib costs half a second and writes caches.
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise TermsError("the papers' font is missing; install matplotlib")
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
    return letter == "\n" or (ord(letter) in _drawable() and not needs_shaping)


class Paper(FPDF):
    """Pages with our fonts, colours and running position. Close it when it was written out."""

    def __init__(self, size: str = "A4", scale: float = 1.0) -> None:
        super().__init__(format=size)
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

    def describe(self, title: str, subject: str, at: datetime) -> None:
        """Say in the metadata what this is, in which language, and when it was issued."""
        self.set_title(title)
        self.set_subject(subject)
        self.set_creator("Clearcue")
        self.set_lang("en-GB")
        self.set_creation_date(at)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    @property
    def lowest(self) -> float:
        """How far down text may reach."""
        return float(self.h) - BOTTOM

    @contextmanager
    def _tagged(self, kind: str) -> Iterator[None]:
        """What is drawn inside is one element of the structure tree."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{kind}", mcid=number)
        self._out(f"/{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    def write_at(
        self, text: str, size: float, *, bold: bool = False, mono: bool = False,
        colour: Colour = INK, x: float = MARGIN, width: float | None = None,
        leading: float = 1.35, tag: str = "P",
    ) -> None:  # fmt: skip
        """Set text from `x`, wrapped to `width` (the page's by default), and go below it."""
        self.set_font("mono" if mono else "text", "B" if bold else "", size * self.scale)
        self.set_text_color(*colour)
        self.set_x(x)
        height = size * self.scale * leading * 25.4 / 72
        with self._tagged(tag):
            self.multi_cell(
                self.epw if width is None else width, height, printable(text), align="L",
                new_x=XPos.LMARGIN, new_y=YPos.NEXT,
            )  # fmt: skip

    def paragraph(self, text: str, size: float = 9.5, *, bold: bool = False) -> None:
        """A paragraph over the whole width; it begins a new page where this one has no room."""
        self.set_font("text", "B" if bold else "", size * self.scale)
        height = size * self.scale * 1.45 * 25.4 / 72
        needed = self.multi_cell(
            self.epw, height, printable(text), dry_run=True, output=MethodReturnValue.HEIGHT
        )
        assert isinstance(needed, float)
        if self.get_y() + needed > self.lowest:
            self.add_page()
        self.write_at(text, size, bold=bold, leading=1.45)
        self.ln(2.2 * self.scale)

    def rule(self, gap: float = 3.0) -> None:
        """A thin line across the page with a gap above and below."""
        self.ln(gap * self.scale)
        self.set_draw_color(208, 213, 221)
        self.set_line_width(0.2)
        self._out("/Artifact BMC")
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self._out("EMC")
        self.ln(gap * self.scale)

    def heading(self, text: str) -> None:
        """A section's heading."""
        self.write_at(text, 9.5, bold=True, colour=ACCENT, tag="H2")
        self.ln(1.0 * self.scale)

    def row(self, label: str, value: str, *, mono: bool = False, bold: bool = False) -> None:
        """A quiet label and its value beside it."""
        top = self.get_y()
        self.write_at(label, 8.5, colour=QUIET, width=LABEL_WIDTH, leading=1.4)
        after_label = self.get_y()
        self.set_y(top)
        self.write_at(
            value, 7.3 if mono else 8.5, mono=mono, bold=bold, x=MARGIN + LABEL_WIDTH,
            width=self.epw - LABEL_WIDTH, leading=1.63 if mono else 1.4,
        )  # fmt: skip
        self.set_y(max(self.get_y(), after_label) + 0.5 * self.scale)

    def bullet(self, text: str) -> None:
        """A line of a list."""
        top = self.get_y()
        self._out("/Artifact BMC")
        self.set_font("text", "", 8.5 * self.scale)
        self.set_text_color(*QUIET)
        self.cell(4, 8.5 * self.scale * 1.35 * 25.4 / 72, "\N{EN DASH}")
        self._out("EMC")
        self.set_y(top)
        self.write_at(text, 8.5, x=MARGIN + 4, width=self.epw - 4)
        self.ln(0.3 * self.scale)

    def bullets(self, lines: Sequence[str]) -> None:
        """A list."""
        for line in lines:
            self.bullet(line)
