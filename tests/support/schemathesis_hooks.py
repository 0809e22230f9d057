"""What no schema can say: a key belongs to one request, a hit lies inside its own track."""

import re
import uuid
from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make a well-meant request one that can be carried out, where no schema says how."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(r"[!-~]{1,255}", key):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
    if case.operation.label == "POST /v1/tracks" and isinstance(case.body, dict):
        _reconcile(case.body)
        _reconcile_scope(case.body.get("licence"))
    if case.operation.label == "POST /v1/quotes":
        _reconcile_scope(case.body)


def _reconcile_scope(scope: Any) -> None:
    """A term that begins today, and nothing exclusive: not every template grants that."""
    if isinstance(scope, dict):
        for name in ("start", "exclusivity", "sector"):
            scope.pop(name, None)


def _reconcile(order: dict[str, Any]) -> None:
    """Hits inside the length and apart; a tonic, whose mode the mood chooses; no drawn score."""
    order.pop("supplied", None)
    if order.get("hits"):
        by_ms = {round(hit["at_seconds"] * 1000): hit for hit in order["hits"]}
        length = order["seconds"] * 1000
        order["hits"] = [hit for at, hit in by_ms.items() if 0 < at < round(length)]
    if order.get("key"):
        order["key"] = order["key"].split()[0]
