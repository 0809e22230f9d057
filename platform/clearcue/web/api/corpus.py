"""The corpus, and what a brief may ask for: the same for every organisation."""

from flask import Response

from clearcue.composer.catalogue import catalogue
from clearcue.licensing.templates import all_templates
from clearcue.services.browsing import list_works, show_work
from clearcue.services.stored import MissingError
from clearcue.web.operations import Answer, Call, Operation, Parameter
from clearcue.web.patterns import WORK_ID
from clearcue.web.render import as_json
from clearcue.web.views import (
    CatalogueView,
    WorkDetail,
    WorkPage,
    WorkPageQuery,
    WorkView,
)


def list_all(call: Call) -> Response:
    """A page of works by id."""
    page: WorkPageQuery = call.query
    after = bytes.fromhex(page.cursor).decode(errors="replace") if page.cursor else None
    listed = list_works(call.platform)
    left = [work for work in listed["works"] if after is None or work["id"] > after]
    items = left[: page.limit]
    more = items[-1]["id"].encode().hex() if len(left) > page.limit else None
    return as_json(
        WorkPage(
            items=[WorkView.model_validate(work) for work in items],
            counts=listed["counts"],
            next_cursor=more,
        )
    )


def show(call: Call) -> Response:
    """One work."""
    work_id = call.path["work_id"]
    known = {work.work_id for work in call.platform.library.manifest.works}
    if work_id not in known:
        raise MissingError(f"there is no work {work_id} in the corpus")
    return as_json(WorkDetail.model_validate(show_work(call.platform, work_id)))


def show_catalogue(call: Call) -> Response:
    """Moods, usages, styles and licence templates by name."""
    del call
    known = catalogue()
    view = CatalogueView(
        moods=sorted(known.moods),
        usages=sorted(known.usages),
        styles=sorted(known.styles),
        templates=[
            {"id": one.id, "version": one.version, "title": one.title, "term": one.term}
            for one in all_templates()
        ],
    )
    return as_json(view)


OPERATIONS = (
    Operation(
        "GET", "/v1/corpus/works", "listWorks", "List the works of the corpus", "corpus", list_all,
        (Answer(200, "A page of works.", WorkPage),), query=WorkPageQuery,
    ),
    Operation(
        "GET", "/v1/corpus/works/{work_id}", "showWork",
        "Show a work, and the evidence on which its rights rest", "corpus", show,
        (Answer(200, "The work.", WorkDetail),),
        (Parameter("work_id", "A work's id.", WORK_ID, "music21:corelli/opus3no1/1grave", True),),
    ),
    Operation(
        "GET", "/v1/catalogue", "showCatalogue", "Show what a brief may ask for", "corpus",
        show_catalogue, (Answer(200, "The catalogue.", CatalogueView),),
    ),
)  # fmt: skip
