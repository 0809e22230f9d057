"""Settings: read once, from the environment, where the parts are wired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation may choose.

    `home` holds all state; `database_url` and `blobs_url` are None for the embedded ones below it;
    `owner` names the owner's organisation on first use; `passphrase` encrypts the keys at rest.
    """

    home: Path
    database_url: str | None = field(default=None, repr=False)
    blobs_url: str | None = field(default=None, repr=False)
    policy: str = "default"
    owner: str = "Owner of this installation"
    passphrase: str | None = field(default=None, repr=False)


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
    )
