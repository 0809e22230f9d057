"""Passages of real works, written as MIDI and read back as uploads, are found where they stand."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from evidence_originality_planted import Outcome, draw, judge

from clearcue.adapters.corpus_music21.folder import corpus_folder
from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.adapters.score_files.limits import Limits
from clearcue.adapters.score_files.markup import musicxml_text
from clearcue.adapters.score_files.streams import MUSICXML, parse_text
from clearcue.music.work import ParsedWork
from clearcue.originality.index import Index, build_index
from clearcue.originality.report import NEAR_DUPLICATE
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import builtin_policy

TRAINED = ("music21:lusitano/allor_che_ignuda", "music21:mozart/k80/movement2")
OUTSIDE = ("bach/bwv253.mxl", "bach/bwv4.8.mxl", "schumann_clara/polonaise_op1n1.mxl")
COUNT = 12


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> tuple[ParsedWork, ...]:
    """Two small works of the training set."""
    corpus = load_cleared_corpus(
        builtin_manifest(),
        builtin_policy("default"),
        tmp_path_factory.mktemp("parsed"),
        only=TRAINED,
        processes=1,
    )
    return tuple(work.parsed for work in corpus)


@pytest.fixture(scope="module")
def index(works: tuple[ParsedWork, ...]) -> Index:
    """Their index."""
    return build_index(works)


def _outcomes(index: Index, works: Sequence[ParsedWork], kind: str) -> list[Outcome]:
    return [
        judge(index, draw(works, random.Random(f"{kind}/{number}")), kind, 0, number)
        for number in range(COUNT)
    ]


def test_passages_of_the_works_are_found(index: Index, works: tuple[ParsedWork, ...]) -> None:
    """Every passage, transposed and at another tempo, is near-duplicate at its place."""
    outcomes = _outcomes(index, works, "planted")
    assert [one for one in outcomes if one.verdict != NEAR_DUPLICATE or not one.listed] == []


def test_passages_of_other_works_are_not(index: Index) -> None:
    """No passage of another work is near-duplicate."""
    outside = [_parsed(corpus_folder() / name) for name in OUTSIDE]
    outcomes = _outcomes(index, [work for work in outside if len(work.bars) >= 16], "outside")
    assert [one for one in outcomes if one.verdict == NEAR_DUPLICATE] == []


def _parsed(path: Path) -> ParsedWork:
    return parse_text(MUSICXML, musicxml_text(path.read_bytes(), Limits()), path.name)
