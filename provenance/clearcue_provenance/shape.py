"""Checks of parsed JSON by hand: each field's presence, type and range.

A `Check` takes a value and the path to it, and returns nothing or raises `ShapeError`, whose
message names the path. `closed` objects refuse fields they do not know; `open_object` ones allow
more, because later versions of a predicate add fields.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from clearcue_provenance.canonical import decode_base64
from clearcue_provenance.errors import EncodingError, ShapeError

Check = Callable[[Any, str], None]

MAX_TEXT = 4096
"""Characters in any one string of a predicate."""
MAX_ITEMS = 65_536
"""Entries in any one array."""
MAX_FRACTION_DIGITS = 4000
"""Digits of a numerator or denominator: below Python's own limit for reading integers (4300)."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_MORE_DIGITS = f"{{0,{MAX_FRACTION_DIGITS - 1}}}"
_FRACTION = re.compile(rf"(0|[1-9][0-9]{_MORE_DIGITS})/([1-9][0-9]{_MORE_DIGITS})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


def text(maximum: int = MAX_TEXT, minimum: int = 1) -> Check:
    """A string of `minimum` to `maximum` characters."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or not minimum <= len(value) <= maximum:
            raise ShapeError(f"{path} must be text of {minimum} to {maximum} characters")

    return check


def constant(expected: Any) -> Check:
    """Exactly this value."""

    def check(value: Any, path: str) -> None:
        if type(value) is not type(expected) or value != expected:
            raise ShapeError(f"{path} must be {expected!r}")

    return check


def one_of(*names: str) -> Check:
    """One of these strings."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or value not in names:
            raise ShapeError(f"{path} must be one of {', '.join(names)}")

    return check


def integer(minimum: int = 0, maximum: int = 2**53 - 1) -> Check:
    """An integer in a closed range; true and false are none."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise ShapeError(f"{path} must be an integer from {minimum} to {maximum}")

    return check


def pattern(expression: re.Pattern[str], meaning: str) -> Check:
    """A string that matches the whole expression; `meaning` completes "must be ..."."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or not expression.fullmatch(value):
            raise ShapeError(f"{path} must be {meaning}")

    return check


sha256_hex: Check = pattern(_DIGEST, "a sha256 digest in 64 lower-case hexadecimal digits")
decimal: Check = pattern(_DECIMAL, 'a decimal number in a string, such as "-14.02"')
number_text: Check = pattern(_NUMBER, "a whole number in a string")


def timestamp(value: Any, path: str) -> None:
    """A UTC time to the second in the form 2026-11-22T14:00:00Z (RFC 3339, one form of it)."""
    try:
        parse_time(value)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"{path} must be a UTC time such as 2026-11-22T14:00:00Z") from error


def parse_time(value: str) -> datetime:
    """The time that a checked timestamp stands for.

    Raises:
        ValueError, TypeError: when it is in any other form.
    """
    if not _TIME.fullmatch(value):
        raise ValueError("not a UTC time to the second")
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def format_time(moment: datetime) -> str:
    """A time as records write it: UTC, cut to the second.

    Raises:
        ShapeError: when the time has no zone.
    """
    if moment.tzinfo is None:
        raise ShapeError("a time without a zone cannot be recorded")
    utc = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return f"{utc.isoformat()}Z"


def fraction(value: Any, path: str) -> None:
    """An exact share from 0/1 to 1/1 in lowest terms, such as "3/8"."""
    if isinstance(value, str) and (found := _FRACTION.fullmatch(value)):
        share = Fraction(int(found[1]), int(found[2]))
        if share <= 1 and format_fraction(share) == value:
            return
    raise ShapeError(f"{path} must be an exact share from 0/1 to 1/1 in lowest terms")


def format_fraction(share: Fraction) -> str:
    """A share as records write it: "n/d" in lowest terms, so 0/1 and 1/1 for none and all."""
    return f"{share.numerator}/{share.denominator}"


def base64_bytes(minimum: int, maximum: int) -> Check:
    """Canonical base64 of `minimum` to `maximum` bytes."""

    def check(value: Any, path: str) -> None:
        try:
            size = len(decode_base64(value)) if isinstance(value, str) else -1
        except EncodingError as error:
            raise ShapeError(f"{path} must be canonical base64: {error}") from error
        if not minimum <= size <= maximum:
            raise ShapeError(f"{path} must be base64 of {minimum} to {maximum} bytes")

    return check


def nullable(inner: Check) -> Check:
    """null, or what `inner` accepts."""

    def check(value: Any, path: str) -> None:
        if value is not None:
            inner(value, path)

    return check


def array(inner: Check, minimum: int = 0, maximum: int = MAX_ITEMS) -> Check:
    """An array of `minimum` to `maximum` entries, each of which `inner` accepts."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list) or not minimum <= len(value) <= maximum:
            raise ShapeError(f"{path} must be an array of {minimum} to {maximum} entries")
        for index, item in enumerate(value):
            inner(item, f"{path}[{index}]")

    return check


def mapping(value: Any, path: str) -> None:
    """Any object."""
    if not isinstance(value, dict):
        raise ShapeError(f"{path} must be an object")


def mapping_of(inner: Check, minimum: int = 0) -> Check:
    """An object of any keys, each of whose values `inner` accepts."""

    def check(value: Any, path: str) -> None:
        mapping(value, path)
        if len(value) < minimum:
            raise ShapeError(f"{path} must have at least {minimum} entries")
        for key, item in value.items():
            inner(item, f"{path}.{key}")

    return check


def closed(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and no others."""
    known = {**required, **(optional or {})}
    fields = open_object(required, optional)

    def check(value: Any, path: str) -> None:
        fields(value, path)
        for name in value:
            if name not in known:
                raise ShapeError(f"{path} has the unknown field {name!a}")

    return check


def open_object(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None
) -> Check:
    """An object with at least these fields; fields it does not name are allowed."""

    def check(value: Any, path: str) -> None:
        mapping(value, path)
        for name, inner in required.items():
            if name not in value:
                raise ShapeError(f"{path} lacks the field {name!r}")
            inner(value[name], f"{path}.{name}")
        for name, inner in (optional or {}).items():
            if name in value:
                inner(value[name], f"{path}.{name}")

    return check
