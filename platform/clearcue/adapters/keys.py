"""Private keys in files: made on first use, one for records and one for checkpoints.

Below the home folder: `keys/` (mode 0700) with one PKCS#8 PEM file a key (mode 0600), encrypted
when a passphrase is given, and `trust-root.json`, which holds the public half of every key and is
safe to hand out. A key file is named `PURPOSE-VALIDFROM.pem`, so that the trust root can be made
again from the folder; of several keys for one purpose the newest signs. Files or folders that
others may read are refused. A lock lets two processes that start at once make one set of keys.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
from clearcue_provenance import trust
from clearcue_provenance.errors import KeyMaterialError
from clearcue_provenance.keys import PublicKey, public_key_of

KEYS_FOLDER = "keys"
TRUST_ROOT_NAME = "trust-root.json"
ORIGIN_PREFIX = "clearcue/log/"
VALIDITY_MARGIN = timedelta(days=1)
"""A new key may sign what was begun before it was made, and clocks may differ by this much."""

_LOCK_NAME = ".lock"
_TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_MAX_PEM_BYTES = 16_384
_ORIGIN_DIGITS = 16

_PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class KeyringError(ClearcueError):
    """The keys cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A signer over a private key in memory. Its text form does not show the private key."""

    public_key: PublicKey
    _private: _PrivateKey = field(repr=False)

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


class FileKeyring:
    """The keys below a home folder.

    Args:
        directory: the home folder; it is made if it is not there.
        passphrase: encrypts the key files, or None. Key files in clear text are encrypted when a
            passphrase is first given.
        clock: the present time, with a zone; used only when a key is made.

    Every method raises KeyringError when the folder cannot be used: wider modes than the owner's, a
    damaged file, a wrong or missing passphrase, a full disk.
    """

    def __init__(
        self, directory: Path, passphrase: str | None, clock: Callable[[], datetime]
    ) -> None:
        self._home = directory
        self._passphrase = None if passphrase is None else passphrase.encode("utf-8")
        self._clock = clock

    def records(self) -> FileSigner:
        """The signer for records: generation, delivery and licence statements."""
        return self._signer(trust.RECORDS)

    def checkpoints(self) -> FileSigner:
        """The signer for the log's checkpoints."""
        return self._signer(trust.CHECKPOINTS)

    def trust_root(self) -> trust.TrustRoot:
        """The public half of all keys, and the log they sign; made and written on first use."""
        with self._opened():
            return self._current_root()

    def log_origin(self) -> str:
        """The name of this installation's log in checkpoints: it follows from its first key."""
        return self.trust_root().logs[0].origin

    @property
    def trust_root_path(self) -> Path:
        """Where the trust root lies."""
        return self._home / TRUST_ROOT_NAME

    def _signer(self, purpose: str) -> FileSigner:
        with self._opened():
            self._current_root()
            _, private = self._load_all(purpose)[-1]
            return FileSigner(public_key_of(private.public_key()), private)

    @contextmanager
    def _opened(self) -> Iterator[None]:
        """Hold the lock on a key folder that is the owner's alone."""
        folder = self._home / KEYS_FOLDER
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            _refuse_wider_mode(folder)
            lock = os.open(folder / _LOCK_NAME, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(folder, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        except OSError as error:
            raise _unusable(folder, error) from error
        finally:
            os.close(lock)

    def _current_root(self) -> trust.TrustRoot:
        """The trust root that holds every key of the folder, written if that changed it."""
        for purpose in trust.PURPOSES:
            if not self._files(purpose):
                self._make_key(purpose)
        before = self._read_root()
        try:
            root = self._merged(before)
        except KeyMaterialError as error:
            raise KeyringError(f"the keys in {self._home / KEYS_FOLDER}: {error}") from error
        if root != before:
            _write_file(self.trust_root_path, trust.encode(root), 0o644)
        return root

    def _merged(self, before: trust.TrustRoot | None) -> trust.TrustRoot:
        keys = list(before.keys) if before else []
        known = {trusted.key.key_id for trusted in keys}
        checkpoint_ids: list[str] = []
        for purpose in trust.PURPOSES:
            for valid_from, private in self._load_all(purpose):
                key = public_key_of(private.public_key())
                if key.key_id not in known:
                    keys.append(trust.TrustedKey(key, purpose, valid_from))
                if purpose == trust.CHECKPOINTS:
                    checkpoint_ids.append(key.key_id)
        if before is None:
            origin = ORIGIN_PREFIX + checkpoint_ids[0][:_ORIGIN_DIGITS]
            return trust.TrustRoot(tuple(keys), (trust.TrustedLog(origin, tuple(checkpoint_ids)),))
        first, *others = before.logs
        ids = tuple(dict.fromkeys((*first.checkpoint_keys, *checkpoint_ids)))
        return trust.TrustRoot(tuple(keys), (trust.TrustedLog(first.origin, ids), *others))

    def _read_root(self) -> trust.TrustRoot | None:
        try:
            return trust.parse(self.trust_root_path.read_bytes())
        except FileNotFoundError:
            return None
        except KeyMaterialError as error:
            raise KeyringError(
                f"{self.trust_root_path} is damaged ({error}): move it away and it is made again"
            ) from error

    def _files(self, purpose: str) -> list[Path]:
        """The key files of a purpose, oldest first."""
        return sorted((self._home / KEYS_FOLDER).glob(f"{purpose}-*.pem"))

    def _make_key(self, purpose: str) -> None:
        valid_from = (self._clock() - VALIDITY_MARGIN).astimezone(UTC).strftime(_TIME_FORMAT)
        path = self._home / KEYS_FOLDER / f"{purpose}-{valid_from}.pem"
        self._write_key(path, ed25519.Ed25519PrivateKey.generate())

    def _write_key(self, path: Path, key: _PrivateKey) -> None:
        encryption = (
            NoEncryption()
            if self._passphrase is None
            else BestAvailableEncryption(self._passphrase)
        )
        _write_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), 0o600)

    def _load_all(self, purpose: str) -> list[tuple[datetime, _PrivateKey]]:
        return [(_valid_from(path), self._load(path)) for path in self._files(purpose)]

    def _load(self, path: Path) -> _PrivateKey:
        _refuse_wider_mode(path)
        with path.open("rb") as file:
            pem = file.read(_MAX_PEM_BYTES)
        encrypted = b"ENCRYPTED" in pem
        if encrypted and self._passphrase is None:
            raise KeyringError(f"{path} is encrypted: set CLEARCUE_KEY_PASSPHRASE")
        try:
            key = load_pem_private_key(pem, self._passphrase if encrypted else None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            advice = "check the passphrase" if encrypted else "restore it from a backup"
            raise KeyringError(f"{path} cannot be read as a private key: {advice}") from error
        if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
            raise KeyringError(f"{path} holds a key that is neither Ed25519 nor P-256")
        if self._passphrase is not None and not encrypted:
            self._write_key(path, key)
        return key


def _valid_from(path: Path) -> datetime:
    try:
        return datetime.strptime(path.stem.split("-", 1)[1], _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError as error:
        raise KeyringError(
            f"{path} is not named as a key file: PURPOSE-YYYYMMDDTHHMMSSZ.pem"
        ) from error


def _refuse_wider_mode(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeyringError(
            f"{path} may be read by others (mode {mode:04o}): "
            f"run chmod {'700' if path.is_dir() else '600'} on it"
        )


def _write_file(path: Path, data: bytes, mode: int) -> None:
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


def _unusable(folder: Path, error: OSError) -> KeyringError:
    return KeyringError(f"the keys in {folder} cannot be used: {error.strerror or error}")
