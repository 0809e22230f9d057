"""The exact terms of a quote: canonical JSON, made once, read for ever.

Two formats are read. `v1` (November 2026) knows no end client, family, exclusivity, audience,
indemnity, law or tax: what it does not have is None, empty or `none` here. `v2` is what is written
now (docs/adr/0007-licence-terms.md). What is issued carries the same bytes, and every field of a
`Quote` is read from them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from clearcue.licensing.errors import TermsError
from clearcue.licensing.prices import Price
from clearcue_provenance import canonical
from clearcue_provenance.errors import ProvenanceError

TERMS_V1 = "urn:clearcue:licence-terms:v1"
TERMS_FORMAT = "urn:clearcue:licence-terms:v2"
MAX_TERMS_BYTES = 256 * 1024

DIGEST = re.compile(r"[0-9a-f]{64}")


class QuoteState(StrEnum):
    """What has become of a quote that was not issued."""

    OPEN = "quoted"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Digested:
    """One thing that the record states the digest of: `of` is `samples` (decoded) or `file`."""

    name: str
    sha256: str
    of: str


@dataclass(frozen=True, slots=True)
class Subject:
    """The music that is licensed, and the credits that its sources' licences ask for.

    Digests are 64 lower-case hexadecimal digits of SHA-256. `family` joins a track with its edits;
    it is empty in terms of the first format, which did not name it.
    """

    track_id: str
    title: str
    record_digest: str
    pcm_sha256: str
    credits: tuple[str, ...] = ()
    family: str = ""
    digests: tuple[Digested, ...] = ()

    def __post_init__(self) -> None:
        for digest in (self.record_digest, self.pcm_sha256, *(one.sha256 for one in self.digests)):
            if not DIGEST.fullmatch(digest):
                raise ValueError(f"{digest!r} is no SHA-256 in lower-case hexadecimal digits")


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer. `last_day` is included in the term, None is without end; times are UTC.

    `audience` is a basis and the most of it, or None for no cap. `identifiers` are those that the
    licensor gave, by kind. `tax_minor` is on top of the price. `amends` is the number of the
    licence whose place this one takes, or None.
    """

    id: str
    template_id: str
    template_version: str
    template_sha256: str
    template_title: str
    template_status: str
    licensor: str
    licensee: str
    subject: Subject
    media: Mapping[str, str]
    territory: tuple[str, ...]
    term: str
    first_day: date
    last_day: date | None
    performing_rights: str
    limits: str
    survival: str
    price: Price
    quoted_at: datetime
    expires_at: datetime
    nonce: str
    text: str
    terms: bytes
    client: str | None = None
    exclusivity: str = "none"
    sector: str | None = None
    project: str | None = None
    audience: tuple[str, int] | None = None
    identifiers: Mapping[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    ad_use: str = ""
    cut_downs: str = ""
    indemnity: str = ""
    cap: str = ""
    law: str | None = None
    tax_minor: int = 0
    tax_words: str = ""
    amends: str | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of the terms."""
        return sha256(self.terms).hexdigest()

    @property
    def exclusive(self) -> bool:
        """Whether the grant shuts anybody out."""
        return self.exclusivity != "none"

    def state_at(self, now: datetime) -> QuoteState:
        """Whether it can still be accepted."""
        return QuoteState.OPEN if now < self.expires_at else QuoteState.LAPSED


def read_terms(terms: bytes) -> Quote:
    """Read a quote from its exact terms, as they were stored.

    Raises:
        TermsError: when they are no terms of a known format, or not in the canonical encoding.
    """
    try:
        data = canonical.parse(terms, MAX_TERMS_BYTES)
        if data["format"] not in (TERMS_V1, TERMS_FORMAT):
            raise TermsError(f"terms of the format {data['format']!r} cannot be read")
        return Quote(**_common(data), **_later(data), terms=terms)
    except (ProvenanceError, KeyError, TypeError, ValueError) as error:
        raise TermsError("the stored terms of a quote cannot be read; restore a backup") from error


def _common(data: Mapping[str, Any]) -> dict[str, Any]:
    template, grant, price = data["template"], data["grant"], data["price"]
    last = grant["last_day"]
    return {
        "id": data["quote_id"],
        "template_id": template["id"],
        "template_version": template["version"],
        "template_sha256": template["sha256"],
        "template_title": template["title"],
        "template_status": template["status"],
        "licensor": data["licensor"]["name"],
        "licensee": data["licensee"]["name"],
        "subject": _subject(data["subject"]),
        "media": {medium["id"]: medium["means"] for medium in grant["media"]},
        "territory": tuple(grant["territory"]),
        "term": grant["term"],
        "first_day": date.fromisoformat(grant["first_day"]),
        "last_day": None if last is None else date.fromisoformat(last),
        "performing_rights": data["performing_rights"],
        "limits": data["limits"],
        "survival": data["survival"],
        "price": Price(price["amount_minor"], price["currency"], price["digits"]),
        "quoted_at": datetime.fromisoformat(data["quoted_at"]),
        "expires_at": datetime.fromisoformat(data["expires_at"]),
        "nonce": data["nonce"],
        "text": data["text"],
    }


def _subject(subject: Mapping[str, Any]) -> Subject:
    return Subject(
        track_id=subject["track_id"],
        title=subject["title"],
        record_digest=subject["record"]["sha256"],
        pcm_sha256=subject["pcm"]["sha256"],
        credits=tuple(subject["credits"]),
        family=subject.get("family", ""),
        digests=tuple(
            Digested(one["name"], one["sha256"], one["of"]) for one in subject.get("digests", ())
        ),
    )


def _later(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the first format did not have."""
    if data["format"] == TERMS_V1:
        return {}
    grant, tax, cap = data["grant"], data["price"]["tax"], data["grant"]["audience"]
    return {
        "client": data["client"]["name"] if data["client"] else None,
        "exclusivity": grant["exclusivity"],
        "sector": grant["sector"],
        "project": grant["project"],
        "audience": (cap["basis"], cap["most"]) if cap else None,
        "identifiers": dict(data["subject"]["identifiers"]),
        "channels": tuple(data["support"]["channels"]),
        "ad_use": grant["ad_use"],
        "cut_downs": grant["cut_downs"],
        "indemnity": data["liability"]["indemnity"],
        "cap": data["liability"]["cap"],
        "law": data["law"],
        "tax_minor": tax["amount_minor"],
        "tax_words": tax["words"],
        "amends": data["amends"],
    }
