"""What a track is finished as: read from text, written into jobs and records, and read again."""

import pytest

from clearcue.errors import BadInputError
from clearcue.services.finishing import (
    VERSIONS,
    Finish,
    parse_versions,
    plain_finish,
    read_finish,
)


def test_versions_come_in_their_own_order() -> None:
    """However they are asked for, and all of them by one word."""
    assert parse_versions(" loop,underscore,loop ") == ("underscore", "loop")
    assert parse_versions("all") == tuple(VERSIONS)
    assert parse_versions("") == ()


def test_a_finish_comes_back_from_its_plain_form() -> None:
    """The usual one leaves nothing in a record; any other is read as it was written."""
    assert plain_finish(Finish()) == {}
    asked = Finish(-23, ("loop", "disc"))
    assert plain_finish(asked) == {"loudness_lufs": -23, "versions": ["loop", "disc"]}
    assert read_finish({**plain_finish(asked), "mood": "calm"}) == asked
    assert read_finish({"mood": "calm"}) == Finish()
    assert read_finish(plain_finish(Finish(bank="sampled"))).bank == "sampled"


def test_what_is_not_on_offer_is_refused_with_what_is() -> None:
    """The message names the choices."""
    with pytest.raises(BadInputError, match=r"-20 is no loudness.*EBU R 128.*ATSC"):
        Finish(-20)
    with pytest.raises(BadInputError, match="'piano' is no bank; choose computed or sampled"):
        Finish(bank="piano")
    with pytest.raises(BadInputError, match="'remix' is no version; choose from underscore"):
        Finish(-14, parse_versions("loop,remix"))
