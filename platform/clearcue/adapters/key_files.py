"""One private key in one file: PKCS#8 PEM of mode 0600, encrypted when a passphrase is given."""

import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from clearcue.errors import ClearcueError
from clearcue.files import sync_folder
from clearcue_provenance.keys import ED25519, PublicKey

_MAX_PEM_BYTES = 16_384
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class KeyringError(ClearcueError):
    """The keys cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A signer over a private key in memory. Its text form does not show the private key."""

    public_key: PublicKey
    _private: PrivateKey = field(repr=False)

    @property
    def key_id(self) -> str:
        """The fingerprint of the public key."""
        return self.public_key.key_id

    @property
    def algorithm(self) -> str:
        """The one algorithm of the key."""
        return self.public_key.algorithm

    def sign(self, message: bytes) -> bytes:
        """The signature over exactly these bytes."""
        if isinstance(self._private, ed25519.Ed25519PrivateKey):
            return self._private.sign(message)
        return self._private.sign(message, ec.ECDSA(SHA256()))

    def clear_pem(self) -> bytes:
        """The private key in clear text, for a library that signs in this process's memory."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_key(algorithm: str) -> PrivateKey:
    """A fresh key of an algorithm."""
    if algorithm == ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def write_key(path: Path, key: PrivateKey, passphrase: bytes | None) -> None:
    """Put a key's file in place, encrypted when there is a passphrase."""
    encryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    write_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), 0o600)


def read_key(path: Path, passphrase: bytes | None) -> tuple[PrivateKey, bool]:
    """The key in a file, and whether it lay there encrypted.

    Raises:
        KeyringError: when others may read the file, the passphrase does not open it, or it holds
            something else.
    """
    refuse_wider_mode(path)
    with path.open("rb") as file:
        pem = file.read(_MAX_PEM_BYTES)
    encrypted = b"ENCRYPTED" in pem
    if encrypted and passphrase is None:
        raise KeyringError(f"{path} is encrypted: set CLEARCUE_KEY_PASSPHRASE")
    try:
        key = load_pem_private_key(pem, passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        advice = "check the passphrase" if encrypted else "restore it from a backup"
        raise KeyringError(f"{path} cannot be read as a private key: {advice}") from error
    if not isinstance(key, PrivateKey):
        raise KeyringError(f"{path} holds a key that is neither Ed25519 nor P-256")
    return key, encrypted


def valid_from(path: Path) -> datetime:
    """From when a key may sign, as its file's name says.

    Raises:
        KeyringError: when the file is named otherwise.
    """
    try:
        return datetime.strptime(path.stem.split("-", 1)[1], _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise KeyringError(
            f"{path} is not named as a key file: PURPOSE-YYYYMMDDTHHMMSSZ.pem"
        ) from error


def refuse_wider_mode(path: Path) -> None:
    """Refuse a file or folder that others may read.

    Raises:
        KeyringError: saying what to run.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeyringError(
            f"{path} may be read by others (mode {mode:04o}): "
            f"run chmod {'700' if path.is_dir() else '600'} on it"
        )


def write_file(path: Path, data: bytes, mode: int) -> None:
    """Put a whole file in place, synced, with this mode; the caller holds the lock.

    The temporary file has one name, so that a killed process leaves no second copy of a key.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
