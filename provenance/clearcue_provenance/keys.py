"""Public keys bound to one algorithm, and what a signer must offer.

Two algorithms: "ed25519" (RFC 8032) and "ecdsa-p256-sha256" (FIPS 186-5, signature as DER). A key
is known by its SubjectPublicKeyInfo in DER (RFC 5280, section 4.1.2.7) and named by its
fingerprint, the sha256 of those bytes in hexadecimal, which is its `key_id`. The algorithm follows
from the key and is never read from a signature.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from clearcue_provenance.errors import KeyMaterialError

ED25519 = "ed25519"
ECDSA_P256 = "ecdsa-p256-sha256"
ALGORITHMS = (ED25519, ECDSA_P256)
MAX_SPKI_BYTES = 256
"""A P-256 key takes 91 bytes, an Ed25519 key 44."""

_RawKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


class Signer(Protocol):
    """Something that signs: a key file, a process of its own, or a key management service."""

    @property
    def public_key(self) -> "PublicKey":
        """The key that verifies what `sign` returns."""
        ...

    @property
    def key_id(self) -> str:
        """`public_key.key_id`."""
        ...

    @property
    def algorithm(self) -> str:
        """`public_key.algorithm`."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over exactly these bytes."""
        ...


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key and the one algorithm it may be used with. Make it with `load_public_key`."""

    algorithm: str
    spki: bytes

    @property
    def key_id(self) -> str:
        """The fingerprint: sha256 of the SubjectPublicKeyInfo, 64 hexadecimal digits."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def raw(self) -> bytes:
        """The 32 bytes of an Ed25519 key (RFC 8032), or the uncompressed point of a P-256 key."""
        key = _load(self.spki)
        if isinstance(key, ed25519.Ed25519PublicKey):
            return key.public_bytes_raw()
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether the signature over the message was made with this key and algorithm."""
        key = _load(self.spki)
        try:
            if isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, message)
            else:
                key.verify(signature, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def load_public_key(spki: bytes, algorithm: str | None = None) -> PublicKey:
    """The key in these DER bytes, checked to be of `algorithm` where one is given.

    Raises:
        KeyMaterialError: when the bytes are no such key, or not its one encoding.
    """
    key = _load(spki)
    found = ED25519 if isinstance(key, ed25519.Ed25519PublicKey) else ECDSA_P256
    if algorithm is not None and algorithm != found:
        raise KeyMaterialError(f"a key stated to be {algorithm} is {found}")
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
        raise KeyMaterialError("a public key that is not in its canonical DER encoding")
    return PublicKey(found, spki)


def public_key_of(key: _RawKey) -> PublicKey:
    """The `PublicKey` of one of cryptography's key objects.

    Raises:
        KeyMaterialError: for a curve other than P-256.
    """
    return load_public_key(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _load(spki: bytes) -> _RawKey:
    if len(spki) > MAX_SPKI_BYTES:
        raise KeyMaterialError(f"a public key of more than {MAX_SPKI_BYTES} bytes")
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyMaterialError("bytes that are not a public key") from error
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyMaterialError("a public key that is neither Ed25519 nor P-256")
