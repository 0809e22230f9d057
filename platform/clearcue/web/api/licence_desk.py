"""Around licences: advice, holds, revocations, papers, states by number, track checks, payments."""

import hashlib
from contextlib import closing

from flask import Flask, Response, request

from clearcue.licensing.advising import advise
from clearcue.services.advising import advice_json, price_of
from clearcue.services.ending import End, revoke
from clearcue.services.granting import hold_quote
from clearcue.services.identifying import find_by_number, identify
from clearcue.services.licences import ShownLicence, show
from clearcue.services.papers import PAPERS, paper
from clearcue.services.paying import take_message
from clearcue.services.platform import Platform
from clearcue.services.reading import list_catalogue
from clearcue.services.stored import MissingError
from clearcue.web.api.licences import LICENCE, QUOTE
from clearcue.web.api.paging import page_of
from clearcue.web.files import serve_bytes
from clearcue.web.licence_views import (
    AdviceOrder,
    AdviceView,
    EndView,
    HoldView,
    PaperQuery,
    RevocationOrder,
    StatusView,
    TrackCheckView,
)
from clearcue.web.operations import Answer, Call, Operation, Parameter, Upload
from clearcue.web.patterns import NUMBER, PAPER
from clearcue.web.problems import of_error
from clearcue.web.render import as_json, moment, status_fields, track_view
from clearcue.web.settings import MAX_VERIFIED_BYTES
from clearcue.web.uploads import held
from clearcue.web.views import Page, TrackPage

LICENCE_NUMBER = Parameter("number", "A licence's number.", NUMBER, "CL-0000-1111-2222-3333")
PAPER_NAME = Parameter("paper", "A paper's name.", PAPER, "cue-sheet.pdf")
PUBLIC_PAPERS = tuple(name for name in PAPERS if name != "invoice.pdf")
"""What whoever has a licence's number may read."""
MESSAGES = "/webhooks/payments"
MAX_MESSAGE_BYTES = 256 * 1024


def advice(call: Call) -> Response:
    """Which licence is needed."""
    given: AdviceOrder = call.body
    found = advise(given.text)
    return as_json(AdviceView(**advice_json(found, price_of(call.platform, found))))


def hold(call: Call) -> Response:
    """Hold an exclusive quote."""
    found = hold_quote(call.platform, call.organisation, call.path["quote_id"])
    return as_json(HoldView(quote_id=found.quote_id, held_until=moment(found.until)))


def end_view(end: End) -> EndView:
    """What ended a licence."""
    return EndView(
        state=end.state,
        reason=end.reason,
        note=end.note,
        ended_at=end.ended_at,
        successor=end.successor,
        statement=end.digest,
    )


def revoke_one(call: Call) -> Response:
    """Revoke a licence."""
    given: RevocationOrder = call.body
    ended = revoke(
        call.platform, call.organisation, call.path["licence_id"], given.reason, given.note
    )
    return as_json(end_view(ended), 201)


def fetch_paper(call: Call) -> Response:
    """One of a licence's papers."""
    found = show(call.platform, call.organisation.id, call.path["licence_id"])
    return _paper(call, found)


def _paper(call: Call, found: ShownLicence) -> Response:
    name, asked = call.path["paper"], call.query
    content = paper(call.platform, found.licence, name, asked.size)
    return serve_bytes(content, hashlib.sha256(content).hexdigest(), PAPERS[name][0], name)


def _by_number(call: Call) -> ShownLicence:
    found = find_by_number(call.platform, call.path["number"])
    if found is None:
        raise MissingError("there is no licence of this number")
    return found


def show_status(call: Call) -> Response:
    """What a licence is, for whoever has its number."""
    found = _by_number(call)
    ended = None if found.end is None else end_view(found.end)
    return as_json(StatusView(ended=ended, **status_fields(found)))


def fetch_public_paper(call: Call) -> Response:
    """A paper of a licence, for whoever has its number."""
    if call.path["paper"] not in PUBLIC_PAPERS:
        raise MissingError("this paper is its organisation's alone")
    return _paper(call, _by_number(call))


