"""A key management service in memory: keys by name, which are never handed out."""

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clearcue_provenance.keys import ED25519


class FakeKms:
    """The service. `down` makes it unreachable, `lying` makes it sign something else."""

    def __init__(self) -> None:
        self._keys: dict[str, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey] = {
            "records": ec.generate_private_key(ec.SECP256R1()),
            "checkpoints": ed25519.Ed25519PrivateKey.generate(),
        }
        self.down = self.lying = False

    def get_public_key(self, name: str) -> bytes:
        """The SubjectPublicKeyInfo of a key."""
        if self.down:
            raise OSError("no route to the service")
        public = self._keys[name].public_key()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, name: str, algorithm: str, message: bytes) -> bytes:
        """A signature, of the algorithm that the key is for."""
        if self.down:
            raise OSError("no route to the service")
        key, message = self._keys[name], message + b"!" * self.lying
        assert isinstance(key, ed25519.Ed25519PrivateKey) == (algorithm == ED25519)
        if isinstance(key, ed25519.Ed25519PrivateKey):
            return key.sign(message)
        return key.sign(message, ec.ECDSA(SHA256()))
