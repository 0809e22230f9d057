"""Which works and rules a bar of a track comes from, with their evidence."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from clearcue.music.lineage import Source, WorkSource
from clearcue.services.lineage_file import StoredLineage, source_json
from clearcue.services.platform import Platform
from clearcue_provenance.shape import format_fraction


def sources_of(
    platform: Platform, lineage: StoredLineage, bar: int | None, part: str | None
) -> dict[str, Any]:
    """The sources of a bar, or of the whole track, the largest share first; shares sum to one.

    Raises:
        BadInputError: when there is no such bar or part.
    """
    shares = lineage.shares(bar, part)
    ranked = sorted(shares.items(), key=lambda entry: (-entry[1], str(source_json(entry[0]))))
    learnt = sum((s for source, s in shares.items() if isinstance(source, WorkSource)), Fraction(0))
    return {
        "bar": bar,
        "part": part,
        "learnt": format_fraction(learnt),
        "sources": [
            {**_told(platform, source), "share": format_fraction(share),
             "percent": round(float(100 * share), 3)}
            for source, share in ranked
        ],
        "shared_runs": [
            run for run in lineage.shared_runs if _in_bar(run, bar) and part in (None, run["part"])
        ],
    }  # fmt: skip


def _in_bar(run: Mapping[str, Any], bar: int | None) -> bool:
    return bar is None or run["bars"]["from"] <= bar <= run["bars"]["to"]


def _told(platform: Platform, source: Source) -> dict[str, Any]:
    """A source with what is known of it; a work that is not on this shelf has no title."""
    plain: dict[str, Any] = dict(source_json(source))
    if isinstance(source, WorkSource):
        try:
            work = platform.library.manifest.work(source.work_id)
        except KeyError:
            return {**plain, "title": None, "licence": None, "evidence": []}
        plain["title"] = work.title
        plain["licence"] = work.encoding.licence
        plain["evidence"] = [
            {"quote": one.quote, "where": one.where, "read_on": one.read_on}
            for one in work.evidence
        ]
    return plain
