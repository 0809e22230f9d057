"""The rights ledger as the API shows it: training sets, withdrawals, and uses of a work."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from clearcue.web.views import Name


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TitleQuery(BaseModel):
    """Words of a title, of a creator's name or of a work's id; all of them must fit."""

    model_config = ConfigDict(extra="forbid", strict=False)

    title: Name


class WithdrawnWorkView(_Answer):
    """A withdrawn work that a track's model learnt from; `share` is exact, such as `3/8`."""

    work: str
    title: str
    share: str
    percent: float
    withdrawn_at: str
    notice: str


class SetSummary(_Answer):
    """A training set; `statement` is null for one from before sets were signed."""

    digest: str
    policy: str
    works: int
    created_at: str
    statement: str | None
    links: dict[str, str]


class SetList(_Answer):
    """Every training set, oldest first."""

    items: list[SetSummary]


class SetDetail(SetSummary):
    """A training set with the ids of its works, in the order of its leaves."""

    work_ids: list[str]


class NoticeView(_Answer):
    """A withdrawal, as its signed notice states it."""

    work: str
    title: str
    sha256: str
    by: str
    reason: str
    withdrawn_at: str
    training_sets: list[str]
    notice: str
    links: dict[str, str]


class NoticeList(_Answer):
    """Every withdrawal, oldest first."""

    items: list[NoticeView]


class UsedInSet(_Answer):
    """A training set that holds the work."""

    digest: str
    policy: str
    works: int
    created_at: str
    statement: str | None


class TrackUse(_Answer):
    """A track of yours: whether its model learnt from the work, its share, how near it came."""

    track_id: str
    title: str
    created_at: str
    training_set: str
    learnt: bool
    share: str
    percent: float
    parts: dict[str, float]
    similarity: float | None


class Passage(_Answer):
    """A passage that resembles one of the melody. It speaks of similarity only."""

    work: str
    title: str
    verdict: str
    similarity: float
    query_bars: list[int]
    work_bars: list[int]
    transposition: int


class WorkUse(_Answer):
    """A work, the evidence for it, and what was done with it.

    `listed` is false for a work that the rights manifest does not list any more; `others` counts
    the tracks and licences of other organisations.
    """

    model_config = ConfigDict(extra="allow")

    id: str
    title: str
    sha256: str
    verdict: str
    evidence: list[dict[str, Any]]
    learnt_from: bool
    reasons: list[str]
    withdrawn: dict[str, str] | None
    listed: bool
    training_sets: list[UsedInSet]
    tracks: list[TrackUse]
    licences: list[dict[str, str]]
    others: dict[str, int]
    passages: list[Passage] = Field(default_factory=list)


class NearTracks(_Answer):
    """Tracks made here that come near to the melody: yours, and how many others."""

    compared: int
    own: list[Passage]
    others: int


class UseView(_Answer):
    """The answer to "was my work used?"; the last four fields are null unless asked by melody."""

    asked: dict[str, str]
    searched: dict[str, int | str]
    found: int = Field(description="How many works fit; `works` holds the first 20 of them.")
    works: list[WorkUse]
    verdict: str | None = None
    similarity: float | None = None
    nearest: Passage | None = None
    tracks_near: NearTracks | None = None
    not_covered: list[dict[str, Any]] | None = None


class RecordStatusView(_Answer):
    """What came after a signed statement about a track; the statement itself stays as it is."""

    digest: str
    kind: str
    track_id: str
    log_index: int
    training_set: str
    withdrawn_works: list[WithdrawnWorkView]
