"""A track's story for a person who reads: how it was made, what it learnt from, who vouches.

Everything is read from the stored record, byte for byte as it was signed, and from the report that
the track was accepted with; nothing is computed anew but the verifier's own checks.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from clearcue.services.licences import ShownLicence, shown
from clearcue.services.platform import Platform
from clearcue.services.publishing import bundle_of
from clearcue.services.reading import TrackSheet, find_record, find_report, find_track
from clearcue.services.stored import Organisation
from clearcue.services.verifying import verify_files
from clearcue_provenance.envelope import parse as parse_envelope
from clearcue_provenance.statement import parse as parse_statement

FEWEST_WORKS = 5
"""How many works of influence are named with their share before the rest is summed up."""


@dataclass(frozen=True, slots=True)
class WorkShare:
    """A work that the music learnt from, by its share of all learnt choices, 0 to 1."""

    work_id: str
    title: str
    creators: str
    verdict: str
    share: float


@dataclass(frozen=True, slots=True)
class PartInfluence:
    """How much of a part was learnt from works, 0 to 1; the rest follows written rules."""

    part: str
    learnt: float


@dataclass(frozen=True, slots=True)
class Story:
    """What is known of a track.

    `record` is the record's predicate, `report` the originality report, `checks` the verifier's
    answer on the record's bundle; `works` are the works of most influence, `other_works` how many
    more there are.
    """

    sheet: TrackSheet
    record: Mapping[str, Any]
    report: Mapping[str, Any]
    checks: Mapping[str, Any]
    parts: tuple[PartInfluence, ...]
    works: tuple[WorkShare, ...]
    other_works: int
    nearest_title: str | None
    licences: tuple[ShownLicence, ...]


def story_of(platform: Platform, organisation: Organisation, track_id: str) -> Story:
    """The story of one of the organisation's tracks. Raises MissingError."""
    sheet = find_track(platform, organisation, track_id)
    stored = find_record(platform, organisation, sheet.record)
    report = json.loads(find_report(platform, organisation, track_id).report)
    record = parse_statement(parse_envelope(stored.envelope).payload).predicate
    bundle = bundle_of(platform, stored.envelope, stored.leaf_index)
    shares = _shares(record)
    nearest = report.get("nearest")
    return Story(
        sheet=sheet,
        record=record,
        report=report,
        checks=verify_files(platform, ("bundle.json", bundle), []),
        parts=tuple(
            PartInfluence(entry["part"], float(Fraction(entry["learnt"])))
            for entry in record["influence"]["parts"]
        ),
        works=tuple(
            _work_share(platform, work_id, share) for work_id, share in shares[:FEWEST_WORKS]
        ),
        other_works=max(len(shares) - FEWEST_WORKS, 0),
        nearest_title=None if nearest is None else title_of(platform, nearest["work"]),
        licences=licences_of(platform, organisation, track_id),
    )


def _shares(record: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Each work's share of all that was learnt, summed over the parts, the largest first."""
    sums: Counter[str] = Counter()
    for part in record["influence"]["parts"]:
        for source in part["sources"]:
            if source["kind"] == "work":
                sums[source["work"]] += Fraction(source["share"])  # type: ignore[assignment]  # exact
    whole = sum(sums.values())
    ordered = sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(work_id, float(share / whole)) for work_id, share in ordered]


def _work_share(platform: Platform, work_id: str, share: float) -> WorkShare:
    try:
        work = platform.library.manifest.work(work_id)
    except KeyError:
        return WorkShare(work_id, work_id, "", "no longer listed", share)
    creators = ", ".join(one.name for one in work.composition.creators or ())
    return WorkShare(work_id, work.title, creators, str(work.decision.verdict), share)


def title_of(platform: Platform, work_id: str) -> str:
    """A work's title, with its id where the title alone would not tell it."""
    try:
        work = platform.library.manifest.work(work_id)
    except KeyError:
        return work_id
    return work.title if work.title == work_id else f"{work.title} ({work_id})"


def licences_of(
    platform: Platform, organisation: Organisation, track_id: str
) -> tuple[ShownLicence, ...]:
    """A track's licences, the first issued first."""
    with platform.units.read() as unit:
        found = unit.licences.for_track(organisation.id, track_id)
    return tuple(shown(platform, licence) for licence in found)
