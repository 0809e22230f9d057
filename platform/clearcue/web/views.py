"""What goes in and out as JSON: the requests and answers of the API, described once.

Requests are strict: an unknown field or another type is refused. A value that fits its description
is one that the service accepts, as far as a description can say so.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from clearcue.composer.catalogue import catalogue
from clearcue.composer.wishes import FASTEST_BPM, MOOD_POINT, MOST_HITS, SLOWEST_BPM
from clearcue.licensing.tables import territory_names
from clearcue.licensing.templates import all_templates
from clearcue.music.pitch import MODES
from clearcue.services.finishing import VERSIONS
from clearcue.web.patterns import DIGEST, FILE_NAME, ID

_LETTER = (
    "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9"
    "\u0410-\u044f\u0401\u0451\u05d0-\u05ea\u0620-\u064a\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff"
    "\uac00-\ud7a3"
)
_NAME = f"^[{_LETTER}][{_LETTER} &.,:;'\u2019()/+\u2013@#!\u2116-]{{0,119}}$"
_TERM = r"^(PERPETUAL|P([1-9]|[1-4][0-9]|50)Y|P[1-9][0-9]?[MW]|P[1-9][0-9]{0,2}D)$"


def _one_of(names: list[str], what: str, other: tuple[str, str] | None = None) -> Any:
    """A text out of a list that only the installation's data knows.

    `other` is the pattern of a text that will do as well, and what it is.
    """

    def known(text: str) -> str:
        if text in names or (other and re.fullmatch(other[0], text, re.ASCII)):
            return text
        further = f", or give {other[1]}" if other else ""
        raise ValueError(f"there is no {what} {text!r}; choose one of {', '.join(names)}{further}")

    schema: dict[str, Any] = {"type": "string", "enum": names}
    if other:
        schema = {"anyOf": [schema, {"type": "string", "pattern": other[0]}]}
    return Annotated[str, AfterValidator(known), WithJsonSchema(schema)]


def _distinct(codes: list[str]) -> list[str]:
    if len(set(codes)) != len(codes):
        raise ValueError("a country stands twice")
    return codes


def _written_day(value: Any) -> Any:
    """A day is written out: a count of seconds is none."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        raise ValueError(f"{value[:40]!r} is no day; give one such as 2027-03-01")
    if isinstance(value, int | float):
        raise ValueError("a number is no day; give one such as 2027-03-01")
    return value


def _identifier(pattern: str, example: str) -> Any:
    """What an identifier that somebody issued looks like."""
    return Field(pattern=f"^{pattern}$", description=f"As its issuer writes it, such as {example}.")


