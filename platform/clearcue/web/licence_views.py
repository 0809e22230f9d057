"""What goes in and out as JSON around licences: advice, holds, ends, states, track checks."""

from typing import Literal

from pydantic import ConfigDict, Field

from clearcue.licensing.advising import MAX_WORDS_CHARACTERS
from clearcue.web.views import _Answer, _Request


class AdviceOrder(_Request):
    """What is made with the music, in plain words."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "a paid clip on social media in Germany, a year"}]}
    )

    text: str = Field(min_length=1, max_length=MAX_WORDS_CHARACTERS)


class AdviceView(_Answer):
    """One template and scope, why, and what it does not cover."""

    template: dict[str, str]
    reason: str
    media: list[str]
    territory: list[str]
    term: str
    exclusivity: str
    assumed: list[str] = Field(description="What the words left open, and what is taken.")
    not_covered: list[str]
    price: str


class HoldView(_Answer):
    """That an exclusive quote is kept for whoever asked."""

    quote_id: str
    held_until: str


class RevocationOrder(_Request):
    """Why a licence is revoked; the note must not name the licensee."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "error", "note": "issued twice"}]}
    )

    reason: Literal["fraud", "chargeback", "error", "breach"]
    note: str = Field(default="", max_length=2000)


class EndView(_Answer):
    """What ended a licence before its term."""

    state: str
    reason: str
    note: str
    ended_at: str
    successor: str | None
    statement: str


class StatusView(_Answer):
    """What a licence is now, for whoever has its number."""

    number: str
    state: str
    title: str
    track_id: str
    licensor: str
    licensee: str
    template: dict[str, str]
    allowed: dict[str, str]
    first_day: str
    last_day: str | None
    issued_at: str
    licence_digest: str
    ended: EndView | None


class PaperQuery(_Request):
    """The paper's size."""

    size: Literal["A4", "Letter"] = "A4"


class TrackCheckView(_Answer):
    """Which track a file is, and whether a licence of it is in force; never whose."""

    found: bool
    score: float | None = Field(description="For `sound`: what counts as found begins at 12.")
    how: str | None = Field(description="`file`, `samples`, `sound`, or null for nothing.")
    track_id: str | None
    title: str | None
    made_on: str | None
    licensed: bool | None
