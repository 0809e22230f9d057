"""What is there: works and counts of the corpus, and the state of the log."""

from typing import Any

from clearcue.errors import BadInputError
from clearcue.rights.policy import rule
from clearcue.rights.values import Permission, Work
from clearcue.services.platform import Platform
from clearcue.services.publishing import log_of, publish
from clearcue.services.withdrawing import withdrawn_json


def list_works(platform: Platform) -> dict[str, Any]:
    """Works one by one, and counts per verdict over the whole source."""
    manifest = platform.library.manifest
    return {
        "works": [_brief(work) for work in sorted(manifest.works, key=lambda work: work.work_id)],
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
        "encoding": {
            "encoder": work.encoding.encoder,
            "licence": work.encoding.licence,
            "scope": work.encoding.scope,
            "granted_by": work.encoding.granted_by,
        },
        "evidence": [
            {"quote": entry.quote, "where": entry.where, "read_on": entry.read_on}
            for entry in work.evidence
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
