"""Private keys in files: made on first use, one for each purpose.

Below the home folder: `keys/` (mode 0700) with one PKCS#8 PEM file a key (mode 0600), encrypted
when a passphrase is given, and `trust-root.json`, which holds the public half of every key and is
safe to hand out. A key file is named `PURPOSE-VALIDFROM.pem`, so that the trust root can be made
again from the folder; of several keys for one purpose the newest signs that the trust root allows
to. Files or folders that others may read are refused. A lock lets two processes that start at once
make one set of keys. A trust root that root keys have signed is never changed here: a key that it
does not name waits for `key_ceremony`.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clearcue.adapters.key_files import (
    FileSigner,
    KeyringError,
    PrivateKey,
    new_key,
    read_key,
    refuse_wider_mode,
    valid_from,
    write_file,
    write_key,
)
from clearcue_provenance import trust, trust_file
from clearcue_provenance.errors import KeyMaterialError
from clearcue_provenance.keys import ECDSA_P256, ED25519, public_key_of

KEYS_FOLDER = "keys"
TRUST_ROOT_NAME = "trust-root.json"
ORIGIN_PREFIX = "clearcue/log/"
VALIDITY_MARGIN = timedelta(days=1)
"""A first key may sign what was begun before it was made, and clocks may differ by this much."""
TIME_FORMAT = "%Y%m%dT%H%M%SZ"

_LOCK_NAME = ".lock"
_ORIGIN_DIGITS = 16


class FileKeyring:
    """The keys below a home folder.

    Args:
        directory: the home folder; it is made if it is not there.
        passphrase: encrypts the key files, or None. Key files in clear text are encrypted when a
            passphrase is first given.
        clock: the present time, with a zone.

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
        """The signer for statements: generation, delivery, licence and the others."""
        return self._signer(trust.RECORDS)

    def checkpoints(self) -> FileSigner:
        """The signer for the log's checkpoints."""
        return self._signer(trust.CHECKPOINTS)

    def c2pa(self) -> FileSigner:
        """The signer for C2PA manifests: a P-256 key, made on first use."""
        with self.opened():
            if not self.files(trust.C2PA):
                self.make_key(trust.C2PA, ECDSA_P256, self.now() - VALIDITY_MARGIN)
            return _signer_of(self._load(self.files(trust.C2PA)[-1]))

    def trust_root(self) -> trust.TrustRoot:
        """The public half of all keys, and the log they sign; made and written on first use."""
        with self.opened():
            return self.current_root()

    def log_origin(self) -> str:
        """The name of this installation's log in checkpoints: it follows from its first key."""
        return self.trust_root().logs[0].origin

    @property
    def home(self) -> Path:
        """The home folder."""
        return self._home

    @property
    def trust_root_path(self) -> Path:
        """Where the trust root lies."""
        return self._home / TRUST_ROOT_NAME

    def now(self) -> datetime:
        """The present time in UTC, to the second."""
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def _signer(self, purpose: str) -> FileSigner:
        """The newest key of a purpose that the trust root lets sign now; else the newest it names.

        The latter is refused later by its time, with words that say so.
        """
        with self.opened():
            root, now = self.current_root(), self.now()
            signers = [_signer_of(private) for private in self._load_all(purpose)]
            named = {t.key.key_id: t for t in root.keys if t.purpose == purpose}
            known = [signer for signer in signers if signer.key_id in named]
            if not known:
                raise KeyringError(
                    f"the trust root names no key for {purpose} that lies in "
                    f"{self._home / KEYS_FOLDER}: restore the keys, or install the trust root that "
                    "names these (`clearcue keys list` shows both)"
                )
            allowed = [signer for signer in known if named[signer.key_id].allows(now)]
            if not allowed and all(named[signer.key_id].revoked for signer in known):
                raise KeyringError(
                    f"every key for {purpose} is revoked: `clearcue keys rotate {purpose}`"
                )
            return (allowed or known)[-1]

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the lock on a key folder that is the owner's alone."""
        folder = self._home / KEYS_FOLDER
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            refuse_wider_mode(folder)
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

    def current_root(self) -> trust.TrustRoot:
        """The trust root, holding every key of the folder unless root keys have signed it.

        Written if that changed it. The caller holds the lock.
        """
        for purpose in trust.PURPOSES:
            if not self.files(purpose):
                self.make_key(purpose, ED25519, self.now() - VALIDITY_MARGIN)
        before = self._read_root()
        if before is not None and before.root is not None:
            return before
        try:
            root = self._merged(before)
        except KeyMaterialError as error:
            raise KeyringError(f"the keys in {self._home / KEYS_FOLDER}: {error}") from error
        if root != before:
            self.write_root(root)
        return root

    def write_root(self, root: trust.TrustRoot) -> None:
        """Put a trust root in place; the caller holds the lock."""
        write_file(self.trust_root_path, trust_file.encode(root), 0o644)

    def _merged(self, before: trust.TrustRoot | None) -> trust.TrustRoot:
        keys = list(before.keys) if before else []
        known = {trusted.key.key_id for trusted in keys}
        checkpoint_ids: list[str] = []
        second = before is not None and before.version > 0
        for purpose in trust.ALL_PURPOSES if second else trust.PURPOSES:
            for path in self.files(purpose):
                key = public_key_of(self._load(path).public_key())
                if key.key_id not in known:
                    keys.append(trust.TrustedKey(key, purpose, valid_from(path)))
                if purpose == trust.CHECKPOINTS:
                    checkpoint_ids.append(key.key_id)
        if before is None:
            origin = ORIGIN_PREFIX + checkpoint_ids[0][:_ORIGIN_DIGITS]
            return trust.TrustRoot(tuple(keys), (trust.TrustedLog(origin, tuple(checkpoint_ids)),))
        first, *others = before.logs
        ids = tuple(dict.fromkeys((*first.checkpoint_keys, *checkpoint_ids)))
        logs = (trust.TrustedLog(first.origin, ids), *others)
        return replace(before, keys=tuple(keys), logs=logs)

    def _read_root(self) -> trust.TrustRoot | None:
        try:
            return trust_file.parse(self.trust_root_path.read_bytes())
        except FileNotFoundError:
            return None
        except KeyMaterialError as error:
            raise KeyringError(
                f"{self.trust_root_path} is damaged ({error}): move it away and it is made again"
            ) from error

    def files(self, purpose: str) -> list[Path]:
        """The key files of a purpose, oldest first."""
        return sorted((self._home / KEYS_FOLDER).glob(f"{purpose}-*.pem"))

    def make_key(self, purpose: str, algorithm: str, start: datetime) -> Path:
        """Make a key that is valid from a moment; the caller holds the lock."""
        path = self._home / KEYS_FOLDER / f"{purpose}-{start.strftime(TIME_FORMAT)}.pem"
        if path.exists():
            raise KeyringError(f"{path} is there already; wait a second and do it again")
        write_key(path, new_key(algorithm), self._passphrase)
        return path

    def _load_all(self, purpose: str) -> list[PrivateKey]:
        return [self._load(path) for path in self.files(purpose)]

    def _load(self, path: Path) -> PrivateKey:
        key, encrypted = read_key(path, self._passphrase)
        if self._passphrase is not None and not encrypted:
            write_key(path, key, self._passphrase)
        return key

    def public_keys(self, purpose: str) -> list[tuple[Path, FileSigner]]:
        """Each key file of a purpose with its signer; the caller holds the lock."""
        return [(path, _signer_of(self._load(path))) for path in self.files(purpose)]


def _signer_of(private: PrivateKey) -> FileSigner:
    return FileSigner(public_key_of(private.public_key()), private)


def _unusable(folder: Path, error: OSError) -> KeyringError:
    return KeyringError(f"the keys in {folder} cannot be used: {error.strerror or error}")
