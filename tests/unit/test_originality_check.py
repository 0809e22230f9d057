"""The check: copies are found where they stand, the commonplace is left alone."""

import json
import random
from dataclasses import replace
from itertools import combinations

import pytest
from originality_material import (
    FIGURES,
    PROGRESSIONS,
    accompaniment,
    changed,
    excerpt,
    notes_of,
    part,
    tune,
    work,
)
from small_scores import score

from clearcue.music.score import Note, Part, Score
from clearcue.music.work import Line
from clearcue.originality.check import check, compare, index_of_scores
from clearcue.originality.index import Index, build_index
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE, SIMILAR

COMMONPLACE = [(figure, chords) for figure in FIGURES for chords in PROGRESSIONS]


@pytest.fixture(scope="module")
def index() -> Index:
    """Works of made-up tunes, each over a commonplace accompaniment."""
    works = []
    for seed in range(24):
        figure, chords = COMMONPLACE[seed % len(COMMONPLACE)]
        works.append(work(f"work-{seed:02}", tune(seed), accompaniment(figure, chords)))
    return build_index(works)


def _score(*parts: Part) -> Score:
    end = max(note.end_ticks for one in parts for note in one.notes)
    return score(*parts, bars=tuple(range(0, end + 1920, 1920)))


@pytest.mark.parametrize("up", [-7, 4])
@pytest.mark.parametrize("times", [(1, 1), (1, 2), (3, 1)])
def test_passage_is_found_in_another_key_and_tempo(
    index: Index, up: int, times: tuple[int, int]
) -> None:
    """Bars 9 to 24 of a work come out near-duplicate, with the work, bars and changes named."""
    query = work("query", changed(excerpt(tune(5), 9, 24), up=up, times=times))
    report = check(index, query)
    assert report.verdict == NEAR_DUPLICATE
    best = report.matches[0]
    assert (best.work, best.work_part, best.work_bars) == ("work-05", "part 1", (9, 24))
    assert best.query_bars == (1, query.bar_at(query.lines[0].notes[-1].onset_ticks))
    assert best.transposition == up
    assert best.tempo_ratio == pytest.approx(times[1] / times[0], rel=0.01)
    assert best.verbatim_run == best.matched_notes == len(query.lines[0].notes)
    assert (best.similarity, best.coverage) == (1.0, 1.0)


def test_other_tunes_are_clear_and_the_nearest_is_named(index: Index) -> None:
    """Tunes that are in no work are clear, and the report still says what lies nearest."""
    reports = [check(index, work("query", tune(seed, 120))) for seed in range(1000, 1030)]
    assert {(report.verdict, report.matches) for report in reports} == {(CLEAR, ())}
    nearest = [report.nearest for report in reports if report.nearest]
    assert len(nearest) >= 10
    assert [one.similarity for one in nearest] == [r.similarity for r in reports if r.nearest]
    assert max(one.similarity for one in nearest) < 0.5


