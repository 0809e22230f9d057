"""One page of a list: what was asked for, and where the next one begins."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from clearcue.services.platform import Platform
from clearcue.services.stored import Organisation
from clearcue.web.operations import Call
from clearcue.web.views import Page

Entry = TypeVar("Entry", covariant=True)
Found = TypeVar("Found")


class Listing(Protocol[Entry]):
    """A use case that lists up to so many entries behind an id."""

    def __call__(
        self, platform: Platform, organisation: Organisation, limit: int, before_id: str | None, /
    ) -> Sequence[Entry]:
        """The entries, in a fixed order."""
        ...


def page_of(
    call: Call, listing: Listing[Found], id_of: Callable[[Found], str]
) -> tuple[Sequence[Found], str | None]:
    """The entries of the page that a call asks for, and the cursor of the next, None on the last.

    One entry more than the page holds is read, to know whether there is a next one.
    """
    page: Page = call.query
    found = listing(call.platform, call.organisation, page.limit + 1, page.cursor)
    entries = found[: page.limit]
    return entries, id_of(entries[-1]) if len(found) > page.limit else None
