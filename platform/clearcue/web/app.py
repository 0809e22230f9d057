"""The app factory: every operation registered, every error a problem, strict headers on all.

The studio's pages are a blueprint of their own beside the API. An address that is nobody's gets a
page when a browser asks for one.
"""

import secrets
from collections.abc import Sequence

from flask import Flask, Response

from clearcue.services.platform import Platform
from clearcue.web.api import (
    corpus,
    jobs,
    ledger,
    licence_desk,
    licences,
    originality,
    records,
    service,
    tracks,
)
from clearcue.web.dispatch import view
from clearcue.web.openapi import document
from clearcue.web.operations import Operation
from clearcue.web.problems import handle_all
from clearcue.web.render import plain_json
from clearcue.web.settings import MAX_JSON_BYTES, WebSettings
from clearcue.web.state import shared_state
from clearcue.web.studio.assets import serve_assets
from clearcue.web.studio.pages import studio

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def operations() -> tuple[Operation, ...]:
    """Everything that the service can do."""
    return (
        *tracks.OPERATIONS,
        *jobs.OPERATIONS,
        *originality.OPERATIONS,
        *records.OPERATIONS,
        *licences.OPERATIONS,
        *licence_desk.OPERATIONS,
        *corpus.OPERATIONS,
        *ledger.OPERATIONS,
        *service.OPERATIONS,
    )


def create_app(platform: Platform, settings: WebSettings) -> Flask:
    """The service on an opened platform."""
    app = Flask("clearcue.web", static_folder=None, template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = MAX_JSON_BYTES  # each upload raises it for itself
    app.config["MAX_FORM_PARTS"] = 64
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    shared = shared_state(settings)
    offered = operations()
    for one in offered:
        app.add_url_rule(
            one.rule,
            endpoint=one.name,
            view_func=view(one, platform, settings, shared),
            methods=[one.method],
            provide_automatic_options=False,
        )
    licence_desk.take_payments(app, platform)
    _serve_document(app, offered)
    pages = studio(platform, settings, shared)
    app.register_blueprint(pages)
    serve_assets(app)
    handle_all(app)
    app.after_request(_with_headers)
    return app


def _serve_document(app: Flask, offered: Sequence[Operation]) -> None:
    described = document(offered)

    def openapi() -> Response:
        response = plain_json(described)
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    app.add_url_rule("/openapi.json", "openapi", openapi, provide_automatic_options=False)


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = secrets.token_hex(8)
    return response
