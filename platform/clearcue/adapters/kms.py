"""Signing with keys that never leave a key management service.

`KmsClient` is what such a service offers, in the shape of those in use: a public key by name, and a
signature over a message by name and algorithm. A client for one of them is a few lines around its
own library. `KmsSigner` binds one key to one algorithm, and checks every signature before it hands
it on: what comes back is believed no more than what comes from a bundle.
"""

from dataclasses import dataclass
from typing import Protocol

from clearcue.adapters.key_files import KeyringError
from clearcue_provenance import trust
from clearcue_provenance.errors import KeyMaterialError
from clearcue_provenance.keys import PublicKey, Signer, load_public_key


class KmsClient(Protocol):
    """A key management service. Its methods raise OSError when it cannot be reached."""

    def get_public_key(self, name: str) -> bytes:
        """The SubjectPublicKeyInfo of a key, in DER."""
        ...

    def sign(self, name: str, algorithm: str, message: bytes) -> bytes:
        """The signature over a message: 64 bytes of Ed25519, or P-256 with SHA-256 as DER."""
        ...


@dataclass(frozen=True, slots=True)
class KmsSigner:
    """A signer whose private key lies in a service. Make it with `open_kms_signer`."""

    client: KmsClient
    name: str
    public_key: PublicKey

    @property
    def key_id(self) -> str:
        """The fingerprint of the public key."""
        return self.public_key.key_id

    @property
    def algorithm(self) -> str:
        """The one algorithm of the key."""
        return self.public_key.algorithm

    def sign(self, message: bytes) -> bytes:
        """The signature over exactly these bytes, checked.

        Raises:
            KeyringError: when the service cannot be reached, or answers with anything else.
        """
        try:
            signature = self.client.sign(self.name, self.algorithm, message)
        except OSError as error:
            raise KeyringError(f"the key service cannot sign with {self.name}: {error}") from error
        if not self.public_key.verifies(signature, message):
            raise KeyringError(
                f"the key service's signature with {self.name} does not verify; nothing was issued"
            )
        return signature


def open_kms_signer(client: KmsClient, name: str) -> KmsSigner:
    """A signer for a named key of a service.

    Raises:
        KeyringError: when the service cannot be reached, or the key is neither Ed25519 nor P-256.
    """
    try:
        return KmsSigner(client, name, load_public_key(client.get_public_key(name)))
    except OSError as error:
        raise KeyringError(f"the key service cannot be reached: {error}") from error
    except KeyMaterialError as error:
        raise KeyringError(f"the key {name} of the key service: {error}") from error


@dataclass(frozen=True, slots=True)
class HeldKeyring:
    """A keyring of signers that are held elsewhere, with the trust root that names their keys.

    Raises:
        KeyringError: when the trust root does not name them.
    """

    records_signer: Signer
    checkpoints_signer: Signer
    c2pa_signer: Signer
    root: trust.TrustRoot

    def __post_init__(self) -> None:
        for signer, purpose in (
            (self.records_signer, trust.RECORDS),
            (self.checkpoints_signer, trust.CHECKPOINTS),
        ):
            if not any(
                one.key.key_id == signer.key_id and one.purpose == purpose for one in self.root.keys
            ):
                raise KeyringError(f"the trust root does not name {signer.key_id} for {purpose}")

    def records(self) -> Signer:
        """The signer for statements."""
        return self.records_signer

    def checkpoints(self) -> Signer:
        """The signer for the log's checkpoints."""
        return self.checkpoints_signer

    def c2pa(self) -> Signer:
        """The signer for C2PA manifests."""
        return self.c2pa_signer

    def trust_root(self) -> trust.TrustRoot:
        """The public half of all keys."""
        return self.root

    def log_origin(self) -> str:
        """The log's name in checkpoints."""
        return self.root.logs[0].origin
