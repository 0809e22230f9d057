"""What the API can do, as values: each operation's route, its request, its answers, its handler.

The same value registers the route, checks the request and writes the OpenAPI document, so that
none of them can say something else. A handler gets a `Call` and gives back a response; it parses
nothing, and asks one service.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response
from pydantic import BaseModel

from clearcue.services.platform import Platform
from clearcue.services.stored import Organisation
from clearcue.web.settings import MAX_JSON_BYTES, WebSettings
from clearcue.web.state import Shared

JSON = "application/json"
MULTIPART = "multipart/form-data"
EVENTS = "text/event-stream"
BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was checked: who asks, and for what."""

    platform: Platform
    settings: WebSettings
    shared: Shared
    caller: Organisation | None
    path: Mapping[str, str]
    query: Any
    body: Any
    idempotency_key: str | None

    @property
    def organisation(self) -> Organisation:
        """Who asks; every secured operation has one."""
        assert self.caller is not None
        return self.caller


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a path: what it means, what it looks like, an example."""

    name: str
    meaning: str
    pattern: str
    example: str
    slashes: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its status, what it means, and what is in it.

    `model` describes JSON; without one, the content is of `media_type`, or of
    one of several, and there is none if it is None.
    """

    status: int
    meaning: str
    model: type[BaseModel] | None = None
    media_type: str | tuple[str, ...] | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart request: (name of the part, what it is, may be given several times, required)."""

    parts: tuple[tuple[str, str, bool, bool], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `path` has its variables in braces."""

    method: str
    path: str
    name: str
    summary: str
    tag: str
    handler: Callable[[Call], Response]
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    upload: Upload | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    secured: bool = True
    max_bytes: int = MAX_JSON_BYTES

    @property
    def idempotent(self) -> bool:
        """Whether an Idempotency-Key makes a repetition harmless."""
        return self.method == "POST"

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        rule = self.path
        for one in self.parameters:
            converter = "path:" if one.slashes else ""
            rule = rule.replace("{" + one.name + "}", f"<{converter}{one.name}>")
        return rule
