"""The pages on the formats: their links lead somewhere, and their examples are the vectors."""

import json
import re
from pathlib import Path

import pytest
from make_provenance_vectors import VECTORS, generation_statement

from clearcue_provenance import authorship, canonical, membership, predicates, trust, trust_file
from clearcue_provenance.statement import PCM_ORDER, STATEMENT_TYPE

FORMATS = Path(__file__).resolve().parents[2] / "docs" / "formats"
PAGES = [
    "README.md",
    "authorship.md",
    "bundle.md",
    "delivery.md",
    "envelope.md",
    "generation.md",
    "licence-end.md",
    "licence.md",
    "log.md",
    "statement.md",
    "status.md",
    "training-set.md",
    "trust-root.md",
    "withdrawal.md",
]


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files(name: str) -> None:
    """Every relative link of a page names a file that is there."""
    text = (FORMATS / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (FORMATS / target).exists(), target


@pytest.mark.parametrize("name", [page for page in PAGES if page != "README.md"])
def test_named_vectors_are_there(name: str) -> None:
    """Every vector that a page names lies in the vectors' folder."""
    vectors = (FORMATS / name).read_text("utf-8").rpartition("Vectors")[2]
    named = list(re.findall(r"`([\w/.-]+\.(?:json|bin|wav|mp3))`", vectors))
    assert named
    assert [path for path in named if not (VECTORS / path).is_file()] == []


def test_the_checkpoint_in_the_page_is_the_vector() -> None:
    """The example checkpoint is the one that the script makes."""
    note = json.loads((VECTORS / "log.json").read_text("utf-8"))["checkpoint"]
    assert f"```\n{note}```" in (FORMATS / "log.md").read_text("utf-8")


def test_the_pages_name_what_the_code_uses() -> None:
    """Types, URIs and constants stand in the pages as they stand in the code."""
    expected = {
        "statement.md": [STATEMENT_TYPE, PCM_ORDER, *predicates.SHAPES],
        "generation.md": [predicates.BUILD_TYPE, predicates.BUILDER_ID, *predicates.ELEMENTS],
        "training-set.md": [
            predicates.TRAINING_SET,
            membership.PROOF_TYPE,
            membership.LIST_TYPE,
        ],
        "authorship.md": [
            predicates.AUTHORSHIP,
            authorship.DECLARATION_TYPE,
            *authorship.ORIGINS,
            *authorship.ROLES,
            *authorship.ACTS,
            *authorship.FLAGS,
        ],
        "withdrawal.md": [predicates.WITHDRAWAL],
        "status.md": [predicates.STATUS, *predicates.LICENCE_STATES],
        "licence-end.md": [predicates.LICENCE_END, *predicates.LICENCE_ENDS],
        "trust-root.md": [
            trust_file.TYPE,
            trust_file.TYPE_2,
            trust_file.PAYLOAD_TYPE,
            *trust.ALL_PURPOSES,
        ],
    }
    for name, words in expected.items():
        text = (FORMATS / name).read_text("utf-8")
        assert [word for word in words if word not in text] == []


def test_the_example_by_hand_is_true() -> None:
    """The canonical encoding that the page writes out is the one that is made."""
    text = (FORMATS / "statement.md").read_text("utf-8")
    line = canonical.encode({"b": [1, -2, None, True], "a": "é\n\u0001"}).decode()
    assert f"`{line}`" in text
    assert (VECTORS / "statement.json").read_bytes() == generation_statement()
