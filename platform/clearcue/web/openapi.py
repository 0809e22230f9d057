"""The OpenAPI 3.1 document, written from the operations."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from clearcue import __version__
from clearcue.web.operations import Answer, Operation, Upload
from clearcue.web.problems import MEDIA_TYPE
from clearcue.web.views import Problem

_TEMPLATE = "#/components/schemas/{model}"
_MEANINGS = {
    400: "The request cannot be read.",
    401: "The key is missing, unknown or closed.",
    404: "The organisation has no such thing.",
    409: "The request stands against what is there.",
    412: "What is there has changed.",
    413: "The request is too large.",
    415: "The content is of another type than the operation takes.",
    416: "The file has no such range.",
    422: "The request does not fit its description.",
    503: "The service cannot do this now; try again.",
}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI document of some operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        entry = paths.setdefault(operation.path, {})
        entry[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clearcue",
            "version": __version__,
            "summary": "Commercial music made to a brief, with signed evidence for every right.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."}
            },
            "schemas": _schemas(operations),
        },
    }


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    models: dict[tuple[type[BaseModel], Any], None] = {(Problem, "serialization"): None}
    for operation in operations:
        if operation.body is not None:
            models[operation.body, "validation"] = None
        for answer in operation.answers:
            if answer.model is not None:
                models[answer.model, "serialization"] = None
    _, definitions = models_json_schema(list(models), ref_template=_TEMPLATE)
    schemas: dict[str, Any] = definitions["$defs"]
    return dict(sorted(schemas.items()))


def _operation(operation: Operation) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": _responses(operation),
    }
    parameters = [*_path(operation), *_query(operation), *_headers(operation)]
    if parameters:
        entry["parameters"] = parameters
    if operation.body is not None:
        schema = {"$ref": _TEMPLATE.format(model=operation.body.__name__)}
        entry["requestBody"] = {
            "required": True, "content": {"application/json": {"schema": schema}}
        }  # fmt: skip
    if operation.upload is not None:
        entry["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": _multipart(operation.upload)},
        }
    if operation.secured:
        entry["security"] = [{"key": []}]
    return entry


def _path(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "in": "path",
            "required": True,
            "description": one.meaning,
            "schema": {"type": "string", "pattern": f"^{one.pattern}$"},
            "example": one.example,
        }
        for one in operation.parameters
    ]


def _query(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": {key: value for key, value in entry.items() if key != "title"},
        }
        for name, entry in schema["properties"].items()
    ]


def _headers(operation: Operation) -> list[dict[str, Any]]:
    known = dict(operation.headers)
    schemas: dict[str, dict[str, Any]] = {}
    if operation.idempotent:
        known["Idempotency-Key"] = "A text of your own; a repeated request with it is done once."
        schemas["Idempotency-Key"] = {"type": "string", "pattern": "^[!-~]{1,255}$"}
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": meaning,
            "schema": schemas.get(name, {"type": "string"}),
        }
        for name, meaning in known.items()
    ]


def _multipart(upload: Upload) -> dict[str, Any]:
    binary = {"type": "string", "contentMediaType": "application/octet-stream"}
    properties = {
        name: {"type": "array", "items": binary, "description": meaning}
        if several else {**binary, "description": meaning}
        for name, meaning, several, _ in upload.parts
    }  # fmt: skip
    needed = [name for name, _, _, required in upload.parts if required]
    return {"schema": {"type": "object", "properties": properties, "required": needed}}


def _responses(operation: Operation) -> dict[str, Any]:
    responses = {str(answer.status): _answer(answer) for answer in operation.answers}
    wrong = {*operation.problems, 503}
    if operation.secured:
        wrong.add(401)
    if operation.parameters:
        wrong.add(404)
    if operation.query is not None:
        wrong.add(422)
    if operation.body is not None or operation.upload is not None:
        wrong |= {400, 413, 415, 422}
    if operation.idempotent:
        wrong |= {400, 409, 422}
    problems = {str(status): _problem(_MEANINGS[status]) for status in sorted(wrong)}
    return {**responses, **problems, "default": _problem("Any other problem.")}


def _answer(answer: Answer) -> dict[str, Any]:
    entry: dict[str, Any] = {"description": answer.meaning}
    if answer.headers:
        entry["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}}
            for name, meaning in answer.headers.items()
        }
    if answer.media_type is not None:
        content: dict[str, Any] = {}
        if answer.model is not None:
            content["schema"] = {"$ref": _TEMPLATE.format(model=answer.model.__name__)}
        kinds = (answer.media_type,) if isinstance(answer.media_type, str) else answer.media_type
        entry["content"] = dict.fromkeys(kinds, content)
    return entry


def _problem(meaning: str) -> dict[str, Any]:
    schema = {"$ref": _TEMPLATE.format(model="Problem")}
    return {"description": meaning, "content": {MEDIA_TYPE: {"schema": schema}}}
