"""The studio's style sheet, scripts and icon: files of the package, named with their digest.

An address with a digest never means other bytes, so browsers may keep what they have for good.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from flask import Flask, Response, request

from clearcue.services.stored import MissingError
from clearcue.web.files import serve_bytes

FOLDER = "web/static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_GOOD = "public, max-age=31536000, immutable"


@cache
def _assets() -> dict[str, bytes]:
    folder = files("clearcue").joinpath(FOLDER)
    return {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if any(entry.name.endswith(ending) for ending in TYPES)
    }


@cache
def _digest(name: str) -> str:
    return sha256(_assets()[name]).hexdigest()


def asset_url(name: str) -> str:
    """The address of an asset, with its digest."""
    return f"/static/{name}?v={_digest(name)[:16]}"


def asset(name: str) -> Response:
    """An asset. Raises MissingError."""
    if name not in _assets():
        raise MissingError(f"there is no file {name}")
    ending = "." + name.rsplit(".", 1)[-1]
    response = serve_bytes(_assets()[name], _digest(name), TYPES[ending], name)
    named = request.args.get("v") == _digest(name)[:16]
    response.headers["Cache-Control"] = FOR_GOOD if named else "no-cache"
    return response


def serve_assets(app: Flask) -> None:
    """Register the assets' route."""
    app.add_url_rule(
        "/static/<name>", "static", asset, methods=["GET"], provide_automatic_options=False
    )
