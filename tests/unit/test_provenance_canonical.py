"""The canonical JSON encoding: one text a value, and every other text refused."""

import pytest

from clearcue_provenance import canonical
from clearcue_provenance.errors import EncodingError


def test_encoding_follows_the_rules_by_hand() -> None:
    """Keys are sorted, nothing is spaced, and only what JSON demands is escaped."""
    value = {"b": [1, -2, None, True], "a": 'é"\\/\n\x01\x7f', "A": {}}
    expected = '{"A":{},"a":"é\\"\\\\/\\n\\u0001\x7f","b":[1,-2,null,true]}'
    assert canonical.encode(value) == expected.encode("utf-8")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b'{"b":1,"a":1}', "canonical"),
        (b'{"a": 1}', "canonical"),
        (b'{"a":1}\n', "canonical"),
        (b'{"a":1.0}', "not an integer"),
        (b'{"a":1e3}', "not an integer"),
        (b'{"a":NaN}', "not an integer"),
        (b'{"a":-0}', "canonical"),
        (b'{"a":9007199254740992}', "range"),
        (b'{"a":' + b"9" * 5000 + b"}", "range"),
        (b'{"a":"\\u00e9"}', "canonical"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"\xc3\xa9":1}', "ASCII"),
        (b'{"":1}', "ASCII"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"\xff", "UTF-8"),
        (b"", "not JSON"),
        (b"[" * 33 + b"]" * 33, "deeper"),
        (b"[" * 100_000, "deeper"),
    ],
)
def test_any_other_bytes_are_refused(data: bytes, words: str) -> None:
    """Bytes outside the one encoding raise, and the message says why."""
    with pytest.raises(EncodingError, match=words):
        canonical.parse(data, 2**20)


def test_a_size_limit_comes_before_everything() -> None:
    """More bytes than allowed are refused unread."""
    with pytest.raises(EncodingError, match="larger than 3 bytes"):
        canonical.parse(b"[[]]", 3)


@pytest.mark.parametrize("value", [1.5, {"a": b"x"}, {1: 2}, "\ud800", 2**53, {"é": 1}])
def test_a_value_without_an_encoding_is_refused(value: object) -> None:
    """Fractions, bytes, lone surrogates and numbers that JSON readers lose have no encoding."""
    with pytest.raises(EncodingError):
        canonical.encode(value)


@pytest.mark.parametrize("text", ["YQ", "YR==", "YQ==\n", " YQ==", "YQ=", "Y_==", "é", "YQ==YQ=="])
def test_base64_has_one_text(text: str) -> None:
    """Missing padding, stray bits, white space and other alphabets are refused."""
    with pytest.raises(EncodingError):
        canonical.decode_base64(text)
    assert canonical.decode_base64("YQ==") == b"a"
