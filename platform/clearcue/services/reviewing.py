"""Reviews of licence templates: an owner records that counsel has read the exact text.

A review is of one text, by its digest: a new version is a draft again. What was quoted before keeps
what it said of itself.
"""

from clearcue.errors import BadInputError
from clearcue.licensing.scope import read_line, read_name
from clearcue.licensing.templates import find_template
from clearcue.services.grant_store import TemplateReview
from clearcue.services.platform import Platform

MAX_NOTE = 500


def record_review(
    platform: Platform, template_id: str, reviewer: str, note: str = ""
) -> TemplateReview:
    """Record that counsel reviewed a template's current text.

    Args:
        reviewer: who reviewed it; stands in every quote that is made from now on.
        note: more about it, kept for the owner.

    Raises:
        BadInputError: when there is no such template, the reviewer cannot be printed, or this text
            was reviewed before.
    """
    template = find_template(template_id)
    review = TemplateReview(
        sha256=template.sha256,
        template_id=template.id,
        version=template.version,
        reviewer=read_name(reviewer, "reviewer"),
        note=read_line(note, "note", MAX_NOTE) if note.strip() else "",
        at=platform.clock.now(),
    )
    with platform.units.write() as unit:
        earlier = unit.template_reviews.find(template.sha256)
        if earlier is not None:
            raise BadInputError(
                f"{template.id} {template.version} was reviewed before, by {earlier.reviewer}; "
                "only a new version of its text is reviewed again"
            )
        unit.template_reviews.add(review)
        unit.commit()
    return review
