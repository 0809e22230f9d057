"""Signed records as the API shows and searches them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from clearcue.web.patterns import DIGEST
from clearcue.web.views import Day, Page

_Digest = Annotated[str, Field(pattern=f"^{DIGEST}$")]


class RecordQuery(Page):
    """What is looked for; all conditions must hold. Days are in UTC, `until` is exclusive."""

    model_config = ConfigDict(extra="forbid", strict=False)

    since: Day | None = None
    until: Day | None = None
    work: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/()+,\'&-]{0,199}$",
        description="The id of a work that the record's choices came from or came near to.",
    )
    training_set: _Digest | None = Field(default=None, description="A training set's root.")
    licence: Literal["none", "issued", "active", "expired", "revoked", "superseded"] | None = Field(
        default=None, description="A licence of the track is in this state today."
    )
    sha256: _Digest | None = Field(
        default=None, description="Of a delivered file, of the mix's samples, or of the record."
    )


class RecordView(BaseModel):
    """A signed record of a track."""

    model_config = ConfigDict(extra="forbid")

    digest: str
    log_index: int
    created_at: str
    track_id: str
    title: str
    training_set: str
    links: dict[str, str]


class RecordPage(BaseModel):
    """Records, newest first."""

    model_config = ConfigDict(extra="forbid")

    items: list[RecordView]
    next_cursor: str | None
