"""The leaf of the log: hashes, a signature and a public key, and nothing of what was signed.

A leaf is the canonical JSON of a Rekor v2 `dsse` 0.0.2 log entry (sigstore/rekor-tiles,
api/proto/rekor/v2/dsse.proto), so that existing Sigstore verifiers can read it. Specified in
docs/formats/log.md. A leaf follows from the envelope and the key; a verifier makes it again and
compares the bytes.
"""

import hashlib

from clearcue_provenance import canonical, envelope, shape
from clearcue_provenance.errors import EncodingError, LogProofError, ShapeError
from clearcue_provenance.keys import (
    ECDSA_P256,
    ED25519,
    MAX_SPKI_BYTES,
    PublicKey,
    load_public_key,
)

KIND = "dsse"
VERSION = "0.0.2"
MAX_LEAF_BYTES = 4096

_KEY_DETAILS = {ED25519: "PKIX_ED25519", ECDSA_P256: "PKIX_ECDSA_P256_SHA_256"}

_LEAF_SHAPE = shape.closed(
    {
        "apiVersion": shape.constant(VERSION),
        "kind": shape.constant(KIND),
        "spec": shape.closed(
            {
                "dsseV002": shape.closed(
                    {
                        "payloadHash": shape.closed(
                            {
                                "algorithm": shape.constant("SHA2_256"),
                                "digest": shape.base64_bytes(32, 32),
                            }
                        ),
                        "signatures": shape.array(
                            shape.closed(
                                {
                                    "content": shape.base64_bytes(1, envelope.MAX_SIGNATURE_BYTES),
                                    "verifier": shape.closed(
                                        {
                                            "keyDetails": shape.one_of(*_KEY_DETAILS.values()),
                                            "publicKey": shape.closed(
                                                {"rawBytes": shape.base64_bytes(1, MAX_SPKI_BYTES)}
                                            ),
                                        }
                                    ),
                                }
                            ),
                            minimum=1,
                            maximum=1,
                        ),
                    }
                )
            }
        ),
    }
)


def leaf_body(stored_envelope: bytes, key: PublicKey) -> bytes:
    """The leaf for an envelope that was signed with this key.

    Raises:
        EnvelopeError: when the bytes are no envelope, or were not signed with the key.
    """
    signed = envelope.parse(stored_envelope)
    envelope.verify(signed, key)
    return body_of(signed, key)


def body_of(signed: envelope.Envelope, key: PublicKey) -> bytes:
    """The leaf for a parsed envelope; the signature is not checked here."""
    digest = hashlib.sha256(signed.payload).digest()
    entry = {
        "content": canonical.encode_base64(signed.signature),
        "verifier": {
            "keyDetails": _KEY_DETAILS[key.algorithm],
            "publicKey": {"rawBytes": canonical.encode_base64(key.spki)},
        },
    }
    payload_hash = {"algorithm": "SHA2_256", "digest": canonical.encode_base64(digest)}
    return canonical.encode(
        {
            "apiVersion": VERSION,
            "kind": KIND,
            "spec": {"dsseV002": {"payloadHash": payload_hash, "signatures": [entry]}},
        }
    )


def stated_key(body: bytes) -> PublicKey:
    """The public key that a leaf states. It is a claim of the leaf's, not a trusted key.

    Raises:
        LogProofError: when the bytes are not a leaf.
        KeyMaterialError: when the key in it cannot be read.
    """
    try:
        value = canonical.parse(body, MAX_LEAF_BYTES)
        _LEAF_SHAPE(value, "leaf")
    except (EncodingError, ShapeError) as error:
        raise LogProofError(f"the log's leaf is {error}") from error
    verifier = value["spec"]["dsseV002"]["signatures"][0]["verifier"]
    key = load_public_key(canonical.decode_base64(verifier["publicKey"]["rawBytes"]))
    if _KEY_DETAILS[key.algorithm] != verifier["keyDetails"]:
        raise LogProofError("the log's leaf names another algorithm than its key has")
    return key