def check_track(call: Call) -> Response:
    """Which track a file is, and whether it is licensed."""
    upload = call.body["file"]
    with closing(upload), held(upload, call.shared, call.settings) as path:
        found = identify(call.platform, path)
    if found is None:
        view = TrackCheckView(
            found=False,
            score=None,
            how=None,
            track_id=None,
            title=None,
            made_on=None,
            licensed=None,
        )
    else:
        view = TrackCheckView(
            found=True,
            score=None if found.score is None else round(found.score, 1),
            how=found.how,
            track_id=found.track_id,
            title=found.title,
            made_on=found.made_on,
            licensed=found.licensed,
        )
    return as_json(view)


def take_payments(app: Flask, platform: Platform) -> None:
    """The address that a payment provider sends its signed messages to."""

    def receive() -> Response:
        request.max_content_length = MAX_MESSAGE_BYTES
        try:
            take_message(platform, request.get_data(), dict(request.headers))
        except Exception as error:
            return of_error(error)
        return Response(status=204)

    app.add_url_rule(
        MESSAGES, "payments", receive, methods=["POST"], provide_automatic_options=False
    )


def list_offered(call: Call) -> Response:
    """A page of the tracks on offer."""
    tracks, more = page_of(call, list_catalogue, lambda track: track.id)
    return as_json(TrackPage(items=[track_view(track) for track in tracks], next_cursor=more))


_MEDIA = tuple(sorted({kind.partition(";")[0] for kind, _ in PAPERS.values()}))
OPERATIONS = (
    Operation(
        "GET", "/v1/tracks-on-offer", "listTracksOnOffer",
        "List the tracks that no full exclusive licence, or a hold of one, keeps from others",
        "tracks", list_offered, (Answer(200, "A page of tracks.", TrackPage),), query=Page,
    ),
    Operation(
        "POST", "/v1/licence-advice", "adviseLicence",
        "Say which licence is needed, from plain words", "licences", advice,
        (Answer(200, "One template and scope, with the reason.", AdviceView),), body=AdviceOrder,
    ),
    Operation(
        "POST", "/v1/quotes/{quote_id}/hold", "holdQuote",
        "Keep an exclusive quote's scope for some days", "licences", hold,
        (Answer(200, "Until when it is held.", HoldView),), (QUOTE,), problems=(409,),
    ),
    Operation(
        "POST", "/v1/licences/{licence_id}/revocation", "revokeLicence",
        "Revoke a licence, with a reason; the statement is logged", "licences", revoke_one,
        (Answer(201, "What ended it.", EndView),), (LICENCE,), body=RevocationOrder,
        problems=(409,),
    ),
    Operation(
        "GET", "/v1/licences/{licence_id}/papers/{paper}", "fetchPaper",
        f"Fetch a paper of a licence: {', '.join(PAPERS)}", "licences", fetch_paper,
        (Answer(200, "The paper.", media_type=_MEDIA),), (LICENCE, PAPER_NAME), query=PaperQuery,
    ),
    Operation(
        "GET", "/v1/licence-status/{number}", "showLicenceStatus",
        "What a licence is now, for whoever has its number", "licences", show_status,
        (Answer(200, "Its state.", StatusView),), (LICENCE_NUMBER,), secured=False,
    ),
    Operation(
        "GET", "/v1/licence-status/{number}/{paper}", "fetchPublicPaper",
        "A paper of a licence, for whoever has its number", "licences", fetch_public_paper,
        (Answer(200, "The paper.", media_type=_MEDIA),), (LICENCE_NUMBER, PAPER_NAME),
        query=PaperQuery, secured=False,
    ),
    Operation(
        "POST", "/v1/track-checks", "checkTrack",
        "Which track a file is, and whether a licence of it is in force", "licences", check_track,
        (Answer(200, "What was found. Nothing of the upload is kept.", TrackCheckView),),
        upload=Upload((("file", "An audio file.", False, True),)),
        max_bytes=MAX_VERIFIED_BYTES,
    ),
)  # fmt: skip
