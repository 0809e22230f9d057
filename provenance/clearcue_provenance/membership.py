"""Training sets file by file: the list of their members, and the proof that a work is one of them.

Specified in docs/formats/training-set.md. A training set is a Merkle tree after RFC 6962: leaf 0 is
the head, every further leaf is a work. Both files hold the bundle of the set's signed statement,
whose root the leaves must lead to, so that either can be checked alone. Both have one canonical
encoding; nothing about them is true before `ledger.verify` has checked the bundle too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clearcue_provenance import bundle, canonical, shape
from clearcue_provenance.errors import EncodingError, MembershipError, ProvenanceError, ShapeError
from clearcue_provenance.merkle import (
    HASH_BYTES,
    MAX_PROOF_HASHES,
    inclusion_proof,
    leaf_hash,
    merkle_root,
    nodes_of,
    root_from_inclusion,
)

PROOF_TYPE = "urn:clearcue:training-set-membership:v1"
LIST_TYPE = "urn:clearcue:training-set-members:v1"
MAX_PROOF_BYTES = bundle.MAX_BUNDLE_BYTES + 2**20
MAX_LIST_BYTES = 64 * 2**20
MAX_LEAF_BYTES = 4096

_HASH = shape.base64_bytes(HASH_BYTES, HASH_BYTES)
_PROOF_SHAPE = shape.closed(
    {
        "bundle": shape.mapping,
        "index": shape.integer(1),
        "leaf": shape.text(MAX_LEAF_BYTES),
        "proof": shape.array(_HASH, maximum=MAX_PROOF_HASHES),
        "type": shape.constant(PROOF_TYPE),
    }
)
_LIST_SHAPE = shape.closed(
    {
        "bundle": shape.mapping,
        "leaves": shape.array(shape.text(MAX_LEAF_BYTES), minimum=2),
        "type": shape.constant(LIST_TYPE),
    }
)
_NAME = shape.text(512)
_MEMBER_SHAPE = shape.closed(
    {"licence": _NAME, "sha256": shape.sha256_hex, "verdict": _NAME, "work_id": _NAME}
)
_HEAD_SHAPE = shape.closed(
    dict.fromkeys(("engine_version", "format", "policy", "policy_version"), _NAME)
)


@dataclass(frozen=True, slots=True)
class Member:
    """A work as a leaf states it; `sha256` is that of the work's file, in hexadecimal."""

    work_id: str
    sha256: str
    licence: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A parsed membership proof; `index` counts leaves, so the first work has 1."""

    bundle: bytes
    index: int
    leaf: bytes
    proof: tuple[bytes, ...]
    member: Member


@dataclass(frozen=True, slots=True)
class MemberList:
    """A parsed list of members: the head's fields, and the works in the order of the tree."""

    bundle: bytes
    leaves: tuple[bytes, ...]
    head: dict[str, str]
    members: tuple[Member, ...]


def make_proof(stored_bundle: bytes, leaves: Sequence[bytes], index: int) -> bytes:
    """The stored bytes of a membership proof for the leaf of that index.

    Raises:
        ProvenanceError: when the index is not a work's, or a leaf cannot stand in one.
    """
    nodes = nodes_of([leaf_hash(leaf) for leaf in leaves])
    value = {
        "bundle": canonical.parse(stored_bundle, bundle.MAX_BUNDLE_BYTES),
        "index": index,
        "leaf": leaves[index].decode(),
        "proof": [
            canonical.encode_base64(item) for item in inclusion_proof(index, len(leaves), nodes)
        ],
        "type": PROOF_TYPE,
    }
    data = canonical.encode(value)
    parse_proof(data)
    return data


def make_list(stored_bundle: bytes, leaves: Sequence[bytes]) -> bytes:
    """The stored bytes of a list of members.

    Raises:
        ProvenanceError: when a leaf cannot stand in one.
    """
    value = {
        "bundle": canonical.parse(stored_bundle, bundle.MAX_BUNDLE_BYTES),
        "leaves": [leaf.decode() for leaf in leaves],
        "type": LIST_TYPE,
    }
    data = canonical.encode(value)
    parse_list(data)
    return data


def parse_proof(stored: bytes) -> Membership:
    """The membership proof in stored bytes; the proof is not followed yet.

    Raises:
        MembershipError: when they are not one canonical proof.
    """
    value = _parsed(stored, MAX_PROOF_BYTES, _PROOF_SHAPE)
    leaf = value["leaf"].encode()
    return Membership(
        canonical.encode(value["bundle"]),
        value["index"],
        leaf,
        tuple(canonical.decode_base64(text) for text in value["proof"]),
        _member(leaf),
    )


def parse_list(stored: bytes) -> MemberList:
    """The list of members in stored bytes; its root is not computed yet.

    Raises:
        MembershipError: when they are not one canonical list.
    """
    value = _parsed(stored, MAX_LIST_BYTES, _LIST_SHAPE)
    leaves = tuple(text.encode() for text in value["leaves"])
    return MemberList(
        canonical.encode(value["bundle"]),
        leaves,
        _leaf(leaves[0], _HEAD_SHAPE),
        tuple(_member(leaf) for leaf in leaves[1:]),
    )


def check_proof(membership: Membership, root: str, works: int) -> None:
    """Return when the proof leads from the leaf to the root of a set of so many works.

    Raises:
        MembershipError: when it does not.
    """
    try:
        found = root_from_inclusion(
            leaf_hash(membership.leaf), membership.index, works + 1, membership.proof
        )
    except ProvenanceError as error:
        raise MembershipError("the proof does not fit a training set of that size") from error
    if found.hex() != root:
        raise MembershipError("the proof does not lead to the training set's root")


def check_list(listed: MemberList, root: str, works: int, head: dict[str, str]) -> None:
    """Return when the leaves make up the root of a set of so many works with that head.

    Raises:
        MembershipError: when they do not.
    """
    if len(listed.members) != works or merkle_root(listed.leaves).hex() != root:
        raise MembershipError("the listed works do not make up the training set's root")
    if listed.head != head:
        raise MembershipError("the head of the list is not what the statement says")


def _parsed(stored: bytes, maximum: int, check: shape.Check) -> Any:
    try:
        value = canonical.parse(stored, maximum)
        check(value, "membership")
    except (EncodingError, ShapeError) as error:
        raise MembershipError(str(error)) from error
    return value


def _leaf(leaf: bytes, check: shape.Check) -> dict[str, str]:
    try:
        value: dict[str, str] = canonical.parse(leaf, MAX_LEAF_BYTES)
        check(value, "leaf")
    except (EncodingError, ShapeError) as error:
        raise MembershipError(f"a leaf of the training set cannot be read: {error}") from error
    return value


def _member(leaf: bytes) -> Member:
    return Member(**_leaf(leaf, _MEMBER_SHAPE))
