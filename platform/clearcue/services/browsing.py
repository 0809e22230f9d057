"""What is there: works and counts of the corpus, and the state of the log."""

from collections.abc import Collection
from typing import Any

from clearcue.errors import BadInputError
from clearcue.rights.policy import rule
from clearcue.rights.public_domain import RULES
from clearcue.rights.values import Permission, PublicDomain, Territory, Verdict, Work
from clearcue.services.platform import Platform
from clearcue.services.publishing import log_of, publish
from clearcue.services.withdrawing import withdrawn_json

USABLE = (Verdict.CLEARED, Verdict.CLEARED_MEDIUM, Verdict.CONDITIONAL, Verdict.REFUSED)
"""The verdicts that are listed unless others are asked for: what may be, or once was, used."""


def list_works(platform: Platform, verdicts: Collection[Verdict] = USABLE) -> dict[str, Any]:
    """Works of some verdicts one by one, and counts per verdict over all that is known."""
    manifest = platform.library.manifest
    listed = [work for work in manifest.works if work.decision.verdict in verdicts]
    return {
        "works": [_brief(work) for work in sorted(listed, key=lambda work: work.work_id)],
        "counts": {str(verdict): count for verdict, count in manifest.counts().items()},
    }


def _brief(work: Work) -> dict[str, Any]:
    return {
        "id": work.work_id,
        "title": work.title,
        "path": work.identity.path,
        "sha256": work.identity.sha256,
        "verdict": str(work.decision.verdict),
        "permissions": list(work.decision.permitted),
    }


def list_packs(platform: Platform) -> list[dict[str, Any]]:
    """The packs that were taken in and those that are known, by name."""
    return [
        {
            "name": pack.name,
            "title": pack.manifest.pack.title if pack.manifest.pack else pack.name,
            "content": None if pack.manifest.content is None else str(pack.manifest.content),
            "source": pack.manifest.source,
            "licence": pack.manifest.pack.licence if pack.manifest.pack else None,
            "attribution": pack.manifest.pack.attribution if pack.manifest.pack else None,
            "taken_in": pack.taken_in,
            "learnt_from": pack.learnt_from,
            "counts": {str(verdict): n for verdict, n in pack.manifest.counts().items()},
        }
        for pack in platform.library.packs
    ]


def show_work(platform: Platform, work_id: str) -> dict[str, Any]:
    """Everything that is known and decided about a work. Raises BadInputError when unlisted."""
    try:
        work = platform.library.manifest.work(work_id)
    except KeyError as error:
        raise BadInputError(
            f"there is no work {work_id!r}; `clearcue corpus list` names them"
        ) from error
    ruling = rule(work, Permission.TRAIN, platform.library.policy)
    withdrawn = withdrawn_json(platform, work_id)
    reasons = list(ruling.reasons)
    if withdrawn is not None:
        reasons.append(f"it was withdrawn at {withdrawn['withdrawn_at']}")
    creators = work.composition.creators
    return {
        **_brief(work),
        "source": work.identity.source,
        "creators": None if creators is None else [
            {"name": one.name, "role": one.role, "born": one.born, "died": one.died}
            for one in creators
        ],
        "first_published": work.composition.first_published,
        "public_domain": [_standing(work, place) for place in Territory],
        "tune": work.identity.tune,
        "use": str(work.use),
        "group": work.group_id,
        "encoding": {
            "encoder": work.encoding.encoder,
            "licence": work.encoding.licence,
            "scope": work.encoding.scope,
            "granted_by": work.encoding.granted_by,
        },
        "evidence": [
            {"quote": entry.quote, "where": entry.where, "read_on": entry.read_on}
            for entry in work.known_from
        ],
        "confidence": str(work.decision.confidence),
        "obligations": [
            {"kind": entry.kind, "text": entry.text} for entry in work.decision.obligations
        ],
        "policy": platform.library.policy.name,
        "learnt_from": not reasons,
        "reasons": reasons,
        "withdrawn": withdrawn,
    }  # fmt: skip


def _standing(work: Work, territory: Territory) -> dict[str, Any]:
    found = work.composition.public_domain.get(territory, PublicDomain())
    return {
        "territory": str(territory),
        "standing": None if found.standing is None else str(found.standing),
        "rule": None if found.rule is None else RULES[found.rule],
        "on": work.decision.decided_on,
    }


def show_log(platform: Platform, limit: int) -> dict[str, Any]:
    """The published log's origin, size and root, and its newest leaves."""
    head = publish(platform)
    with platform.units.read() as unit:
        first = max(head.size - limit, 0)
        leaves = unit.log_leaves.read(first, limit)
    return {
        "origin": head.origin,
        "size": head.size,
        "root_sha256": head.root.hex(),
        "checkpoint": head.stored.decode(),
        "folder": str(log_of(platform).folder),
        "leaves": [
            {"index": leaf.index, "envelope_sha256": leaf.envelope_sha256} for leaf in leaves
        ],
    }
