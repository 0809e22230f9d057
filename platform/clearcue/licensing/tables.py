"""Tables of licensing that are data: countries and their codes. Source: ISO 3166-1."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

FOLDER = "data/licences"


def read_data(name: str) -> bytes:
    """The bytes of a data file of licensing.

    Raises:
        FileNotFoundError: when the installation lacks it.
    """
    return files("clearcue").joinpath(FOLDER, name).read_bytes()


@cache
def _countries() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(read_data("territories.toml").decode("utf-8"))


def territory_names() -> Mapping[str, str]:
    """Country names by ISO 3166-1 alpha-2 code."""
    return _countries()["names"]


def territory_replacements() -> Mapping[str, str]:
    """What to write in place of a code that is widely used but not ISO's."""
    return _countries()["instead"]
