"""The policy in force, and switching its opt-ins on and off: by name, by somebody, for a reason.

A switch is stored and never removed. An opt-in is in force while its last switch turned it on and
it is still of the version that was switched on: nobody answers for what it came to say later. A
switch holds from the next command or the next start of the service on.
"""

from collections.abc import Iterable
from typing import Any

from clearcue.errors import BadInputError
from clearcue.rights.corpus import selected
from clearcue.rights.policy import (
    OptIn,
    Policy,
    builtin_opt_in,
    builtin_opt_ins,
    with_opt_ins,
)
from clearcue.rights.values import Permission
from clearcue.services.platform import Platform
from clearcue.services.stored import PolicySwitch

MAX_WORDS = 2000


def in_force(policy: Policy, switches: Iterable[PolicySwitch]) -> Policy:
    """A policy with the opt-ins that the switches, oldest first, leave on."""
    return with_opt_ins(policy, opted_in(switches))


def opted_in(switches: Iterable[PolicySwitch]) -> tuple[OptIn, ...]:
    """The opt-ins whose last switch turned their present version on."""
    last = {switch.opt_in: switch for switch in switches}
    return tuple(
        opt_in
        for name, opt_in in builtin_opt_ins().items()
        if name in last and last[name].switched_on and last[name].version == opt_in.version
    )


def switch(platform: Platform, name: str, on: bool, who: str, why: str) -> PolicySwitch:
    """Switch an opt-in on or off.

    Raises:
        UnknownPolicyError: when there is none of that name.
        BadInputError: when who or why is missing, or it is already so.
    """
    opt_in = builtin_opt_in(name)
    for given, what in ((who, "who"), (why, "why")):
        if not given.strip() or len(given) > MAX_WORDS:
            raise BadInputError(f"say {what}, in at most {MAX_WORDS} letters")
    made = PolicySwitch(
        platform.ids.new(), name, opt_in.version, on, who.strip(), why.strip(),
        platform.clock.now(),
    )  # fmt: skip
    with platform.units.write() as unit:
        if (opt_in in opted_in(unit.policy_switches.all())) is on:
            raise BadInputError(f"{name} is {'on' if on else 'off'} already")
        unit.policy_switches.append(made)
        unit.commit()
    return made


def show_policy(platform: Platform) -> dict[str, Any]:
    """The policy, its opt-ins, how many works each use admits, and every switch there was."""
    library = platform.library
    with platform.units.read() as unit:
        switches = unit.policy_switches.all()
    on = opted_in(switches)
    return {
        "policy": library.policy.name,
        "version": library.policy.version,
        "description": library.policy.description,
        "admits": {
            str(permission): sorted(library.policy.admits[permission]) for permission in Permission
        },
        "learnt_from": len(selected(library.manifest, library.policy)),
        "opt_ins": [
            {
                "name": opt_in.name,
                "version": opt_in.version,
                "description": opt_in.description,
                "on": opt_in in on,
            }
            for opt_in in builtin_opt_ins().values()
        ],
        "switches": [
            {
                "opt_in": one.opt_in,
                "version": one.version,
                "switched": "on" if one.switched_on else "off",
                "who": one.who,
                "why": one.why,
                "at": one.at.isoformat(timespec="seconds"),
            }
            for one in switches
        ],
    }