def _whole(value: Any) -> Any:
    """To JSON Schema 7.0 is an integer like 7."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Mood = _one_of(sorted(catalogue().moods), "mood", (rf"^({MOOD_POINT})$", "a point VALENCE,AROUSAL"))
Usage = _one_of(sorted(catalogue().usages), "usage")
_STYLES = sorted(catalogue().styles)
_SHARE = rf"({'|'.join(_STYLES)}):[1-9][0-9]?"
Style = _one_of(_STYLES, "style", (rf"^{_SHARE}\+{_SHARE}$", "a blend of two by weight"))
Version = _one_of(sorted(VERSIONS), "version")
KeyText = Annotated[
    str,
    Field(
        pattern=rf"^[A-G](#|b)?( ({'|'.join(mode.replace('-', ' ') for mode in MODES)}))?$",
        description="A tonic, and perhaps a mode that the mood is written in.",
    ),
]
TemplateId = _one_of(sorted(template.id for template in all_templates()), "licence template")
Country = _one_of(sorted(territory_names()), "country")
Territory = (
    Literal["WORLD"]
    | Annotated[
        list[Country],  # type: ignore[valid-type]  # its values are data
        Field(min_length=1, max_length=249, json_schema_extra={"uniqueItems": True}),
        AfterValidator(_distinct),
    ]
)
Name = Annotated[str, Field(pattern=_NAME, description="A party's name, on one line.")]
TermText = Annotated[
    str, Field(pattern=_TERM, description="An ISO 8601 duration of one unit, or PERPETUAL.")
]
AudienceText = Annotated[
    str,
    Field(
        pattern=r"^(reach|impressions|copies|spend):[1-9][0-9]{0,11}$",
        description="A cap and what it counts, such as impressions:2000000.",
    ),
]
Day = Annotated[
    date,
    BeforeValidator(_written_day),
    Field(strict=False, description="A day, such as 2027-03-01."),
]
Isrc = Annotated[
    str, _identifier(r"[A-Z]{2}[ -]?[A-Z0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{5}", "DE-A12-26-00001")
]
Iswc = Annotated[str, _identifier(r"T-?[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]", "T-034.524.680-1")]
Ipi = Annotated[str, _identifier(r"[0-9]{9,11}", "00014107338")]
IdText = Annotated[str, Field(pattern=f"^{ID}$")]
DigestText = Annotated[str, Field(pattern=f"^{DIGEST}$")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Scope(_Request):
    """What is to be licensed; what is left out is the template's own, or the organisation."""

    template: TemplateId | None = None  # type: ignore[valid-type]  # its values are data
    territory: Territory | None = None
    term: TermText | None = None
    licensee: Name | None = None
    start: Day | None = Field(
        default=None, description="The first day of the term; today if left out."
    )
    exclusivity: Literal["none", "sector", "full"] = "none"
    sector: Name | None = Field(
        default=None, description="The line of business that the grant is limited to."
    )
    client: Name | None = Field(default=None, description="The end client, if there is one.")
    project: Name | None = Field(default=None, description="The one production, if there is one.")
    audience: AudienceText | None = None
    channels: list[Name] = Field(default=[], max_length=20)
    isrc: Isrc | None = None
    iswc: Iswc | None = None
    ipi: Ipi | None = None


class HitPoint(_Request):
    """A moment inside the music, and what happens there; no two on the same millisecond."""

    at_seconds: float = Field(gt=0, lt=300, allow_inf_nan=False)
    kind: Literal["drop", "stop", "accent", "lift"]


class GivenFile(_Request):
    """A score file (MIDI, MusicXML, ABC or kern) within a request."""

    name: str = Field(pattern=r"^[^\x00-\x1f\x7f/]{1,120}$", description="Its name.")
    content: str = Field(
        min_length=4, max_length=49152, description="Its bytes in base64.",
        json_schema_extra={"contentEncoding": "base64"},
    )  # fmt: skip


class Supplied(_Request):
    """What a person gives to be composed with, and by what right; one of the three at least.

    It is compared with the training works and with other organisations' tracks first.
    """

    by: Name = Field(description="Who supplies it.")
    right: Literal["own-work", "public-domain", "licensed"]
    statement: str | None = Field(
        default=None, min_length=1, max_length=1000,
        description="In their words; what is licensed needs who granted what.",
    )  # fmt: skip
    motif: GivenFile | None = Field(default=None, description="A tune of one to four bars of 4/4.")
    bass: GivenFile | None = Field(default=None, description="A bass line of up to sixteen bars.")
    chords: str | None = Field(
        default=None, min_length=1, max_length=400,
        description="Such as `C | Am F | G`, or numerals such as `I vi IV V`.",
    )  # fmt: skip


