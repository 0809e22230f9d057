"""Changing keys: rotation with overlap, revocation, and root keys that sign the trust root offline.

Without root keys a change takes effect at once. With them it goes into a draft,
`trust-root.draft.json`, which a threshold of root keys signs on machines of their own (`sign_draft`
needs no home) and `install` puts in place once it follows the present trust root
(`clearcue_provenance.succession`). A new key signs nothing before the installed trust root names
it, so that no statement is ever made that nobody could verify.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from clearcue.adapters.key_files import (
    FileSigner,
    KeyringError,
    new_key,
    read_key,
    write_file,
    write_key,
)
from clearcue.adapters.keys import FileKeyring
from clearcue.errors import BadInputError
from clearcue_provenance import succession, trust, trust_file
from clearcue_provenance.errors import KeyMaterialError
from clearcue_provenance.keys import ALGORITHMS, ED25519, PublicKey, public_key_of

DRAFT_NAME = "trust-root.draft.json"
ROOT_VALIDITY = timedelta(days=400)
"""How long a signed trust root is good for, so that a verifier notices one that was held back."""
MAX_DRAFT_BYTES = trust_file.MAX_TRUST_ROOT_BYTES


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a change: in force now, or waiting in a draft for root signatures."""

    in_force: bool
    path: Path
    root: trust.TrustRoot


def rotate(ring: FileKeyring, purpose: str, algorithm: str, overlap: timedelta) -> Change:
    """Make a new key for a purpose; the present ones may sign for the overlap, and no longer.

    Raises:
        BadInputError: for an unknown purpose or algorithm, a log's checkpoints by P-256, or an
            overlap below zero.
        KeyringError: when the keys cannot be used.
    """
    if purpose not in trust.PURPOSES or algorithm not in ALGORITHMS or overlap < timedelta(0):
        raise BadInputError("rotate records or checkpoints, with an overlap of zero or more")
    if purpose == trust.CHECKPOINTS and algorithm != ED25519:
        raise BadInputError("checkpoints are signed with an Ed25519 key")
    with ring.opened():
        root = _draft_or_current(ring)
        now = ring.now()
        path = ring.make_key(purpose, algorithm, now)
        made = dict(ring.public_keys(purpose))[path].public_key
        until = now + overlap
        keys = tuple(
            replace(one, valid_until=until) if _runs_beyond(one, purpose, until) else one
            for one in root.keys
        )
        keys = (*keys, trust.TrustedKey(made, purpose, now))
        return _settle(ring, replace(root, keys=keys, logs=_logs(root, purpose, made)))


def revoke(ring: FileKeyring, key_id: str, log_size: int) -> Change:
    """Believe a key no longer from now on: no later time, and no leaf from `log_size` on.

    Raises:
        BadInputError: when the trust root holds no such key, or holds it as revoked.
    """
    with ring.opened():
        root = _draft_or_current(ring)
        if not any(one.key.key_id == key_id and one.revoked is None for one in root.keys):
            raise BadInputError(f"the trust root holds no key {key_id} that is in force")
        gone = trust.Revocation(ring.now(), root.logs[0].origin, log_size)
        keys = tuple(
            replace(one, revoked=gone) if one.key.key_id == key_id else one for one in root.keys
        )
        return _settle(ring, replace(_second(root, ring.now()), keys=keys))


