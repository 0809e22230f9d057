"""Names from outside made fit to show: one line, printable, not too long, unique if need be."""

MAX_NAME_LENGTH = 120


def plain_name(text: object) -> str:
    """Text as one line of printable characters, at most `MAX_NAME_LENGTH`; empty for None."""
    words = " ".join(str(text if text is not None else "").split())
    return "".join(c for c in words if c.isprintable())[:MAX_NAME_LENGTH].strip()


class UniqueNames:
    """Names given so far; a repeated one gets a number."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def take(self, name: str) -> str:
        """The name, or the name with the first number that makes it new."""
        candidate, count = name, 1
        while candidate in self._used:
            count += 1
            candidate = f"{name} ({count})"
        self._used.add(candidate)
        return candidate
