"""Switched opt-ins in the database: rows are added, and never changed or removed."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import PolicySwitchRow
from clearcue.services.stored import DuplicateError, PolicySwitch


class SqlPolicySwitches:
    """What was switched on and off."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, switch: PolicySwitch) -> None:
        """Add a switch; DuplicateError when its id is taken."""
        if self._session.get(PolicySwitchRow, switch.id) is not None:
            raise DuplicateError(f"there is a policy switch {switch.id} already")
        self._session.add(PolicySwitchRow(**asdict(switch)))
        self._session.flush()

    def all(self) -> tuple[PolicySwitch, ...]:
        """Every switch, oldest first."""
        rows = self._session.scalars(select(PolicySwitchRow))
        switches = (
            PolicySwitch(row.id, row.opt_in, row.version, row.switched_on, row.who, row.why, row.at)
            for row in rows
        )
        return tuple(sorted(switches, key=lambda switch: (switch.at, switch.id)))
