"""Erasing an account: what is kept is what its issued licences need, and no more.

The rule stands in docs/adr/0007-licence-terms.md. Issued licences outlive the account: whoever has
a licence's number still finds it, and licence.json still verifies.
"""

from clearcue.errors import BadInputError
from clearcue.services.grant_store import Erased
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform


def erase_account(platform: Platform, handle: str) -> Erased:
    """Erase the account of an organisation, by its handle.

    Raises:
        MissingError: when there is no such organisation.
        BadInputError: when it is this installation's owner.
    """
    owner = ensure_owner(platform)
    with platform.units.write() as unit:
        organisation = unit.organisations.by_handle(handle)
        if organisation.id == owner.id:
            raise BadInputError("the owner's account is the installation; it cannot be erased")
        erased = unit.erasure.erase(organisation.id, platform.clock.now())
        unit.commit()
    return erased
