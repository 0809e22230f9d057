"""Which opt-ins are in force after what was switched."""

from datetime import UTC, datetime

from clearcue.rights.policy import builtin_policy
from clearcue.services.policies import in_force, opted_in
from clearcue.services.stored import PolicySwitch

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _switch(opt_in: str, on: bool, version: str = "1") -> PolicySwitch:
    return PolicySwitch(f"{opt_in}{on}", opt_in, version, on, "Ann", "because", NOW)


def test_the_last_switch_of_each_opt_in_holds() -> None:
    """On, off and on again is on; another's switch does not matter."""
    switches = [_switch("share-alike", True), _switch("old-prints", True)]
    assert in_force(builtin_policy("default"), switches).name == "default+old-prints+share-alike"
    switches.append(_switch("share-alike", False))
    assert in_force(builtin_policy("strict"), switches).name == "strict+old-prints"
    switches.append(_switch("share-alike", True))
    assert {opt_in.name for opt_in in opted_in(switches)} == {"old-prints", "share-alike"}
    assert in_force(builtin_policy("default"), []) == builtin_policy("default")


def test_nobody_answers_for_another_version() -> None:
    """An opt-in that was switched on in another version, or that is gone, is not in force."""
    switches = [_switch("share-alike", True, "0"), _switch("everything", True)]
    assert opted_in(switches) == ()
