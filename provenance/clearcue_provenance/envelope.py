"""The DSSE envelope: signed bytes with one signature. Specified in docs/formats/envelope.md.

After DSSE v1.0 (secure-systems-lab/dsse, protocol.md): the signature covers PAE(payloadType,
payload), the payload's stored bytes. Ours is narrower: exactly one signature, `payloadType` is
always `application/vnd.in-toto+json`, base64 and JSON are canonical, and `keyid` must equal the
fingerprint of the trusted key. A `keyid` finds a key in the trust root; it never brings one.
"""

import hashlib
from dataclasses import dataclass

from clearcue_provenance import canonical, shape
from clearcue_provenance.errors import EncodingError, EnvelopeError, ShapeError
from clearcue_provenance.keys import PublicKey, Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_PAYLOAD_BYTES = 8 * 2**20
"""The largest statement: about 3000 works of influence with 300-digit shares."""
MAX_ENVELOPE_BYTES = 12 * 2**20
MAX_SIGNATURE_BYTES = 128
"""An Ed25519 signature has 64 bytes, a P-256 signature in DER at most 72."""

ENVELOPE_SHAPE = shape.closed(
    {
        "payload": shape.base64_bytes(1, MAX_PAYLOAD_BYTES),
        "payloadType": shape.constant(PAYLOAD_TYPE),
        "signatures": shape.array(
            shape.closed(
                {"keyid": shape.sha256_hex, "sig": shape.base64_bytes(1, MAX_SIGNATURE_BYTES)}
            ),
            minimum=1,
            maximum=1,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A parsed envelope. `stored` is the bytes it was read from, and `payload` those it signs."""

    stored: bytes
    payload: bytes
    key_id: str
    signature: bytes

    @property
    def digest(self) -> str:
        """sha256 of the stored bytes, in hexadecimal: what other statements point at."""
        return hashlib.sha256(self.stored).hexdigest()


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """DSSE's pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, signer: Signer) -> bytes:
    """The stored bytes of an envelope around this payload.

    Raises:
        EnvelopeError: when the payload is empty or larger than `MAX_PAYLOAD_BYTES`.
    """
    if not 1 <= len(payload) <= MAX_PAYLOAD_BYTES:
        raise EnvelopeError(f"a payload must have 1 to {MAX_PAYLOAD_BYTES} bytes")
    signature = signer.sign(pae(payload))
    return canonical.encode(
        {
            "payload": canonical.encode_base64(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": signer.key_id, "sig": canonical.encode_base64(signature)}],
        }
    )


def parse(stored: bytes) -> Envelope:
    """The envelope in stored bytes. Nothing about it is true before `verify`.

    Raises:
        EnvelopeError: when the bytes are not one canonical envelope with one signature.
    """
    try:
        value = canonical.parse(stored, MAX_ENVELOPE_BYTES)
        ENVELOPE_SHAPE(value, "envelope")
    except (EncodingError, ShapeError) as error:
        raise EnvelopeError(str(error)) from error
    entry = value["signatures"][0]
    return Envelope(
        stored,
        canonical.decode_base64(value["payload"]),
        entry["keyid"],
        canonical.decode_base64(entry["sig"]),
    )


def verify(envelope: Envelope, key: PublicKey) -> bytes:
    """The payload, once its signature has verified with a key that the caller trusts.

    The caller must still parse the payload, and decide whether the key was valid at the time.

    Raises:
        EnvelopeError: when the envelope names another key, or the signature does not verify.
    """
    if envelope.key_id != key.key_id:
        raise EnvelopeError(f"the envelope names the key {envelope.key_id}, not {key.key_id}")
    if not key.verifies(envelope.signature, pae(envelope.payload)):
        raise EnvelopeError("the signature does not match the signed bytes")
    return envelope.payload
