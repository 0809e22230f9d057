"""What needs no key: the public log, and whether the service lives and can work. And whose key."""

import re
from pathlib import Path

from flask import Response

from clearcue.services.owner import ensure_owner
from clearcue.services.publishing import publish
from clearcue.services.stored import MissingError
from clearcue.web.operations import BYTES, Answer, Call, Operation, Parameter
from clearcue.web.patterns import TILE
from clearcue.web.render import as_json
from clearcue.web.views import AccountView, HealthView

IMMUTABLE = "public, max-age=31536000, immutable"
TEXT = "text/plain"


def checkpoint(call: Call) -> Response:
    """The signed checkpoint of the published log."""
    response = Response(publish(call.platform).stored, mimetype=TEXT)
    response.headers["Cache-Control"] = "no-cache"
    return response


def tile(call: Call) -> Response:
    """A tile or an entry bundle: what is there never changes."""
    path = f"tile/{call.path['tile']}"
    try:
        content = _below(call.platform.log_folder, path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise MissingError(f"the log has no {path}") from error
    response = Response(content, mimetype=BYTES)
    response.headers["Cache-Control"] = IMMUTABLE
    return response


def _below(folder: Path, path: str) -> Path:
    """The path in a folder; the pattern of tiles lets nothing else through."""
    assert re.fullmatch(f"tile/{TILE}", path, re.ASCII), "the dispatcher checks the path"
    return folder / path


def live(call: Call) -> Response:
    """The process answers."""
    del call
    return as_json(HealthView(status="ok"))


def ready(call: Call) -> Response:
    """Database, keys and log can be used; if not, the problem says which."""
    ensure_owner(call.platform)
    publish(call.platform)
    return as_json(HealthView(status="ok"))


def whose(call: Call) -> Response:
    """The organisation of the key."""
    found = call.organisation
    return as_json(AccountView(organisation_id=found.id, handle=found.handle, name=found.name))


OPERATIONS = (
    Operation(
        "GET", "/v1/account", "showAccount", "Show whose key this is", "account", whose,
        (Answer(200, "The organisation.", AccountView),),
    ),
    Operation(
        "GET", "/log/checkpoint", "showCheckpoint", "Fetch the log's signed checkpoint", "log",
        checkpoint, (Answer(200, "A C2SP signed note.", media_type=TEXT),), secured=False,
    ),
    Operation(
        "GET", "/log/tile/{tile}", "fetchTile", "Fetch a tile or an entry bundle of the log", "log",
        tile, (Answer(200, "The tile, after C2SP tlog-tiles.", media_type=BYTES),),
        (Parameter("tile", "Level and index.", TILE, "0/000.p/3", True),), secured=False,
    ),
    Operation(
        "GET", "/healthz", "live", "Whether the process answers", "service", live,
        (Answer(200, "It does.", HealthView),), secured=False,
    ),
    Operation(
        "GET", "/readyz", "ready", "Whether the service can work", "service", ready,
        (Answer(200, "It can.", HealthView),), secured=False,
    ),
)  # fmt: skip
