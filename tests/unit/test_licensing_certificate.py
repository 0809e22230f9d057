"""The certificate: one readable page, the same bytes each time."""

import hashlib
import io
import subprocess
import sys
from dataclasses import replace

import pytest
from pypdf import PdfReader
from quoted import NOW, SUBJECT, make_quote

from clearcue.licensing.certificate import MISSING, Certificate, draw_certificate, printable
from clearcue.licensing.tables import territory_names
from clearcue.licensing.templates import all_templates
from clearcue.licensing.terms import Quote


def _certificate(quoted: Quote) -> Certificate:
    return Certificate("licence-1", "CL-0000-1111-2222-3333", quoted, "ef" * 32, NOW)


def _read(quoted: Quote) -> tuple[PdfReader, str]:
    reader = PdfReader(io.BytesIO(draw_certificate(_certificate(quoted))))
    return reader, " ".join("\n".join(page.extract_text() for page in reader.pages).split())


def test_it_says_what_was_licensed() -> None:
    """The page names the parties, the scope, the terms' status, the digests and how to verify."""
    for template in all_templates():
        reader, text = _read(make_quote(template.id))
        assert len(reader.pages) == 1
        for words in (
            "Paper Lanterns", "track-1", "Wüst & Söhne", "Owner of this installation",
            "CL-0000-1111-2222-3333", "Worldwide", template.title, "not reviewed by counsel",
            f"{template.id} {template.version}", "ab" * 32, "cd" * 32, "ef" * 32,
            "clearcue-verify bundle.json track.wav licence.json --trust-root trust-root.json",
            "Issued on 22 November 2026 (UTC)",
        ):  # fmt: skip
            assert words in text, (template.id, words)


def test_it_is_read_in_order_with_a_title_and_a_language() -> None:
    """A screen reader finds title, language, a text for the QR code, and the sections in order."""
    reader, text = _read(make_quote())
    assert reader.metadata is not None
    assert reader.metadata.title == "Licence CL-0000-1111-2222-3333: Paper Lanterns"
    assert reader.root_object["/Lang"] == "en-GB"
    assert reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"] is not None
    heads = ["What is licensed", "What is not allowed", "Good to know", "Evidence"]
    places = [text.index(head) for head in heads]
    assert places == sorted(places)


def test_the_qr_code_says_the_id_and_the_digests() -> None:
    """The payload names the licence, the record and the signed licence."""
    payload = _certificate(make_quote()).qr_payload
    assert payload == f"clearcue-licence:licence-1?record={'ab' * 32}&licence={'ef' * 32}"


def test_names_beyond_the_font_are_shown_as_missing_with_a_note() -> None:
    """A name in letters that the font lacks, or that need shaping, is not printed wrongly."""
    _, text = _read(make_quote(licensee="株式会社 & Söhne"))
    assert f"{MISSING * 4} & Söhne" in text
    assert "licence.json has every name in full" in text
    assert printable("שלום") == MISSING * 4
    assert printable("Łódź Œuvre Ελλάδα Київ") == "Łódź Œuvre Ελλάδα Київ"
    assert "every name in full" not in _read(make_quote())[1]


def test_the_longest_content_still_fits() -> None:
    """The longest names, and many countries stay on one page; many credits follow on more."""
    subject = replace(SUBJECT, title="M W" * 39, credits=("W" * 100, "M " * 49 + "x", "Z" * 98))
    some = tuple(territory_names())[:24]
    reader, text = _read(make_quote("game", "Wq " * 39 + "end", subject, territory=some))
    assert len(reader.pages) == 1
    assert "trust-root.json" in text
    every = replace(subject, credits=tuple(f"Credit {number}" for number in range(40)))
    reader, text = _read(make_quote("game", subject=every, territory=tuple(territory_names())))
    assert "249 countries, listed in licence.json" in text
    assert "40 credits are owed; the next page lists them." in text
    assert len(reader.pages) == 2
    assert all(credit in text for credit in every.credits)
    many = replace(subject, credits=tuple("W" * 496 + f"{number:04d}" for number in range(30)))
    reader, text = _read(make_quote("game", subject=many))
    assert len(reader.pages) > 2
    assert all(f"{number:04d}" in text for number in range(30))


_DRAW = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from quoted import NOW, make_quote
from clearcue.licensing.certificate import Certificate, draw_certificate
page = Certificate("licence-1", "CL-0000-1111-2222-3333", make_quote(), "ef" * 32, NOW)
print(hashlib.sha256(draw_certificate(page)).hexdigest())
"""


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns"])
def test_same_inputs_same_bytes(zone: str, repository_root: object) -> None:
    """In another process, time zone, locale and hash seed the page is the same to the byte."""
    here = hashlib.sha256(draw_certificate(_certificate(make_quote()))).hexdigest()
    there = subprocess.run(
        [sys.executable, "-c", _DRAW, f"{repository_root}/tests/support"],
        env={"TZ": zone, "LC_ALL": "C", "PYTHONHASHSEED": "77", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert there.stdout.strip() == here
