"""API keys: made, shown once, recognised, listed and closed.

A key is `cck_<prefix>_<secret>`, the secret of 256 random bits. What is stored is the prefix, and
the HMAC-SHA-256 of the whole key under the installation's pepper, which is not in the database:
who reads the database alone can neither use a key nor try candidates.
"""

import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256

from clearcue.errors import BadInputError
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.stored import ApiKey, Organisation

_KEY = re.compile(r"(cck_[0-9a-f]{12})_[0-9a-f]{64}", re.ASCII)
_HANDLE = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A key that was just made. `text` is not stored anywhere: show it now or never."""

    stored: ApiKey
    text: str = field(repr=False)


def make_key(platform: Platform, organisation: Organisation, name: str) -> FreshKey:
    """Make a key for an organisation's owner account.

    Raises:
        BadInputError: when the name is empty or too long.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInputError(f"give the key a name of at most {LONGEST_NAME} printable characters")
    prefix = f"cck_{platform.ids.nonce()[:12]}"
    text = f"{prefix}_{platform.ids.nonce()}"
    now = platform.clock.now()
    with platform.units.write() as unit:
        account = unit.accounts.ensure_owner(
            organisation.id, platform.ids.new(), organisation.name, now
        )
        stored = ApiKey(
            id=platform.ids.new(),
            organisation_id=organisation.id,
            account_id=account.id,
            name=name.strip(),
            prefix=prefix,
            secret_digest=_digest(platform, text),
            created_at=now,
        )
        unit.api_keys.add(stored)
        unit.commit()
    return FreshKey(stored, text)


def _digest(platform: Platform, text: str) -> str:
    return hmac.new(platform.pepper, text.encode(), sha256).hexdigest()


def first_key(platform: Platform) -> FreshKey | None:
    """The owner's first key, made when the owner has none at all; None when there are keys."""
    owner = ensure_owner(platform)
    with platform.units.read() as unit:
        if unit.api_keys.list(owner.id):
            return None
    return make_key(platform, owner, "first key")


def recognise(platform: Platform, text: str) -> Organisation | None:
    """Whose key this is; None when it is nobody's, or closed."""
    key = open_key(platform, text)
    return None if key is None else owner_of_key(platform, key.prefix)


def open_key(platform: Platform, text: str) -> ApiKey | None:
    """The stored key that a text is the whole of; None when there is none, or it was closed."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    with platform.units.read() as unit:
        stored = unit.api_keys.by_prefix(match[1])
    if stored is None or stored.revoked_at is not None:
        return None
    return stored if hmac.compare_digest(stored.secret_digest, _digest(platform, text)) else None


def owner_of_key(platform: Platform, prefix: str) -> Organisation | None:
    """Whose key has this prefix, as long as it is open.

    A prefix proves nothing: only who has already shown the whole key may come with it.
    """
    with platform.units.read() as unit:
        stored = unit.api_keys.by_prefix(prefix)
        if stored is None or stored.revoked_at is not None:
            return None
        return unit.organisations.get(stored.organisation_id)


def list_keys(platform: Platform, organisation: Organisation) -> tuple[ApiKey, ...]:
    """The organisation's keys, oldest first."""
    with platform.units.read() as unit:
        return unit.api_keys.list(organisation.id)


def revoke_key(platform: Platform, organisation: Organisation, prefix: str) -> ApiKey:
    """Close a key, by its prefix, for good. Raises MissingError."""
    with platform.units.write() as unit:
        key = unit.api_keys.revoke(organisation.id, prefix, platform.clock.now())
        unit.commit()
    return key


def add_organisation(platform: Platform, handle: str, name: str) -> Organisation:
    """Add an organisation beside the owner's.

    Raises:
        BadInputError: when the handle or name cannot be used.
        DuplicateError: when the handle is taken.
    """
    if not _HANDLE.fullmatch(handle):
        raise BadInputError("a handle is 1 to 64 small letters, digits and hyphens")
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInputError(f"give a name of at most {LONGEST_NAME} printable characters")
    organisation = Organisation(platform.ids.new(), handle, name.strip(), platform.clock.now())
    with platform.units.write() as unit:
        unit.organisations.add(organisation)
        unit.commit()
    return organisation


def find_organisation(platform: Platform, handle: str) -> Organisation:
    """An organisation by its handle; `owner` is the installation's own. Raises MissingError."""
    if handle == "owner":
        return ensure_owner(platform)
    with platform.units.read() as unit:
        return unit.organisations.by_handle(handle)
