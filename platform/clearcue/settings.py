"""Settings: read once, from the environment, where the parts are wired."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from clearcue.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation may choose.

    `home` holds all state; `database_url` and `blobs_url` are None for the embedded ones below it;
    `owner` names the owner's organisation on first use; `passphrase` encrypts the keys at rest.
    `key_agent` is the socket of the process that signs, or None to sign in this one.
    `sound_font` is a SoundFont of one's own for the sampled bank, with its rights entry beside it.
    `packs` names the packs that are learnt from beside the package's own works.
    With `stripe_secret`, a webhook's, licences wait for their payment; else an invoice is due.
    A job belongs to a worker that gives no sign of life for `lease_seconds` at the longest.
    """

    home: Path
    database_url: str | None = field(default=None, repr=False)
    blobs_url: str | None = field(default=None, repr=False)
    policy: str = "default"
    owner: str = "Owner of this installation"
    passphrase: str | None = field(default=None, repr=False)
    lease_seconds: float = 15.0
    packs: tuple[str, ...] = ()
    key_agent: Path | None = None
    sound_font: Path | None = None
    stripe_secret: str | None = field(default=None, repr=False)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings in an environment; a variable that is unset or empty takes its default."""
    given = {name: value for name, value in environment.items() if value}
    home = given.get("CLEARCUE_HOME") or platformdirs.user_data_dir("clearcue", appauthor=False)
    return Settings(
        home=Path(home).expanduser().absolute(),
        database_url=given.get("CLEARCUE_DATABASE_URL"),
        blobs_url=given.get("CLEARCUE_BLOBS_URL"),
        policy=given.get("CLEARCUE_POLICY", "default"),
        owner=given.get("CLEARCUE_OWNER", "Owner of this installation"),
        passphrase=given.get("CLEARCUE_KEY_PASSPHRASE"),
        stripe_secret=given.get("CLEARCUE_STRIPE_WEBHOOK_SECRET"),
        lease_seconds=_seconds(given, "CLEARCUE_LEASE_SECONDS", 15.0),
        key_agent=Path(given["CLEARCUE_KEY_AGENT"]) if "CLEARCUE_KEY_AGENT" in given else None,
        sound_font=Path(given["CLEARCUE_SOUNDFONT"]) if "CLEARCUE_SOUNDFONT" in given else None,
        packs=tuple(
            sorted({one for one in re.split(r"[,\s]+", given.get("CLEARCUE_PACKS", "")) if one})
        ),
    )


def _seconds(given: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(given.get(name, default))
    except ValueError:
        value = 0.0
    if not 1.0 <= value <= 3600.0:
        raise BadInputError(f"{name} must be a number of seconds from 1 to 3600")
    return value
