"""Reads a TOML table field by field: each has a kind and a range, none may be left over.

A wrong file is refused by the name of the file, the place in it and the field, with what to do.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from clearcue.composer.errors import StyleError

_NOTHING: Any = object()


class Fields:
    """One table of a file; `place` says where in it, such as `layer 'bass'`."""

    def __init__(self, file: str, place: str, table: object) -> None:
        self.file = file
        self.place = place
        if not isinstance(table, dict):
            raise StyleError(f"{file}: {place} is no table; write its fields as name = value")
        self._table: dict[str, Any] = table
        self._taken: set[str] = set()

    def fail(self, field: str, reason: str) -> NoReturn:
        """Refuse the file because of a field.

        Raises:
            StyleError: always.
        """
        place = f"{self.place}: " if self.place else ""
        raise StyleError(f"{self.file}: {place}{field}: {reason}")

    def __contains__(self, field: str) -> bool:
        """Whether the file has a field that it may leave out."""
        self._taken.add(field)
        return field in self._table

    def value(self, field: str, default: Any = _NOTHING) -> Any:
        """A field as it stands in the file."""
        self._taken.add(field)
        if field in self._table:
            return self._table[field]
        if default is _NOTHING:
            self.fail(field, "is missing; add it")
        return default

    def text(self, field: str, default: str = _NOTHING, longest: int = 200) -> str:
        """A line of text that is not empty."""
        found = self.value(field, default)
        if not isinstance(found, str) or not found.strip() or len(found) > longest:
            self.fail(field, f"{found!r} is no text of 1 to {longest} characters")
        return found

    def one_of(self, field: str, known: Sequence[str]) -> str:
        """A text out of a list; an error names what is near."""
        return self.known(field, self.text(field), known)

    def known(self, field: str, name: str, names: Sequence[str]) -> str:
        """A name that must be in a list."""
        if name not in names:
            near = get_close_matches(name, names, 3, 0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else f"one of {', '.join(names)}"
            self.fail(field, f"there is no {name!r}; {hint}")
        return name

    def whole(self, field: str, low: int, high: int, default: int = _NOTHING) -> int:
        """A whole number from `low` to `high`."""
        found = self.value(field, default)
        if type(found) is not int or not low <= found <= high:
            self.fail(field, f"{found!r} is no whole number from {low} to {high}")
        return found

    def span(self, field: str, low: int, high: int) -> tuple[int, int]:
        """Two whole numbers within `low` and `high`, the smaller first."""
        found = self.value(field)
        numbers = found if isinstance(found, list) else []
        if len(numbers) != 2 or any(type(number) is not int for number in numbers):
            self.fail(field, f"{found!r} is not two whole numbers, such as [{low}, {high}]")
        first, last = numbers
        if not low <= first <= last <= high:
            self.fail(field, f"{found!r} is no range within {low} to {high}, the smaller first")
        return first, last

    def texts(self, field: str, default: Sequence[str] = _NOTHING) -> tuple[str, ...]:
        """A list of texts."""
        found = self.value(field, default)
        if not isinstance(found, list | tuple) or not all(isinstance(text, str) for text in found):
            self.fail(field, f"{found!r} is no list of texts")
        return tuple(found)

    def weights(self, field: str) -> tuple[tuple[str, int], ...]:
        """Names with positive whole weights, such as { I = 5, V = 3 }."""
        found = self.value(field)
        pairs = tuple(found.items()) if isinstance(found, dict) else ()
        if not pairs or any(type(weight) is not int or weight < 1 for _, weight in pairs):
            self.fail(field, f"{found!r} holds no positive weights, such as {{ I = 5, V = 3 }}")
        return pairs

    def table(self, field: str, default: dict[str, Any] = _NOTHING) -> "Fields":
        """A table within this one."""
        place = f"{self.place}: {field}" if self.place else field
        return Fields(self.file, place, self.value(field, default))

    def tables(self, field: str, default: Sequence[Any] = _NOTHING) -> list["Fields"]:
        """A list of tables, each called by its name, its drum or its number."""
        found = self.value(field, default)
        if not isinstance(found, list | tuple) or not all(isinstance(t, dict) for t in found):
            self.fail(field, "is no list of tables")
        made = []
        for number, table in enumerate(found, start=1):
            name = table.get("name", table.get("drum", number))
            place = f"{field} {name!r}"
            made.append(Fields(self.file, f"{self.place}: {place}" if self.place else place, table))
        return made

    def names(self) -> tuple[str, ...]:
        """The names of all fields that stand in the table."""
        return tuple(self._table)

    def close(self) -> None:
        """Refuse what nobody asked for: an unknown field is a misspelt one."""
        for field in self._table:
            if field not in self._taken:
                near = get_close_matches(field, sorted(self._taken), 1, 0.5)
                hint = f"did you mean {near[0]}?" if near else "take it out"
                self.fail(field, f"is no field of this table; {hint}")
