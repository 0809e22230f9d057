"""The one JSON encoding of Clearcue's records, and strict parsing of it.

Specified in docs/formats/statement.md. A subset of RFC 8785 (JSON Canonicalization Scheme):

- UTF-8 without a byte order mark, no white space between tokens, no newline at the end;
- object keys are 1 to 64 printable ASCII characters, sorted, each at most once;
- numbers are integers from -(2**53 - 1) to 2**53 - 1; there are no fractions and no exponents
  (a decimal is written as a string such as "-14.02", an exact share as "3/8");
- strings hold Unicode scalar values (no lone surrogate) and escape only what JSON demands.

`parse` accepts those bytes and no others, `parse_lenient` any layout of the same values.
"""

import base64
import binascii
import json
import re
from typing import Any

from clearcue_provenance.errors import EncodingError

MAX_DEPTH = 32
"""Levels of arrays and objects in one another."""
MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly (RFC 7493, section 2.2)."""
MAX_KEY_LENGTH = 64

_KEY = re.compile(rf"[ -~]{{1,{MAX_KEY_LENGTH}}}")
_INTEGER_DIGITS = len(str(MAX_INTEGER))


def encode(value: Any) -> bytes:
    """The canonical bytes of a value made of dict, list, tuple, str, int, bool and None.

    Raises:
        EncodingError: when the value holds anything else, is nested deeper than `MAX_DEPTH`, or has
            an integer or a key outside the permitted range.
    """
    _check(value, MAX_DEPTH)
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode("utf-8")


def parse(data: bytes, max_bytes: int) -> Any:
    """The value that canonical bytes stand for.

    Raises:
        EncodingError: when the bytes are more than `max_bytes`, are not JSON, or are JSON in any
            encoding but the canonical one. Its `offset` is where that was noticed.
    """
    value = parse_lenient(data, max_bytes)
    again = encode(value)
    if again != data:
        offset = next(
            (i for i, (a, b) in enumerate(zip(again, data, strict=False)) if a != b),
            min(len(again), len(data)),
        )
        raise EncodingError(f"not in canonical encoding at byte {offset}", offset=offset)
    return value


def parse_lenient(data: bytes, max_bytes: int) -> Any:
    """The value of JSON bytes in any layout, within the canonical encoding's set of values.

    Raises:
        EncodingError: when the bytes are too many, not UTF-8, not JSON, or hold a duplicate key, a
            fraction, an integer out of range or too many levels.
    """
    if len(data) > max_bytes:
        raise EncodingError(f"larger than {max_bytes} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EncodingError(f"not UTF-8 text at byte {error.start}", offset=error.start) from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object_without_duplicates,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        offset = len(text[: error.pos].encode("utf-8"))
        raise EncodingError(f"not JSON at byte {offset}", offset=offset) from error
    except RecursionError as error:
        raise EncodingError(f"nested deeper than {MAX_DEPTH} levels") from error
    _check(value, MAX_DEPTH)
    return value


def encode_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """The bytes of canonical base64: standard alphabet, full padding, zero trailing bits.

    Raises:
        EncodingError: for any other text, so that one value has one text.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise EncodingError("not base64") from error
    if encode_base64(data) != text:
        raise EncodingError("base64 that is not canonical")
    return data


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise EncodingError(f"the key {key[:MAX_KEY_LENGTH]!r} comes twice in one object")
        result[key] = value
    return result


def _refuse_number(text: str) -> Any:
    raise EncodingError(f"a number that is not an integer: {text[:24]}")


def _integer(text: str) -> int:
    if len(text) > _INTEGER_DIGITS + 1:
        raise EncodingError("an integer outside the range of 2**53")
    return int(text)


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise EncodingError("an integer outside the range of 2**53")
    elif isinstance(value, dict | list | tuple):
        if levels == 0:
            raise EncodingError(f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, dict):
            for key in value:
                if not isinstance(key, str) or not _KEY.fullmatch(key):
                    raise EncodingError(f"a key that is not printable ASCII: {str(key)[:24]!a}")
        for item in value.values() if isinstance(value, dict) else value:
            _check(item, levels - 1)
    else:
        raise EncodingError(f"a value of type {type(value).__name__} has no encoding")


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise EncodingError("a string with a lone surrogate") from error