class TrackOrder(_Request):
    """A brief, and perhaps a licence that is issued with the track."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"mood": "uplifting", "usage": "ad", "seconds": 30}],
        }
    )

    mood: Mood  # type: ignore[valid-type]  # its values are data
    usage: Usage  # type: ignore[valid-type]  # its values are data
    seconds: float = Field(
        ge=5, le=300, allow_inf_nan=False, description="The length, to a millisecond."
    )
    style: Style | None = None  # type: ignore[valid-type]  # its values are data
    adventure: float = Field(
        default=0, ge=0, le=1, allow_inf_nan=False,
        description="0 for the usual, 1 for the rare corners; counted in hundredths.",
    )  # fmt: skip
    hits: list[HitPoint] = Field(
        default=[], max_length=MOST_HITS, description="Moments that the music meets."
    )
    tempo_bpm: float | None = Field(
        default=None, ge=SLOWEST_BPM, le=FASTEST_BPM, allow_inf_nan=False,
        description="Quarter notes per minute to come near; the length stays exact.",
    )  # fmt: skip
    key: KeyText | None = None
    seed: Annotated[int | None, BeforeValidator(_whole)] = Field(
        default=None, ge=0, le=2**53 - 1, description="The same seed gives the same track."
    )
    loudness_lufs: Literal[-14, -16, -23, -24] = Field(
        default=-14, description="-23 is EBU R 128's, -24 ATSC A/85's."
    )
    versions: list[Version] = Field(  # type: ignore[valid-type]  # its values are data
        default=[], max_length=len(VERSIONS), description="What is delivered beside mix and stems."
    )
    licence: Scope | None = Field(
        default=None, description="Issued with the track; without it, quote one later."
    )
    supplied: Supplied | None = Field(default=None, description="What is composed with.")


class ReworkOrder(_Request):
    """What stays of a track while the rest is composed again, or how far to vary it: one of both.

    Brief, key, tempo and form are the track's own.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"vary_percent": 40}]})

    locks: list[Annotated[str, Field(min_length=1, max_length=120)]] = Field(
        default=[], max_length=64, description="Parts by name, `chords`, or `section:NAME`."
    )
    vary_percent: Annotated[int | None, BeforeValidator(_whole)] = Field(
        default=None, ge=0, le=100, description="The distance of the variation from the track."
    )
    by: Name | None = Field(default=None, description="Who chose; else the organisation.")
    seed: Annotated[int | None, BeforeValidator(_whole)] = Field(default=None, ge=0, le=2**53 - 1)
    licence: Scope | None = None


class QuoteOrder(Scope):
    """A track of the organisation, and what is to be licensed of it."""

    track_id: IdText


class LicenceOrder(_Request):
    """The quote that is accepted."""

    quote_id: IdText


class Page(_Request):
    """Which part of a list: at most `limit` entries, behind the cursor of the page before."""

    model_config = ConfigDict(extra="forbid", strict=False)

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, pattern=f"^{ID}$")


class WorkPageQuery(_Request):
    """Which part of the works; the cursor is a work's id in hexadecimal digits."""

    model_config = ConfigDict(extra="forbid", strict=False)

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, pattern=r"^([0-9a-f]{2}){1,200}$")


class OutlineQuery(_Request):
    """Which recording of a track, and in how many columns."""

    model_config = ConfigDict(extra="forbid", strict=False)

    file: str = Field(default="track.wav", pattern=f"^{FILE_NAME}$")
    columns: int = Field(default=400, ge=1, le=2000)


class FieldError(_Answer):
    """One field that is wrong, by its place in the request."""

    field: str
    detail: str


class Problem(_Answer):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


class JobView(_Answer):
    """A job. `revision` grows with every change; what it made is named once it is done."""

    id: str
    kind: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    stage: str
    progress: float = Field(ge=0, le=1)
    attempts: int
    revision: int
    created_at: str
    error: str | None
    held_up: str | None = Field(description="Why a job that has not ended does not move.")
    track_id: str | None
    licence_id: str | None
    record_digest: str | None
    links: dict[str, str]


class JobPage(_Answer):
    """Jobs, the last ordered first."""

    items: list[JobView]
    next_cursor: str | None


class FileView(_Answer):
    """A file of a track."""

    name: str
    media_type: str
    size: int
    sha256: str
    href: str


class TrackView(_Answer):
    """A made track, as a list shows it."""

    id: str
    title: str
    mood: str
    usage: str
    seed: str = Field(description="A decimal text: seeds may be larger than a double holds.")
    attempt: int
    seconds: float
    frames: int
    sample_rate: int
    training_set: str
    pcm_sha256: str
    created_at: str
    details: dict[str, Any]
    links: dict[str, str]


class OutlineView(_Answer):
    """A recording's outline: the lowest and highest sample of each column, full scale 1."""

    file: str
    frames: int
    sample_rate: int
    low: list[float]
    high: list[float]


class TrackPage(_Answer):
    """Tracks, newest first."""

    items: list[TrackView]
    next_cursor: str | None


_WITHDRAWN = (
    "Works that the track's model learnt from and that were withdrawn since, with their shares. "
    "The licence keeps its terms."
)


class TrackDetail(TrackView):
    """A made track with its files, and the digests of its statements."""

    files: list[FileView]
    record_digest: str
    delivery_digest: str | None
    credits: list[str] = Field(description="Lines owed for works that influenced it.")
    withdrawn_works: list[dict[str, Any]] = Field(description=_WITHDRAWN)


