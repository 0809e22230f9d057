"""The bundle: an envelope with the proof that the log holds it. See docs/formats/bundle.md.

The JSON shape is that of a Sigstore bundle v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto)
with a public key's hint, one log entry and a DSSE envelope. bundle.json, licence.json and
delivery.json have it. There is one encoding, and every field follows from six values: envelope,
public key, log index, proof, checkpoint and the log's id. `check_fields` makes the bundle again
from them and compares bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clearcue_provenance import canonical, checkpoint, envelope, leaf, shape
from clearcue_provenance.errors import EncodingError, LogProofError, ProvenanceError, ShapeError
from clearcue_provenance.keys import PublicKey
from clearcue_provenance.merkle import (
    HASH_BYTES,
    MAX_PROOF_HASHES,
    leaf_hash,
    root_from_inclusion,
)

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_BUNDLE_BYTES = 16 * 2**20
START = b'{"dsseEnvelope":'
"""The first bytes of every bundle."""

_HASH = shape.base64_bytes(HASH_BYTES, HASH_BYTES)
_ENTRY_SHAPE = shape.closed(
    {
        "canonicalizedBody": shape.base64_bytes(1, leaf.MAX_LEAF_BYTES),
        "inclusionProof": shape.closed(
            {
                "checkpoint": shape.closed(
                    {"envelope": shape.text(checkpoint.MAX_CHECKPOINT_BYTES)}
                ),
                "hashes": shape.array(_HASH, maximum=MAX_PROOF_HASHES),
                "logIndex": shape.number_text,
                "rootHash": _HASH,
                "treeSize": shape.number_text,
            }
        ),
        "kindVersion": shape.closed(
            {"kind": shape.constant(leaf.KIND), "version": shape.constant(leaf.VERSION)}
        ),
        "logId": shape.closed({"keyId": _HASH}),
        "logIndex": shape.number_text,
    }
)
_MATERIAL_SHAPE = shape.closed(
    {
        "publicKey": shape.closed({"hint": shape.sha256_hex}),
        "tlogEntries": shape.array(_ENTRY_SHAPE, minimum=1, maximum=1),
    }
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A parsed bundle. Nothing about it is true before it is verified.

    `index` is the leaf's place in the log, `proof` the audit path, `body` the leaf's bytes,
    `log_id` the identity of the log's key that the bundle names.
    """

    stored: bytes
    envelope: envelope.Envelope
    hint: str
    index: int
    proof: tuple[bytes, ...]
    root: bytes
    checkpoint: checkpoint.Checkpoint
    body: bytes
    log_id: bytes

    @property
    def digest(self) -> str:
        """sha256 of the stored envelope: the record digest that other statements name."""
        return self.envelope.digest


def make(
    stored_envelope: bytes,
    key: PublicKey,
    *,
    index: int,
    proof: Sequence[bytes],
    stored_checkpoint: bytes,
    log_id: bytes,
) -> bytes:
    """The stored bytes of a bundle.

    Args:
        stored_envelope: the envelope, byte for byte as it was signed and stored.
        key: the public key that the envelope was signed with.
        index: the leaf's place in the log, from 0.
        proof: the audit path from the leaf to the checkpoint's root, lowest hash first.
        stored_checkpoint: the signed checkpoint.
        log_id: 32 bytes, `checkpoint.log_id(origin, checkpoint key)`.

    Raises:
        EnvelopeError: when the envelope was not signed with the key.
        LogProofError: when the proof does not lead from the leaf to the checkpoint's root.
    """
    signed = envelope.parse(stored_envelope)
    envelope.verify(signed, key)
    head = checkpoint.parse(stored_checkpoint)
    body = leaf.body_of(signed, key)
    if root_from_inclusion(leaf_hash(body), index, head.size, proof) != head.root:
        raise LogProofError("the proof does not lead to the checkpoint's root hash")
    return _encode(signed, key.key_id, index, proof, head, body, log_id)


