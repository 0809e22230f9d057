"""Which tagged release composes the records of an engine version (releases.toml)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Release:
    """A release by its tag, and by the commit that the tag names."""

    tag: str
    commit: str


@cache
def releases() -> dict[str, Release]:
    """The newest release of each engine version but the one that is being worked on."""
    table = tomllib.loads(files("clearcue.data").joinpath("releases.toml").read_text("utf-8"))
    return {version: Release(**entry) for version, entry in table["engine"].items()}
