"""Properties of the record format: round trips, fuzzed parsers, no flipped byte that verifies."""

import io
import json
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from make_provenance_vectors import (
    FILES,
    NOW,
    RECORDS,
    WITNESSES,
    bundles,
    cosigned,
    example_set,
    rooted_root,
    status_file,
    trust_root,
)

from clearcue_provenance import (
    bundle,
    canonical,
    checkpoint,
    envelope,
    leaf,
    merkle,
    shape,
    statement,
    status,
    tiles,
    trust_file,
    wav,
)
from clearcue_provenance.cli import main
from clearcue_provenance.errors import ProvenanceError
from clearcue_provenance.verify import NamedFile, verify

SET = example_set()
ROOT = trust_root()

keys = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_any_value_has_one_encoding(value: Any) -> None:
    """What is encoded reads back equal, and json.loads agrees on its meaning."""
    data = canonical.encode(value)
    assert canonical.parse(data, len(data)) == value == json.loads(data)
    assert canonical.encode(canonical.parse(data, len(data))) == data


@given(values, st.sampled_from([" ", "\n", "\t"]))
def test_no_other_layout_is_read(value: Any, space: str) -> None:
    """White space before or after the canonical bytes is refused."""
    data = canonical.encode(value)
    for other in (space.encode() + data, data + space.encode()):
        with pytest.raises(ProvenanceError):
            canonical.parse(other, len(other))


@given(st.binary(max_size=200))
def test_base64_round_trip(data: bytes) -> None:
    """Every byte string has one text and that text reads back."""
    assert canonical.decode_base64(canonical.encode_base64(data)) == data


@given(st.fractions(0, 1, max_denominator=10**9))
def test_exact_shares_round_trip(share: Fraction) -> None:
    """Every share from 0 to 1 is written in lowest terms, accepted, and read back exactly."""
    text = shape.format_fraction(share)
    shape.fraction(text, "share")
    assert Fraction(text) == share


@given(
    st.integers(-30_000_000_000, 250_000_000_000).map(
        lambda s: datetime.fromtimestamp(s + 0.5, UTC)
    )
)
def test_times_round_trip_to_the_second(moment: datetime) -> None:
    """A time is written in UTC, cut to the second, and read back."""
    text = shape.format_time(moment)
    shape.timestamp(text, "time")
    assert shape.parse_time(text) == moment.replace(microsecond=0)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=70), st.data())
def test_proofs_of_any_tree_hold(leaves: list[bytes], data: st.DataObject) -> None:
    """In any tree each leaf's path leads to the root, and each older tree is its beginning."""
    hashes = [merkle.leaf_hash(item) for item in leaves]
    size, node = len(leaves), merkle.nodes_of(hashes)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root = merkle.merkle_root(leaves)
    path = merkle.inclusion_proof(index, size, node)
    assert merkle.root_from_inclusion(hashes[index], index, size, path) == root
    merkle.check_consistency(
        old,
        merkle.merkle_root(leaves[:old]),
        size,
        root,
        merkle.consistency_proof(old, size, node),
    )


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=256))
def test_entry_bundles_round_trip(leaves: list[bytes]) -> None:
    """What was put into an entry bundle comes out."""
    assert tiles.decode_entries(tiles.encode_entries(leaves)) == leaves