def test_quotation_inside_other_music_is_found(index: Index) -> None:
    """Eight bars of a work in the middle of another tune are found, with the bars on both sides."""
    host = tune(2000, 80)
    quoted = excerpt(tune(7), 5, 12)
    start = host[39].end_ticks
    length = 8 * 1920
    notes = (*host[:40], *changed(quoted, shift=start), *changed(host[40:], shift=length))
    report = check(index, work("query", notes))
    assert report.verdict == NEAR_DUPLICATE
    best = report.matches[0]
    assert (best.work, best.work_bars) == ("work-07", (5, 12))
    assert abs(best.query_bars[0] - (start // 1920 + 1)) <= 1


def test_edited_copy_is_found(index: Index) -> None:
    """Every tenth note changed, left out or split: still the work, and still near-duplicate."""
    source = random.Random(3)
    notes: list[Note] = []
    for note in excerpt(tune(9), 1, 28):
        kind = source.choice(("keep",) * 9 + ("change", "drop", "split"))
        half = note.duration_ticks // 2
        if kind == "keep":
            notes.append(note)
        elif kind == "change":
            notes.append(replace(note, pitch=note.pitch + 1))
        elif kind == "split":
            notes.append(replace(note, duration_ticks=half))
            later = note.onset_ticks + half
            notes.append(replace(note, onset_ticks=later, duration_ticks=half, pitch=90))
    best = check(index, work("query", tuple(notes))).matches[0]
    assert (best.work, best.verdict) == ("work-09", NEAR_DUPLICATE)
    assert best.verbatim_run < best.matched_notes


def test_every_place_is_listed() -> None:
    """A passage that stands twice in a work and once in another is listed three times."""
    phrase = excerpt(tune(1), 1, 8)
    twice = (*phrase, *changed(tune(2, 40), shift=8 * 1920))
    after = -(-twice[-1].end_ticks // 1920)
    again = (*twice, *changed(phrase, up=3, shift=after * 1920))
    index = build_index([work("a", again), work("b", tune(3), phrase), work("c", tune(4))])
    found = {
        (match.work, match.work_part, match.work_bars, match.transposition)
        for match in check(index, work("query", phrase)).matches
    }
    last = phrase[-1].onset_ticks // 1920
    assert found == {
        ("a", "part 1", (1, 1 + last), 0),
        ("a", "part 1", (after + 1, after + 1 + last), -3),
        ("b", "part 2", (1, 1 + last), 0),
    }


def test_commonplace_accompaniment_is_not_flagged() -> None:
    """Broken chords, root notes and octaves are clear of works that are full of them."""
    works = [
        work(f"{figure} over {chords}", tune(number), accompaniment(figure, chords, 12))
        for number, (figure, chords) in enumerate(COMMONPLACE)
    ]
    index = build_index(works)
    fresh = ((0, 4, 7), (2, 5, 9), (4, 7, 11), (9, 12, 16), (5, 9, 12), (2, 5, 9), (7, 11, 14))
    for name, figure in FIGURES.items():
        steps = [step for bar in range(16) for step in figure(fresh[bar % len(fresh)])]
        report = check(index, work(name, notes_of(steps)))
        assert report.verdict == CLEAR, (name, report.nearest)


def test_groove_over_another_progression_is_not_similar(index: Index) -> None:
    """Two of our tracks may share a bass groove or a figure; a copied part is caught."""
    for figure in FIGURES:
        role = "bass" if figure.startswith(("roots", "octaves")) else "arpeggio"
        tracks = {
            chords: _score(part("one", role, accompaniment(figure, chords)))
            for chords in PROGRESSIONS
        }
        for one, other in combinations(tracks, 2):
            report = compare(tracks[one], tracks[other], index.rarity)
            assert report.verdict == CLEAR, (figure, one, other, report.nearest)
    melody = part("melody", "melody", tune(3000, 60))
    copy = compare(_score(melody), _score(replace(melody, name="tune")), index.rarity)
    assert (copy.verdict, copy.similarity) == (NEAR_DUPLICATE, 1.0)


def test_copied_bass_line_is_caught(index: Index) -> None:
    """A whole bass part copied note for note is near-duplicate, though its melody is new."""
    bass = part("bass", "bass", changed(excerpt(tune(3001), 1, 16), up=-24))
    one = _score(part("melody", "melody", tune(3002, 60)), bass)
    other = _score(part("melody", "melody", tune(3003, 60)), bass)
    report = compare(one, other, index.rarity)
    assert report.verdict == NEAR_DUPLICATE
    assert {match.query_part for match in report.matches} == {"bass"}


def test_own_tracks_are_told_apart() -> None:
    """An index of our tracks names the track that a copy came from, and leaves out the excluded."""
    scores = [(f"track-{seed}", _score(part("tune", "melody", tune(seed)))) for seed in range(4)]
    index = index_of_scores(scores)
    assert check(index, scores[2][1]).matches[0].work == "track-2"
    assert check(index, scores[2][1], exclude=frozenset({"track-2"})).verdict == CLEAR


def test_tune_under_its_chords_is_found(index: Index) -> None:
    """A copied tune in the lowest voice of a chordal part is found."""
    chords = [
        replace(note, pitch=pitch)
        for note in excerpt(tune(11), 1, 16)
        for pitch in (note.pitch, 84 + note.onset_ticks % 5)
    ]
    best = check(index, work("query", tuple(chords))).matches[0]
    assert (best.work, best.work_bars) == ("work-11", (1, 16))


def test_part_written_in_voices_is_found_as_a_whole() -> None:
    """A part split into voices in the source is found when it comes in as one line."""
    notes = excerpt(tune(12), 1, 20)
    source = work("in-voices", notes[::2], notes[1::2])
    lines = (Line("Piano", notes[::2]), Line("Piano, voice 2", notes[1::2]))
    index = build_index([replace(source, lines=lines), work("other", tune(13))])
    best = check(index, work("query", changed(notes, up=2))).matches[0]
    assert (best.work, best.work_part, best.coverage) == ("in-voices", "Piano", 1.0)


@pytest.mark.parametrize("numbers", [(1, 0), (9, 3), (1, 1)])
def test_bars_may_be_numbered_in_any_way(index: Index, numbers: tuple[int, int]) -> None:
    """Numbers that repeat or go back, as in a book of tunes, are printed and not reckoned with."""
    played = excerpt(tune(5), 9, 16)
    query = work("query", played, played)
    first, *others = query.bars
    bars = (
        replace(first, number=numbers[0]),
        *(replace(bar, number=numbers[1]) for bar in others),
    )
    lines = tuple(Line(name, played) for name in ("part 1", "part 1, voice 2"))
    report = check(index, replace(query, bars=bars, lines=lines))
    assert report.verdict == NEAR_DUPLICATE
    (best,) = [match for match in report.matches if match.work == "work-05"]
    assert (best.query_bars, best.work_bars) == (numbers, (9, 16))


def test_written_out_repeats_are_found(index: Index) -> None:
    """A passage put together of pieces of one work, none of them long, is near-duplicate."""
    first, second = excerpt(tune(14), 1, 6), excerpt(tune(14), 9, 14)
    assert min(len(first), len(second)) >= 16
    shuffled = (*second, *changed(first, shift=6 * 1920), *changed(second, shift=12 * 1920))
    report = check(index, work("query", shuffled))
    assert report.verdict == NEAR_DUPLICATE
    assert report.matches[0].work == "work-14"


def test_what_is_not_compared_is_said(index: Index) -> None:
    """Drums, parts of few notes and idiom are named in the report."""
    drums = part("kit", "drums", notes_of([(240, 36)] * 32))
    short = part("pad", "pad", tune(4000, 15))
    ostinato = part("pulse", "bass", notes_of([(240, 40)] * 40))
    report = check(index, _score(drums, short, ostinato))
    said = {(left.part, left.count, left.unit) for left in report.not_covered}
    assert said == {("kit", 32, "notes"), ("pad", 15, "notes"), ("pulse", 13, "windows")}
    assert report.verdict == CLEAR


def test_report_is_plain_json_and_stable(index: Index) -> None:
    """The same check gives the same JSON, with the method, the corpus and both bar ranges."""
    query = work("query", changed(excerpt(tune(5), 3, 20), up=1), tune(5000))
    text = json.dumps(check(index, query).to_json(), sort_keys=True)
    assert text == json.dumps(check(index, query).to_json(), sort_keys=True)
    plain = json.loads(text)
    assert plain["verdict"] == NEAR_DUPLICATE
    assert plain["matches"][0]["work_bars"] == [3, 20]
    assert plain["corpus"]["digest"] == index.header.corpus_digest
    assert plain["corpus"]["works"] == 24
    named = {"scheme", "hash", "seed", "permutations", "bands", "rows", "near_bits", "similar_bits"}
    assert named <= set(plain["method"])
    assert not [word for word in ("infring", "original") if word in text]


def test_similar_lies_between(index: Index) -> None:
    """Shorter and shorter quotations go from near-duplicate through similar to clear."""
    verdicts = []
    for count in (48, 24, 20, 18, 17, 16, 15, 14, 12, 10):
        notes = (*tune(6)[:count],)
        host = tune(6000, 60)
        start = notes[-1].end_ticks
        verdicts.append(check(index, work("q", (*notes, *changed(host, shift=start)))).verdict)
    order = [NEAR_DUPLICATE, SIMILAR, CLEAR]
    assert [order.index(verdict) for verdict in verdicts] == sorted(map(order.index, verdicts))
    assert (verdicts[0], verdicts[-1]) == (NEAR_DUPLICATE, CLEAR)
    assert SIMILAR in verdicts
