"""Policies: which verdicts suffice for which use, and the ruling on a work.

A policy is data (`data/rights/policies.json`). It can only narrow what the evidence grants: a use
needs the work's own permission and a verdict that the policy admits for that use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from clearcue.errors import BadInputError
from clearcue.rights.fields import Fields, ManifestError
from clearcue.rights.values import Permission, Verdict, Work

POLICY_FORMAT = "clearcue-rights-policies/1"


class UnknownPolicyError(BadInputError):
    """A policy's name that does not exist."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A named policy: for each use the verdicts that it admits."""

    name: str
    version: str
    description: str
    admits: Mapping[Permission, frozenset[Verdict]]


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a policy allows one use of one work, and if not, every reason why."""

    work_id: str
    permission: Permission
    reasons: tuple[str, ...]

    @property
    def granted(self) -> bool:
        """True when nothing stands against it."""
        return not self.reasons


def builtin_policy(name: str) -> Policy:
    """The policy of that name.

    Raises:
        UnknownPolicyError: when there is none; the message lists those that exist.
    """
    found = builtin_policies()
    if name not in found:
        raise UnknownPolicyError(f"no policy is called {name!r}; there are {', '.join(found)}")
    return found[name]


def builtin_policies() -> dict[str, Policy]:
    """The policies that come with Clearcue, by name."""
    text = (resources.files("clearcue") / "data" / "rights" / "policies.json").read_bytes()
    return read_policies(text, "policies.json")


def read_policies(text: bytes, name: str) -> dict[str, Policy]:
    """Read a file of policies.

    Raises:
        ManifestError: when it is not as the format says.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"rights policies {name}: is no valid JSON: {error}") from error
    fields = Fields(f"rights policies {name}", data)
    fields.only("format", "policies")
    fields.choice("format", (POLICY_FORMAT,))
    return {policy.name: policy for policy in map(_policy, fields.children("policies"))}


def _policy(fields: Fields) -> Policy:
    fields.only("name", "version", "description", "admits")
    admits = fields.child("admits")
    admits.only(*Permission)
    admitted = {}
    for permission in Permission:
        names = admits.texts(permission)
        if not set(names) <= set(Verdict):
            raise admits.error(permission, "names a verdict that does not exist")
        admitted[permission] = frozenset(Verdict(name) for name in names)
    return Policy(fields.text("name"), fields.text("version"), fields.text("description"), admitted)


def rule(work: Work, permission: Permission, policy: Policy) -> Ruling:
    """Rule on one use of one work.

    The checks, each of which can only refuse; unknown refuses:

    1. there is evidence;
    2. the encoding's licence, its scope and who granted it are known;
    3. the work itself grants the use;
    4. the policy admits the work's verdict for that use.
    """
    reasons = []
    if not work.evidence:  # 1
        reasons.append("no evidence is given")
    for fact in ("licence", "scope", "granted_by"):  # 2
        if getattr(work.encoding, fact) is None:
            reasons.append(f"the encoding's {fact} is unknown")
    granted = work.decision.permissions.get(permission)
    if granted is not True:  # 3
        state = "unknown" if granted is None else "refused"
        reasons.append(f"the permission to {permission} is {state}")
    verdict = work.decision.verdict
    if verdict not in policy.admits[permission]:  # 4
        reasons.append(f"policy {policy.name} does not admit works that are {verdict}")
    return Ruling(work.work_id, permission, tuple(reasons))