class PriceView(_Answer):
    """An amount in the currency's minor unit, taxes not included."""

    amount_minor: int
    currency: str
    in_words: str


class QuoteView(_Answer):
    """What a licence would grant, and for how much."""

    id: str
    track_id: str
    title: str
    licensor: str
    licensee: str
    template: dict[str, str]
    media: list[str]
    territory: list[str]
    first_day: str
    last_day: str | None
    exclusivity: str
    sector: str | None
    client: str | None
    price: PriceView
    expires_at: str
    allowed: dict[str, str]
    not_allowed: list[str]
    notes: list[str]
    text: str
    links: dict[str, str]


class LicenceView(QuoteView):
    """An issued licence; `state` is read from the clock."""

    number: str
    state: str
    quote_id: str
    record_digest: str
    licence_digest: str
    issued_at: str
    withdrawn_works: list[dict[str, Any]] = Field(description=_WITHDRAWN)


class LicencePage(_Answer):
    """Licences, newest first."""

    items: list[LicenceView]
    next_cursor: str | None


class OwnTrackMatch(_Answer):
    """A passage that resembles one of the organisation's own tracks."""

    track_id: str
    title: str
    verdict: str
    similarity: float
    query_bars: list[int]
    track_bars: list[int]
    transposition: int


class OwnTrack(_Answer):
    """One of the organisation's own tracks that the piece is, and its family.

    For a recording: in which file of the track it was heard, and where, in seconds, in both.
    """

    track_id: str
    family: str
    file: str | None = None
    query_seconds: list[float] | None = None
    track_seconds: list[float] | None = None


class PlatformMatches(_Answer):
    """What the tracks made here gave; of another organisation's it says no more than `other`.

    `own`: tracks of the organisation that the piece is; their families are left out of the verdict.
    """

    verdict: str
    own: list[OwnTrack]
    tracks: list[OwnTrackMatch]
    other: str | None


class CheckView(_Answer):
    """An originality report. It speaks of similarity, and decides nothing about anyone's rights."""

    report_version: int
    verdict: str
    similarity: float
    method: dict[str, Any]
    corpus: dict[str, Any]
    matches: list[dict[str, Any]]
    nearest: dict[str, Any] | None
    not_covered: list[dict[str, Any]]
    background: dict[str, Any] | None = Field(
        default=None, description="The music that quotes nothing, which percentiles are among."
    )
    said: list[str] = Field(
        default_factory=list, description="Of a recording: what can and what cannot be said of it."
    )
    platform: PlatformMatches


class VerificationView(_Answer):
    """What the verifier found, check by check, under this installation's trust root."""

    verified: bool
    result: str
    signer: str
    signer_known: bool
    failed: list[str]
    checks: list[dict[str, Any]]
    track: dict[str, Any]
    licence: dict[str, Any]
    ledger: dict[str, Any]
    authorship: dict[str, Any]


class WorkView(_Answer):
    """A work of the corpus and what was decided about it."""

    id: str
    title: str
    path: str
    sha256: str
    verdict: str
    permissions: list[str]


class WorkPage(_Answer):
    """Works of the corpus by id, and the counts per verdict over the whole source."""

    items: list[WorkView]
    counts: dict[str, int]
    next_cursor: str | None


class WorkDetail(WorkView):
    """Everything that is known about a work."""

    source: str
    creators: list[dict[str, Any]] | None
    first_published: Any
    public_domain: list[dict[str, Any]]
    tune: int | None
    use: str
    group: str
    encoding: dict[str, Any]
    evidence: list[dict[str, Any]]
    confidence: str
    obligations: list[dict[str, Any]]
    policy: str
    learnt_from: bool
    reasons: list[str]
    withdrawn: dict[str, str] | None


class CatalogueView(_Answer):
    """What a brief may ask for."""

    moods: list[str]
    usages: list[str]
    styles: list[str]
    templates: list[dict[str, str]]


class HealthView(_Answer):
    """Whether the service lives, or can work."""

    status: Literal["ok"]


class AccountView(_Answer):
    """Whose key this is."""

    organisation_id: str
    handle: str
    name: str
