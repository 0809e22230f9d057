"""The owner of this installation, made on first use."""

from clearcue.licensing.scope import read_name
from clearcue.services.platform import Platform
from clearcue.services.stored import Organisation


def ensure_owner(platform: Platform) -> Organisation:
    """The owner's organisation, with its account, made when there is none yet.

    Raises:
        BadInputError: when the owner's name could not stand in a licence.
    """
    name = read_name(platform.owner, "owner")
    now = platform.clock.now()
    with platform.units.write() as unit:
        owner = unit.organisations.ensure_owner(platform.ids.new(), name, now)
        unit.accounts.ensure_owner(owner.id, platform.ids.new(), owner.name, now)
        unit.commit()
    return owner