def parse(stored: bytes) -> Bundle:
    """The bundle in stored bytes.

    Raises:
        ProvenanceError: when they are not one canonical bundle; its `check` says in which part, as
            far as that can be told: "envelope", "log proof" or "bundle".
    """
    try:
        value = canonical.parse(stored, MAX_BUNDLE_BYTES)
    except EncodingError as error:
        raise ProvenanceError(str(error), check=_part_at(stored, error.offset)) from error
    _check_shape(value)
    entry = value["verificationMaterial"]["tlogEntries"][0]
    proof = entry["inclusionProof"]
    head = checkpoint.parse(proof["checkpoint"]["envelope"].encode("utf-8"))
    if int(proof["treeSize"]) != head.size:
        raise LogProofError("the bundle and its checkpoint name different log sizes")
    if proof["logIndex"] != entry["logIndex"]:
        raise LogProofError("the bundle names two different places in the log")
    return Bundle(
        stored,
        envelope.parse(canonical.encode(value["dsseEnvelope"])),
        value["verificationMaterial"]["publicKey"]["hint"],
        int(entry["logIndex"]),
        tuple(canonical.decode_base64(text) for text in proof["hashes"]),
        canonical.decode_base64(proof["rootHash"]),
        head,
        canonical.decode_base64(entry["canonicalizedBody"]),
        canonical.decode_base64(entry["logId"]["keyId"]),
    )


def check_inclusion(bundle: Bundle, key: PublicKey) -> None:
    """Return when the leaf is this envelope's and the proof leads to the checkpoint's root.

    The caller must still verify the envelope with the key, and the checkpoint with the log's key.

    Raises:
        LogProofError: when the leaf is another's, or the proof leads elsewhere.
    """
    if leaf.body_of(bundle.envelope, key) != bundle.body:
        raise LogProofError("the log's leaf is not that of this envelope and key")
    root = root_from_inclusion(
        leaf_hash(bundle.body), bundle.index, bundle.checkpoint.size, bundle.proof
    )
    if root != bundle.checkpoint.root or root != bundle.root:
        raise LogProofError("the proof does not lead to the checkpoint's root hash")


def check_fields(bundle: Bundle, key: PublicKey, log_id: bytes) -> None:
    """Return when no field of the bundle differs from what the verified values make of it.

    Raises:
        LogProofError: when a field states something else, such as another log id or another hint.
    """
    if bundle.hint != key.key_id:
        raise ProvenanceError("the bundle's key hint is not the signer's", check="envelope")
    if bundle.log_id != log_id:
        raise LogProofError("the bundle names another log key than the checkpoint's")
    again = _encode(
        bundle.envelope,
        key.key_id,
        bundle.index,
        bundle.proof,
        bundle.checkpoint,
        bundle.body,
        log_id,
    )
    if again != bundle.stored:
        raise ProvenanceError("the bundle holds bytes that nothing accounts for", check="bundle")


def _encode(
    signed: envelope.Envelope,
    hint: str,
    index: int,
    proof: Sequence[bytes],
    head: checkpoint.Checkpoint,
    body: bytes,
    log_id: bytes,
) -> bytes:
    inclusion = {
        "checkpoint": {"envelope": head.stored.decode("utf-8")},
        "hashes": [canonical.encode_base64(item) for item in proof],
        "logIndex": str(index),
        "rootHash": canonical.encode_base64(head.root),
        "treeSize": str(head.size),
    }
    entry = {
        "canonicalizedBody": canonical.encode_base64(body),
        "inclusionProof": inclusion,
        "kindVersion": {"kind": leaf.KIND, "version": leaf.VERSION},
        "logId": {"keyId": canonical.encode_base64(log_id)},
        "logIndex": str(index),
    }
    return canonical.encode(
        {
            "dsseEnvelope": canonical.parse(signed.stored, envelope.MAX_ENVELOPE_BYTES),
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": [entry]},
        }
    )


def _check_shape(value: Any) -> None:
    anything = shape.mapping
    outer = {
        "dsseEnvelope": anything,
        "mediaType": shape.constant(MEDIA_TYPE),
        "verificationMaterial": anything,
    }
    try:
        shape.closed(outer)(value, "bundle")
    except ShapeError as error:
        raise ProvenanceError(str(error), check="bundle") from error
    try:
        envelope.ENVELOPE_SHAPE(value["dsseEnvelope"], "dsseEnvelope")
    except ShapeError as error:
        raise ProvenanceError(str(error), check="envelope") from error
    try:
        _MATERIAL_SHAPE(value["verificationMaterial"], "verificationMaterial")
    except ShapeError as error:
        raise LogProofError(str(error)) from error


def _part_at(stored: bytes, offset: int | None) -> str:
    """Which part of a bundle a byte lies in, as far as the damaged bytes tell."""
    middle, end = stored.find(b',"mediaType":'), stored.find(b',"verificationMaterial":')
    if offset is None or not stored.startswith(START):
        return "bundle"
    if middle > 0 and offset < middle:
        return "envelope"
    return "log proof" if 0 < end <= offset else "bundle"
