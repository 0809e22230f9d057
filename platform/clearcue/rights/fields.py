"""Strict reading of JSON objects, with errors that name where in the file they stand."""

import re
from collections.abc import Iterable

from clearcue.errors import BadInputError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_WORK_NAME = re.compile(r"[A-Za-z0-9._/-]{1,150}")
_LICENCE = re.compile(r"(LicenseRef-)?[A-Za-z0-9][A-Za-z0-9.+-]*")


class ManifestError(BadInputError):
    """A rights manifest that is not as its format says."""


class Fields:
    """The fields of one JSON object; `where` is how errors call it, `file` how the whole of it.

    Every method raises `ManifestError` when the field is missing or of another kind. Only methods
    named `optional_`, `year`, `licence` and `is_null` accept null.
    """

    def __init__(self, where: str, data: object, file: str | None = None) -> None:
        if not isinstance(data, dict):
            raise ManifestError(f"{where}: must be an object")
        self._where = where
        self._file = file or where
        self._data: dict[str, object] = data

    def error(self, name: str, problem: str) -> ManifestError:
        """An error about one field."""
        return ManifestError(f"{self._where}: {name} {problem}")

    def called(self, name: str) -> "Fields":
        """The same object, called by a name that says more to a reader, such as a work's id."""
        return Fields(f"{self._file}: {name}", self._data, self._file)

    def has(self, name: str) -> bool:
        """Whether there is a field of that name."""
        return name in self._data

    def only(self, *names: str) -> None:
        """Check that there is no field but these."""
        for name in self._data:
            if name not in names:
                raise self.error(name, "is no field of the format")

    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(self._data)

    def _get(self, name: str) -> object:
        if name not in self._data:
            raise self.error(name, "is missing")
        return self._data[name]

    def is_null(self, name: str) -> bool:
        """Whether a field that must be there holds null."""
        return self._get(name) is None

    def text(self, name: str) -> str:
        """Text with something in it."""
        value = self._get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.error(name, "must be text")
        return value

    def optional_text(self, name: str) -> str | None:
        """Text, or None for null."""
        return None if self.is_null(name) else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.error(name, "must be a list of texts")
        return tuple(value)

    def choice(self, name: str, choices: Iterable[str]) -> str:
        """One of some texts."""
        value, allowed = self.text(name), tuple(str(choice) for choice in choices)
        if value not in allowed:
            raise self.error(name, f"is {value!r}, but must be one of {', '.join(allowed)}")
        return value

    def count(self, name: str) -> int:
        """A whole number of at least 1."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self.error(name, "must be a whole number of at least 1")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise self.error(name, "must be true or false")
        return value

    def optional_flag(self, name: str) -> bool | None:
        """True or false, or None for null."""
        return None if self.is_null(name) else self.flag(name)

    def year(self, name: str) -> int | None:
        """A year from 1 to 2100, or None for null."""
        value = self._get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 2100:
            raise self.error(name, "must be a year or null")
        return value

    def date(self, name: str) -> str:
        """An ISO 8601 date to the day or the month."""
        return self._matching(name, _DATE, "must be a date such as 2026-11-22 or 2026-11")

    def sha256(self, name: str) -> str:
        """A SHA-256 digest as 64 hexadecimal digits in lower case."""
        return self._matching(name, _SHA256, "must be 64 hexadecimal digits in lower case")

    def licence(self, name: str) -> str | None:
        """An SPDX identifier or a `LicenseRef-` name, or None for null."""
        if self.is_null(name):
            return None
        return self._matching(name, _LICENCE, "must be an SPDX identifier or a LicenseRef- name")

    def slug(self, name: str) -> str:
        """A short name of small letters, digits and hyphens."""
        return self._matching(
            name, _SLUG, "must be at most 40 small letters, digits and hyphens, such as my-songs"
        )

    def work_name(self, path: str) -> str:
        """A work's name within its manifest: its `id`, else the path without its ending."""
        value = self.text("id") if self.has("id") else re.sub(r"\.[^./]*$", "", path)
        if not _WORK_NAME.fullmatch(value):
            raise self.error(
                "id", f"{value!r} must be at most 150 plain letters, digits and the signs . _ - /"
            )
        return value

    def relative_path(self, name: str) -> str:
        """A path with forward slashes that stays inside its folder."""
        value = self.text(name)
        steps = value.split("/")
        if "\\" in value or ":" in value or any(step in ("", ".", "..") for step in steps):
            raise self.error(name, "must be a path inside the source, with forward slashes")
        return value

    def _matching(self, name: str, pattern: re.Pattern[str], problem: str) -> str:
        value = self.text(name)
        if not pattern.fullmatch(value):
            raise self.error(name, problem)
        return value

    def child(self, name: str) -> "Fields":
        """An object in a field."""
        return Fields(f"{self._where}: {name}", self._get(name), self._file)

    def children(self, name: str) -> tuple["Fields", ...]:
        """A list of objects."""
        value = self._get(name)
        if not isinstance(value, list):
            raise self.error(name, "must be a list")
        return tuple(
            Fields(f"{self._where}: {name}[{index}]", entry, self._file)
            for index, entry in enumerate(value)
        )
