"""Named streams of random integers, the same on every machine.

A stream is seeded by the SHA-256 of its name, so that drawing more from one does not change what
another gives. Only integers are drawn: no rounding can differ between machines.
"""

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Stream:
    """A stream of random choices named by its parts, such as seed, attempt and purpose."""

    def __init__(self, *name: object) -> None:
        self._name = name
        text = "\x1f".join(str(part) for part in name)
        digest = hashlib.sha256(text.encode()).digest()
        self._bits = random.Random(int.from_bytes(digest))  # noqa: S311 - music, not secrets

    def child(self, *name: object) -> "Stream":
        """An independent stream, named below this one."""
        return Stream(*self._name, *name)

    def bits(self, count: int) -> int:
        """A uniform integer of so many bits."""
        return self._bits.getrandbits(count)

    def below(self, bound: int) -> int:
        """A uniform integer from 0 to `bound` - 1; `bound` is at least 1."""
        size = bound.bit_length()
        value = self._bits.getrandbits(size)
        while value >= bound:
            value = self._bits.getrandbits(size)
        return value

    def between(self, low: int, high: int) -> int:
        """A uniform integer from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred draws."""
        return self.below(100) < percent

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items, each as likely."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[Item, int]]) -> Item:
        """One of the items, as likely as its positive integer weight.

        Raises:
            ValueError: when the weights sum to nothing.
        """
        total = sum(weight for _, weight in items)
        if total <= 0:
            raise ValueError("nothing to choose from")
        mark = self.below(total)
        for item, weight in items:
            mark -= weight
            if mark < 0:
                return item
        raise AssertionError("the weights changed while choosing")

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in a drawn order."""
        rest = list(items)
        for index in range(len(rest) - 1, 0, -1):
            other = self.below(index + 1)
            rest[index], rest[other] = rest[other], rest[index]
        return rest