PARSERS: list[Callable[[bytes], object]] = [
    bundle.parse,
    envelope.parse,
    checkpoint.parse,
    statement.parse,
    trust_file.parse,
    trust_file.parse_unsigned,
    status.is_status,
    leaf.stated_key,
    wav.read_pcm,
    tiles.decode_entries,
    tiles.decode_hashes,
]
GOOD = [
    SET["bundle.json"],
    SET["record.json"],
    bundle.parse(SET["bundle.json"]).checkpoint.stored,
    bundle.parse(SET["bundle.json"]).envelope.payload,
    trust_file.encode(ROOT),
    bundle.parse(SET["bundle.json"]).body,
    FILES["track.wav"],
    tiles.encode_entries([b"a", b"bc"]),
    trust_file.encode(rooted_root()),
    cosigned(SET["bundle.json"], *WITNESSES),
    status_file(),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Good bytes with a piece cut out, doubled, or put in the place of another."""
    data = draw(st.sampled_from(GOOD))
    start = draw(st.integers(0, len(data)))
    stop = draw(st.integers(start, min(len(data), start + 60)))
    piece = draw(
        st.binary(max_size=20) | st.sampled_from([data[start:stop] * 2, b'{"a":1}', b"[]"])
    )
    return data[:start] + piece + data[stop:]


@settings(max_examples=300)
@given(st.binary(max_size=300) | damaged())
def test_every_parser_gives_a_value_or_our_error(data: bytes) -> None:
    """Whatever the bytes, a parser returns or raises ProvenanceError, and nothing else."""
    for parse in PARSERS:
        words = _refusal(parse, data)
        assert words is None or (words and "\n" not in words)


def _refusal(parse: Callable[[bytes], object], data: bytes) -> str | None:
    """The words of our error, or None when the parser returned a value."""
    try:
        parse(data)
    except ProvenanceError as error:
        return str(error)
    return None


@settings(max_examples=200)
@given(damaged(), st.sampled_from(["bundle.json", "licence.json", "delivery.json", "track.wav"]))
def test_no_damaged_bytes_verify(data: bytes, name: str) -> None:
    """In whatever place damaged bytes are given, the report is made and they are not verified."""
    if data in SET.values():
        return
    main = data if name == "bundle.json" else SET["bundle.json"]
    files = [] if name == "bundle.json" else [NamedFile(name, data)]
    report = verify(NamedFile("bundle.json", main), files, ROOT, NOW)
    if name == "track.wav" and report.verified:
        assert wav.read_pcm(data).sha256 == wav.read_pcm(FILES["track.wav"]).sha256
    else:
        assert not report.verified
    assert not verify(NamedFile("bundle.json", main), files, None, NOW).verified


@settings(max_examples=60)
@given(st.binary(max_size=100) | damaged(), st.sampled_from(["bundle", "file", "trust root"]))
def test_the_command_ends_in_an_exit_code(data: bytes, place: str) -> None:
    """Whatever the bytes of its three inputs, the command ends with 1 or 2 and one JSON object."""
    assume(data not in GOOD)
    with tempfile.TemporaryDirectory() as folder:
        inputs = {"bundle": SET["bundle.json"], "file": b"x", "trust root": trust_file.encode(ROOT)}
        inputs[place] = data
        paths = {name: Path(folder) / name for name in inputs}
        for name, content in inputs.items():
            paths[name].write_bytes(content)
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors):
            code = main(
                [
                    str(paths["bundle"]),
                    str(paths["file"]),
                    "--trust-root",
                    str(paths["trust root"]),
                    "--json",
                ]
            )
        assert code in (1, 2)
        assert json.loads(output.getvalue())["verified"] is False


def test_no_flipped_byte_of_a_bundle_verifies() -> None:
    """Every byte of a bundle, with either of two bits flipped, makes it unverified."""
    main = bundles([bundle.parse(SET["bundle.json"]).envelope.payload], RECORDS)[0]
    assert verify(NamedFile("bundle.json", main), [], ROOT, NOW).verified
    survivors = [
        (position, bit)
        for position in range(len(main))
        for bit in (0x01, 0x20)
        if verify(NamedFile("bundle.json", _flipped(main, position, bit)), [], ROOT, NOW).verified
    ]
    assert survivors == []


@pytest.mark.parametrize("name", ["licence.json", "delivery.json", "record.json"])
def test_no_flipped_byte_of_an_attached_file_verifies(name: str) -> None:
    """Every third byte of a licence, a delivery or a record, flipped, is found and named."""
    main = NamedFile("bundle.json", SET["bundle.json"])
    expected = name.removesuffix(".json")
    for position in range(0, len(SET[name]), 3):
        file = NamedFile(name, _flipped(SET[name], position, 0x01))
        report = verify(main, [file], ROOT, NOW)
        assert [c.check for c in report.checks if not c.passed] == [expected], position


def test_no_flipped_byte_of_a_cosigned_bundle_verifies() -> None:
    """Under a trust root that asks for a witness the sweep finds no survivor either."""
    main, root = cosigned(SET["bundle.json"], *WITNESSES), rooted_root(quorum=2)
    assert verify(NamedFile("bundle.json", main), [], root, NOW).verified
    survivors = [
        position
        for position in range(len(main))
        if verify(NamedFile("bundle.json", _flipped(main, position, 1)), [], root, NOW).verified
    ]
    assert survivors == []


def test_no_flipped_byte_of_a_wav_verifies() -> None:
    """Every byte of a small WAV, flipped, makes the audio unverified."""
    main = NamedFile("bundle.json", SET["bundle.json"])
    data = FILES["track.wav"]
    for position in range(len(data)):
        file = NamedFile("track.wav", _flipped(data, position, 0x01))
        report = verify(main, [file], ROOT, NOW)
        assert [c.check for c in report.checks if not c.passed] == ["audio samples"], position


def _flipped(data: bytes, position: int, bit: int) -> bytes:
    return data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]
