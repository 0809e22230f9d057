"""Cue sheet, credits, dispute letter, invoice, ODRL view: what they say, and what they do not."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from pypdf import PdfReader
from quoted import NOW, SUBJECT, make_quote

from clearcue.errors import BadInputError
from clearcue.licensing.certificate import Certificate, draw_certificate
from clearcue.licensing.invoice import Invoice, draw_invoice
from clearcue.licensing.odrl import odrl_of
from clearcue.licensing.paper import read_size
from clearcue.licensing.papers import (
    CUE_COLUMNS,
    Papers,
    Recorded,
    credits_line,
    cue_sheet_csv,
    draw_cue_sheet,
    draw_dispute_letter,
)

NEVER = re.compile(
    r"(?i)copyright.free|royalty.free|100 ?%|guarantee|original\b|immutable|tamper|certified"
    r"|compliant|unclaimable|no claim|we own|owns? the copyright"
)
"""What no paper may say (docs/adr/0007-licence-terms.md)."""


def papers(**wanted: object) -> Papers:
    """Papers of a licence with everything given."""
    given = {
        "template": "ad-web", "territory": "DE,AT", "client": "Große Bank AG",
        "project": "=Spring 2027", "channels": ("youtube.com/@bank",), "isrc": "DE-A12-26-00001",
        **wanted,
    }  # fmt: skip
    quoted = make_quote(**given)  # type: ignore[arg-type]  # each is of the right type
    certificate = Certificate("licence-1", "CL-0000-1111-2222-3333", quoted, "ef" * 32, NOW)
    recorded = Recorded(29_960, "2026-11-22T14:00:00Z", "clear", 56, "12" * 32)
    return Papers(certificate, recorded)


def _invoice(given: Papers, size: str) -> bytes:
    return draw_invoice(Invoice(given.certificate, 7, NOW.date(), 14, "IBAN 1"), size)


def _certificate(given: Papers, size: str) -> bytes:
    return draw_certificate(given.certificate, size)


Draw = Callable[[Papers, str], bytes]
DRAWN: list[Draw] = [_certificate, draw_cue_sheet, draw_dispute_letter, _invoice]


@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize("draw", DRAWN)
def test_a_paper_is_one_tagged_page_of_its_size(draw: Draw, size: str) -> None:
    """Each paper is one page, in English, with a title, and every text in a tagged element."""
    data = draw(papers(), size)
    assert data == draw(papers(), size)
    reader = PdfReader(io.BytesIO(data))
    (page,) = reader.pages
    width, height = {"A4": (595, 842), "Letter": (612, 792)}[size]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (width, height)
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert str(catalog["/Lang"]).startswith("en")
    assert reader.metadata is not None
    assert reader.metadata.title
    kinds = [str(one.get_object()["/S"]) for one in catalog["/StructTreeRoot"]["/K"][0]["/K"]]
    assert kinds.count("/H1") == 1
    assert {"/H2", "/P"} <= set(kinds)
    _check_marked(page.get_contents().get_data())
    assert not NEVER.search(page.extract_text())


def _check_marked(content: bytes) -> None:
    """Every text-showing operator lies in exactly one marked sequence."""
    depth = 0
    for word in re.findall(rb"\b(BDC|BMC|EMC|Tj|TJ)\b", content):
        if word in (b"BDC", b"BMC"):
            depth += 1
        elif word == b"EMC":
            depth -= 1
        else:
            assert depth == 1
    assert depth == 0


def test_the_cue_sheet_holds_what_is_known_and_blanks() -> None:
    """One row: identifiers only where given, times and use left empty, no formula."""
    (row,) = csv.DictReader(io.StringIO(cue_sheet_csv(papers()).decode("utf-8")))
    assert tuple(row) == CUE_COLUMNS
    assert row["length"] == "0:30.0"
    assert row["production"] == "'=Spring 2027"
    assert (row["isrc"], row["iswc"], row["ipi"]) == ("DEA122600001", "", "")
    assert row["composer"] == row["publisher"] == "none named"
    assert (row["in"], row["out"], row["used_length"], row["use"]) == ("", "", "", "")
    assert row["record_sha256"] == SUBJECT.record_digest


def test_the_letter_names_the_licence_and_the_evidence() -> None:
    """The letter has both parties, the scope, the digests and what the check said, and asks."""
    reader = PdfReader(io.BytesIO(draw_dispute_letter(papers(), "A4")))
    text = " ".join(reader.pages[0].extract_text().split())
    for words in (
        "Wüst & Söhne", "Owner of this installation", "Große Bank AG", "youtube.com/@bank",
        "Austria and Germany", "CL-0000-1111-2222-3333", "compared with 56 works", "“clear”",
        "decides about no right", "please release it",
    ):  # fmt: skip
        assert words in text, words
    for digest in ("ab" * 32, "cd" * 32, "ef" * 32):
        assert digest in text.replace(" ", "")


def test_the_credits_line_names_track_licensor_and_number() -> None:
    """The first line is ours; the sources' credits follow, one a line."""
    line = credits_line(papers())
    assert "“Paper Lanterns”, licensed from Owner of this installation" in line
    assert "CL-0000-1111-2222-3333" in line
    assert "Wüst" not in line


def test_the_invoice_adds_up() -> None:
    """Price, tax and total, the day it is due, and the address; once paid, that it was noted."""
    given = papers().certificate
    text = PdfReader(io.BytesIO(_invoice(papers(), "A4"))).pages[0].extract_text()
    assert "INVOICE 2026-0007" in text
    assert given.quoted.price.in_words() in text
    assert "6 December 2026" in text
    assert "IBAN 1" in text
    paid = draw_invoice(Invoice(given, 7, NOW.date(), 14, "IBAN 1", date(2026, 12, 1)))
    told = PdfReader(io.BytesIO(paid)).pages[0].extract_text()
    assert "noted on 1 December 2026" in told
    assert "Due" not in told


def test_the_odrl_view_says_what_the_terms_say() -> None:
    """Parties, target, media, days, places, sector and cap stand as constraints."""
    given = papers(exclusivity="sector", sector="Food", audience="reach:1000").certificate
    agreement = odrl_of(given)
    assert (agreement["@type"], agreement["uid"]) == ("Agreement", "urn:clearcue:licence:licence-1")
    (permission,) = agreement["permission"]
    assert permission["assignee"]["urn:clearcue:odrl:name"] == "Wüst & Söhne"
    limits = {(one["leftOperand"], one["operator"]): one for one in permission["constraint"]}
    assert limits["dateTime", "gteq"]["rightOperand"]["@value"] == "2026-11-22T00:00:00Z"
    assert limits["dateTime", "lt"]["rightOperand"]["@value"] == "2027-11-22T00:00:00Z"
    assert limits["industry", "eq"]["rightOperand"] == "Food"
    assert (limits["count", "lteq"]["rightOperand"], limits["count", "lteq"]["unit"]) == (
        1000, "urn:clearcue:odrl:reach",
    )  # fmt: skip
    assert [one[-2:] for one in limits["spatial", "isAnyOf"]["rightOperand"]] == ["AT", "DE"]
    assert {one["action"] for one in agreement["prohibition"]} >= {"sell", "grantUse"}
    everywhere = odrl_of(papers(territory="WORLD", template="film").certificate)
    operands = [one["leftOperand"] for one in everywhere["permission"][0]["constraint"]]
    assert operands == ["deliveryChannel", "dateTime"]


def test_an_unknown_paper_size_is_refused() -> None:
    """Papers are A4 or Letter."""
    assert read_size("letter") == "Letter"
    with pytest.raises(BadInputError, match="A4, Letter"):
        read_size("A3")
