"""From a request to a checked call, in this order:

1. who asks: the key, or a browser's session, before anything else is looked at;
2. the variables of the path: what cannot be an id is not there;
3. the query;
4. the body: its type, its size, its JSON, its fields;
5. the idempotency key: a repeated request gets the first one's answer;
6. the handler.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, request
from pydantic import BaseModel, ValidationError

from clearcue.services.platform import Platform
from clearcue.services.stored import Answer
from clearcue.web.operations import JSON, MULTIPART, Call, Operation
from clearcue.web.problems import ProblemError, of_error
from clearcue.web.session import caller_of
from clearcue.web.settings import WebSettings
from clearcue.web.state import Shared

_IDEMPOTENCY = re.compile(r"[!-~]{1,255}", re.ASCII)
_KEPT_HEADERS = ("Location", "Content-Type", "ETag")


def view(
    operation: Operation, platform: Platform, settings: WebSettings, shared: Shared
) -> Callable[..., Response]:
    """The view function of an operation."""

    def handle(**path: str) -> Response:
        caller = caller_of(platform, request) if operation.secured else None  # 1
        _check_path(operation, path)  # 2
        query = _query(operation)  # 3
        body, digest = _body(operation)  # 4
        key = _idempotency_key(operation)
        call = Call(platform, settings, shared, caller, path, query, body, key)
        if key is None:
            return operation.handler(call)
        return _once(operation, call, key, digest)  # 5, 6

    return handle


def _check_path(operation: Operation, path: dict[str, str]) -> None:
    for one in operation.parameters:
        if not re.fullmatch(one.pattern, path[one.name], re.ASCII):
            raise ProblemError(404, f"no {one.name} looks like that")


def _query(operation: Operation) -> BaseModel | None:
    if operation.query is None:
        return None
    given = {}
    for name, values in request.args.lists():
        if len(values) != 1:
            raise ProblemError(422, f"give {name} once")
        given[name] = values[0]
    return _validated(operation.query, given, "query")


def _validated(model: type[BaseModel], given: dict[str, Any], where: str) -> BaseModel:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _invalid(error, where) from error


def _invalid(error: ValidationError, where: str) -> ProblemError:
    errors = [
        {"field": ".".join(map(str, (where, *entry["loc"]))), "detail": entry["msg"]}
        for entry in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    first = errors[0]
    return ProblemError(422, f"{first['field']}: {first['detail']}", errors=errors[:20])


def _body(operation: Operation) -> tuple[Any, str]:
    """The checked body, and the digest of the request for its idempotency key."""
    request.max_content_length = operation.max_bytes
    seen = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if operation.upload is not None:
        if request.mimetype != MULTIPART:
            raise ProblemError(415, f"send the file as {MULTIPART}")
        files = request.files
        for name, _, several, required in operation.upload.parts:
            given = files.getlist(name)
            if (required and not given) or (len(given) > 1 and not several):
                raise ProblemError(422, f"give one file as the part {name}")
            for one in given:
                seen.update(f"{name} {one.filename}\n".encode(errors="replace"))
                while portion := one.stream.read(1 << 20):
                    seen.update(portion)
                one.stream.seek(0)
        return files, seen.hexdigest()
    if operation.body is None:
        return None, seen.hexdigest()
    if request.mimetype != JSON:
        raise ProblemError(415, f"send the request as {JSON}")
    content = request.get_data()
    seen.update(content)
    return _json_body(operation.body, content), seen.hexdigest()


def _json_body(model: type[BaseModel], content: bytes) -> BaseModel:
    try:
        json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "the body is no JSON") from error
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise _invalid(error, "body") from error


def _idempotency_key(operation: Operation) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None or not operation.idempotent:
        return None
    if not _IDEMPOTENCY.fullmatch(key):
        raise ProblemError(400, "an Idempotency-Key is 1 to 255 visible characters of ASCII")
    return key


def _once(operation: Operation, call: Call, key: str, digest: str) -> Response:
    """Carry out the first request with a key, and answer the others as it was answered."""
    now = call.platform.clock.now()
    organisation_id = call.organisation.id
    with call.platform.units.write() as unit:
        claimed = unit.idempotency_keys.claim(
            organisation_id,
            key,
            digest,
            now,
            stale_before=now - timedelta(seconds=call.settings.idempotency_stale_seconds),
            expired_before=now - timedelta(hours=call.settings.idempotency_hours),
        )
        unit.commit()
    if not claimed.fresh:
        return _earlier(claimed.request_digest == digest, claimed.answer)
    try:
        response = operation.handler(call)
    except Exception as error:
        response = of_error(error)
    with call.platform.units.write() as unit:
        if 200 <= response.status_code < 300:
            kept = {
                name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
            }
            answer = Answer(response.status_code, kept, response.get_data())
            unit.idempotency_keys.answer(organisation_id, key, answer)
        else:
            unit.idempotency_keys.release(organisation_id, key)
        unit.commit()
    return response


def _earlier(same: bool, answer: Answer | None) -> Response:
    if not same:
        raise ProblemError(
            422, "this Idempotency-Key came with another request", name="idempotency-key-reused"
        )
    if answer is None:
        raise ProblemError(
            409,
            "the first request with this Idempotency-Key is still being worked on",
            name="idempotency-key-in-use",
            headers={"Retry-After": "1"},
        )
    response = Response(answer.body, answer.status)
    for name, value in answer.headers.items():
        response.headers[name] = str(value)
    response.headers["Idempotency-Replayed"] = "true"
    return response
