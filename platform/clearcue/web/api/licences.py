"""Quotes, and the licences that they become."""

import hashlib

from flask import Response

from clearcue.services.licence_status import signed_status
from clearcue.services.licences import (
    issue_quote,
    quote_track,
    show,
    shown,
)
from clearcue.services.papers import paper
from clearcue.services.reading import find_quote, list_licences
from clearcue.web.api.paging import page_of
from clearcue.web.api.tracks import licence_request
from clearcue.web.files import serve_bytes
from clearcue.web.operations import JSON, Answer, Call, Operation, Parameter
from clearcue.web.patterns import ID
from clearcue.web.render import as_json, licence_view, quote_view
from clearcue.web.views import (
    LicenceOrder,
    LicencePage,
    LicenceView,
    Page,
    QuoteOrder,
    QuoteView,
)

PDF = "application/pdf"
QUOTE = Parameter("quote_id", "A quote's id.", ID, "01M81ZNH1N8MK204X3RAN4XQQA")
LICENCE = Parameter("licence_id", "A licence's id.", ID, "01M81ZNH1N8MK204X3RAN4XQQA")


def ask(call: Call) -> Response:
    """Quote a licence of a track."""
    given: QuoteOrder = call.body
    quoted = quote_track(
        call.platform, call.organisation, given.track_id, None, licence_request(given)
    )
    return as_json(quote_view(quoted), 201, f"/v1/quotes/{quoted.id}")


def show_quote(call: Call) -> Response:
    """One quote."""
    return as_json(quote_view(find_quote(call.platform, call.organisation, call.path["quote_id"])))


def accept(call: Call) -> Response:
    """Issue a quote's licence; again, and the first one comes back."""
    given: LicenceOrder = call.body
    licence = issue_quote(call.platform, call.organisation, given.quote_id)
    view = licence_view(shown(call.platform, licence))
    return as_json(view, 201, f"/v1/licences/{licence.id}")


def list_all(call: Call) -> Response:
    """A page of licences."""
    licences, more = page_of(call, list_licences, lambda shown: shown.licence.id)
    return as_json(LicencePage(items=[licence_view(one) for one in licences], next_cursor=more))


def show_one(call: Call) -> Response:
    """One licence."""
    return as_json(licence_view(show(call.platform, call.organisation.id, call.path["licence_id"])))


def show_document(call: Call) -> Response:
    """The signed licence with its proof."""
    found = show(call.platform, call.organisation.id, call.path["licence_id"])
    content = paper(call.platform, found.licence, "licence.json")
    return serve_bytes(content, hashlib.sha256(content).hexdigest(), JSON, "licence.json")


def show_status(call: Call) -> Response:
    """A licence's signed status, made now."""
    found = show(call.platform, call.organisation.id, call.path["licence_id"])
    content = signed_status(call.platform, found)
    return serve_bytes(content, hashlib.sha256(content).hexdigest(), JSON, "status.json")


def show_certificate(call: Call) -> Response:
    """The certificate."""
    found = show(call.platform, call.organisation.id, call.path["licence_id"])
    content = paper(call.platform, found.licence, "certificate.pdf")
    return serve_bytes(content, hashlib.sha256(content).hexdigest(), PDF, "certificate.pdf")


OPERATIONS = (
    Operation(
        "POST", "/v1/quotes", "quote", "Quote a licence of a track", "licences", ask,
        (Answer(201, "The quote.", QuoteView, headers={"Location": "The quote."}),),
        body=QuoteOrder, problems=(404,),
    ),
    Operation(
        "GET", "/v1/quotes/{quote_id}", "showQuote", "Show a quote", "licences", show_quote,
        (Answer(200, "The quote.", QuoteView),), (QUOTE,),
    ),
    Operation(
        "POST", "/v1/licences", "acceptQuote",
        "Accept a quote: its licence is issued, once, and logged", "licences", accept,
        (Answer(201, "The licence.", LicenceView, headers={"Location": "The licence."}),),
        body=LicenceOrder, problems=(404,),
    ),
    Operation(
        "GET", "/v1/licences", "listLicences", "List the licences, newest first", "licences",
        list_all, (Answer(200, "A page of licences.", LicencePage),), query=Page,
    ),
    Operation(
        "GET", "/v1/licences/{licence_id}", "showLicence", "Show a licence", "licences", show_one,
        (Answer(200, "The licence.", LicenceView),), (LICENCE,),
    ),
    Operation(
        "GET", "/v1/licences/{licence_id}/licence.json", "fetchLicence",
        "Fetch the signed licence with its proof", "licences", show_document,
        (Answer(200, "licence.json.", media_type=JSON),), (LICENCE,),
    ),
    Operation(
        "GET", "/v1/licences/{licence_id}/status.json", "fetchLicenceStatus",
        "Fetch a licence's signed status, made now and good for a day", "licences", show_status,
        (Answer(200, "status.json.", media_type=JSON),), (LICENCE,),
    ),
    Operation(
        "GET", "/v1/licences/{licence_id}/certificate.pdf", "fetchCertificate",
        "Fetch a licence's certificate", "licences", show_certificate,
        (Answer(200, "The certificate.", media_type=PDF),), (LICENCE,),
    ),
)  # fmt: skip
