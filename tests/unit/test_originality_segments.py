"""Segments: works that come and go give the same answers as an index built of what is left."""

from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
from originality_material import changed, excerpt, tune, work

from clearcue.originality.check import check
from clearcue.originality.index import Index, build_index, music_digest
from clearcue.originality.rarity import Rarity
from clearcue.originality.segments import GROWTH, Segments, merged

WORKS = tuple(work(f"work-{seed:02}", tune(seed, 90), tune(seed + 100, 40)) for seed in range(13))
QUERY = work("query", changed(excerpt(tune(3, 90), 3, 14), up=2), tune(500, 60))


@pytest.fixture(scope="module")
def known() -> Rarity:
    """What is common in all the works."""
    return build_index(WORKS).rarity


@pytest.fixture(scope="module")
def grown() -> Segments:
    """The works, put in one by one."""
    segments = Segments()
    for one in WORKS:
        segments = segments.inserted([one], {})
    return segments


def _same(one: Index, other: Index) -> bool:
    arrays = ("onsets", "pitches", "tokens", "window_notes", "window_voices", "turn_keys",
              "turn_rows", "bar_onsets", "bar_numbers")  # fmt: skip
    return (
        all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
        and np.array_equal(one.bands.entries, other.bands.entries)
        and (one.works, one.voices) == (other.works, other.voices)
    )


def test_segments_grow_geometrically(grown: Segments) -> None:
    """Each segment holds several times as much as the next, and together they hold all."""
    sizes = [len(part.works) for part in grown.parts]
    assert sum(sizes) == len(WORKS)
    assert all(large >= GROWTH * small for large, small in pairwise(sizes))
    assert grown.ids == {one.work_id for one in WORKS}


def test_merging_is_building() -> None:
    """A merged index is, array for array, the one built of its works at once."""
    one, other = build_index(WORKS[:4]), build_index(WORKS[4:6])
    assert _same(merged([one, other]), build_index(WORKS[:6]))


def test_taking_out_is_building_without(known: Rarity) -> None:
    """What is left after a deletion is the index that never held the work."""
    whole = Segments().inserted(WORKS[:6], {})
    (left,) = whole.deleted({"work-02", "work-05", "never there"}).parts
    kept = [one for one in WORKS[:6] if one.work_id not in ("work-02", "work-05")]
    assert _same(left, build_index(kept))
    assert whole.deleted(whole.ids).parts == ()
    assert whole.deleted(whole.ids).check(QUERY, known) is None


def test_segments_answer_as_one_index(grown: Segments, known: Rarity) -> None:
    """A check of the segments gives the matches, counts and verdict of an index of all works."""
    whole = check(replace(build_index(WORKS), rarity=known), QUERY)
    parts = grown.check(QUERY, known)
    assert parts is not None
    assert (parts.verdict, parts.matches, parts.nearest) == (
        whole.verdict,
        whole.matches,
        whole.nearest,
    )
    assert {**asdict(parts.corpus), "digest": ""} == {**asdict(whole.corpus), "digest": ""}


def test_work_that_is_left_out_or_gone_is_not_found(grown: Segments, known: Rarity) -> None:
    """Neither an excluded work nor a deleted one is named."""
    found = grown.check(QUERY, known)
    assert found is not None
    assert found.matches[0].work == "work-03"
    for other in (
        grown.check(QUERY, known, frozenset({"work-03"})),
        grown.deleted({"work-03"}).check(QUERY, known),
    ):
        assert other is not None
        assert "work-03" not in {match.work for match in other.matches}


def test_an_id_comes_in_once(grown: Segments) -> None:
    """A work that is there already is refused by name."""
    with pytest.raises(ValueError, match="work-07"):
        grown.inserted([WORKS[7]], {})


def test_music_is_the_same_in_any_key_and_by_any_name() -> None:
    """The digest of the music hears notes only: not the id, the names or the key."""
    notes, bass = tune(1, 12), tune(2, 9)
    digest = music_digest(work("a", notes, bass))
    assert digest == music_digest(work("b", changed(bass, up=3), changed(notes, up=3)))
    assert digest != music_digest(work("a", notes, changed(bass, up=1)))
    assert digest == Segments().inserted([work("c", notes, bass)], {}).music()["c"]