def draft(
    ring: FileKeyring,
    add: tuple[PublicKey, ...] = (),
    remove: tuple[str, ...] = (),
    threshold: int | None = None,
) -> Change:
    """Write the next trust root as a draft, with root keys added, removed, or another threshold.

    Raises:
        BadInputError: when a key to remove is none of the root keys.
    """
    with ring.opened():
        root = _second(_draft_or_current(ring), ring.now())
        held = root.root.keys if root.root else ()
        unknown = set(remove) - {key.key_id for key in held}
        if unknown:
            raise BadInputError(f"{min(unknown)} is no root key of this trust root")
        keys = tuple(key for key in (*held, *add) if key.key_id not in remove)
        need = threshold or (root.root.threshold if root.root else len(keys) // 2 + 1)
        try:
            root = replace(root, root=trust.RootKeys(keys, need) if keys else None)
        except KeyMaterialError as error:
            raise BadInputError(str(error)) from error
        return _write_draft(ring, root)


def set_witnesses(ring: FileKeyring, witnesses: tuple[trust.Witness, ...], quorum: int) -> Change:
    """Name the witnesses of the log, and how many of them must have cosigned.

    Raises:
        BadInputError: when there are too few of them, or one comes twice.
    """
    with ring.opened():
        root = _second(_draft_or_current(ring), ring.now())
        try:
            return _settle(ring, replace(root, witnesses=witnesses, quorum=quorum))
        except KeyMaterialError as error:
            raise BadInputError(str(error)) from error


def sign_draft(path: Path, signer: FileSigner) -> trust.TrustRoot:
    """Add a root key's signature to a draft; needs the draft and the key, and no installation.

    Raises:
        BadInputError: when the file is no draft, or the key is not one of its root keys and not
            one of those before (whose signature a successor needs, too).
    """
    root = _read_draft(path)
    try:
        signed = succession.sign(root, signer)
    except KeyMaterialError as error:
        raise BadInputError(str(error)) from error
    write_file(path, trust_file.encode(signed), 0o644)
    return signed


def install(ring: FileKeyring, path: Path) -> Change:
    """Put a signed draft in force, once it follows the present trust root.

    Raises:
        BadInputError: when it is not signed by enough of the old and of the new root keys, or does
            not follow.
    """
    with ring.opened():
        before, new = ring.current_root(), _read_draft(path)
        try:
            succession.check_successor(before, new)
        except KeyMaterialError as error:
            raise BadInputError(str(error)) from error
        ring.write_root(new)
        (ring.home / DRAFT_NAME).unlink(missing_ok=True)
        return Change(True, ring.trust_root_path, new)


def make_root_key(folder: Path, name: str, passphrase: str) -> tuple[Path, FileSigner]:
    """Make a root key in a folder of its own, encrypted; gives its file and its signer.

    Raises:
        BadInputError: when there is one of this name, or no passphrase.
    """
    path = folder / f"root-{name}.pem"
    if path.exists():
        raise BadInputError(f"{path} is there already; a root key is never written over")
    if not passphrase:
        raise BadInputError("a root key is kept encrypted: give a passphrase")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = new_key(ED25519)
    write_key(path, private, passphrase.encode())
    return path, FileSigner(public_key_of(private.public_key()), private)


def open_root_key(path: Path, passphrase: str) -> FileSigner:
    """A root key's signer. Raises KeyringError."""
    try:
        private, _ = read_key(path, passphrase.encode())
    except OSError as error:
        raise KeyringError(f"{path} cannot be read: {error.strerror or error}") from error
    return FileSigner(public_key_of(private.public_key()), private)


def listed(ring: FileKeyring) -> dict[str, Any]:
    """Every key with its purpose, times and state, and who signs the trust root."""
    with ring.opened():
        root, now = ring.current_root(), ring.now()
        here = {
            signer.key_id: path
            for purpose in trust.ALL_PURPOSES
            for path, signer in ring.public_keys(purpose)
        }
    named = {one.key.key_id for one in root.keys}
    return {
        "version": root.version,
        "expires_at": None if root.expires_at is None else f"{root.expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "origin": root.logs[0].origin,
        "keys": [_listed_key(one, now, here) for one in root.keys],
        "waiting": [
            {"key_id": key_id, "file": path.name}
            for key_id, path in here.items()
            if key_id not in named
        ],
        "root": None
        if root.root is None
        else {"threshold": root.root.threshold, "keys": [key.key_id for key in root.root.keys]},
        "witnesses": [{"name": w.name, "key_id": w.key.key_id} for w in root.witnesses],
        "quorum": root.quorum,
    }


def _listed_key(one: trust.TrustedKey, now: datetime, here: dict[str, Path]) -> dict[str, Any]:
    if one.revoked is not None:
        state = "revoked"
    elif now < one.valid_from:
        state = "not yet"
    else:
        state = "in force" if one.allows(now) else "ended"
    return {
        "key_id": one.key.key_id,
        "purpose": one.purpose,
        "algorithm": one.key.algorithm,
        "valid_from": f"{one.valid_from:%Y-%m-%dT%H:%M:%SZ}",
        "valid_until": None if one.valid_until is None else f"{one.valid_until:%Y-%m-%dT%H:%M:%SZ}",
        "revoked_from": None if one.revoked is None else f"{one.revoked.moment:%Y-%m-%dT%H:%M:%SZ}",
        "state": state,
        "file": here[one.key.key_id].name if one.key.key_id in here else None,
    }


def _runs_beyond(one: trust.TrustedKey, purpose: str, until: datetime) -> bool:
    return one.purpose == purpose and (one.valid_until is None or one.valid_until > until)


def _logs(root: trust.TrustRoot, purpose: str, made: PublicKey) -> tuple[trust.TrustedLog, ...]:
    if purpose != trust.CHECKPOINTS:
        return root.logs
    first, *others = root.logs
    grown = trust.TrustedLog(first.origin, (*first.checkpoint_keys, made.key_id))
    return (grown, *others)


def _second(root: trust.TrustRoot, now: datetime) -> trust.TrustRoot:
    """The trust root in the second version of the format, as the one after this one."""
    return replace(root, version=max(root.version, 1), issued_at=root.issued_at or now)


def _draft_or_current(ring: FileKeyring) -> trust.TrustRoot:
    """What a further change starts from: a draft that waits, else what is in force."""
    path = ring.home / DRAFT_NAME
    return _read_draft(path) if path.exists() else ring.current_root()


def _settle(ring: FileKeyring, root: trust.TrustRoot) -> Change:
    """Put a change in force, or into the draft where root keys decide."""
    present = ring.current_root()
    if present.root is not None:
        return _write_draft(ring, root)
    if root.version:
        root = replace(root, version=present.version + 1, issued_at=ring.now())
    ring.write_root(root)
    return Change(True, ring.trust_root_path, root)


def _write_draft(ring: FileKeyring, root: trust.TrustRoot) -> Change:
    """The draft of the next version; every signature that a former draft had is void."""
    now, present = ring.now(), ring.current_root()
    root = replace(
        root,
        version=present.version + 1,
        issued_at=now,
        expires_at=now + ROOT_VALIDITY,
        signatures=(),
    )
    path = ring.home / DRAFT_NAME
    write_file(path, trust_file.encode(root), 0o644)
    return Change(False, path, root)


def _read_draft(path: Path) -> trust.TrustRoot:
    try:
        with path.open("rb") as file:
            return trust_file.parse_unsigned(file.read(MAX_DRAFT_BYTES + 1))
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror or error}") from error
    except KeyMaterialError as error:
        raise BadInputError(f"{path}: {error}") from error
