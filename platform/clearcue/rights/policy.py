"""Policies: which verdicts suffice for which use, and the ruling on a work.

A policy is data (`data/rights/policies.json`). It narrows what the evidence grants: a use needs the
work's own permission and a verdict that the policy admits for that use. An opt-in, which an owner
switches on by name, widens a policy: it says for which works and uses which *unknown* facts the
owner answers for. No opt-in does without evidence, overrules a permission that is refused, or
touches a work whose verdict is `refused`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources

from clearcue.errors import BadInputError
from clearcue.rights.fields import Fields, ManifestError
from clearcue.rights.licences import known_licences
from clearcue.rights.values import Composition, Permission, Standing, Territory, Use, Verdict, Work

POLICY_FORMAT = "clearcue-rights-policies/2"
WAIVABLE = ("permission", "licence", "scope", "granted_by", "terms")
"""The facts that an opt-in can do without; `terms`: that the licence is known to allow the use."""


class UnknownPolicyError(BadInputError):
    """A policy's or an opt-in's name that does not exist."""


@dataclass(frozen=True, slots=True)
class OptIn:
    """What an owner may answer for: for which uses, verdicts and groups which unknown facts.

    `groups` holds ids as works carry them (`music21:airdsairs-abc`), or is None for all.
    """

    name: str
    version: str
    description: str
    permissions: frozenset[Permission]
    verdicts: frozenset[Verdict]
    groups: frozenset[str] | None
    waives: frozenset[str]

    def covers(self, work: Work, permission: Permission) -> bool:
        """Whether it says anything of this use of this work."""
        return (
            permission in self.permissions
            and work.decision.verdict in self.verdicts
            and (self.groups is None or work.group_id in self.groups)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A named policy: for each use the verdicts that it admits, and the opt-ins in force."""

    name: str
    version: str
    description: str
    admits: Mapping[Permission, frozenset[Verdict]]
    opt_ins: tuple[OptIn, ...] = ()

    def considers(self, work: Work, permission: Permission) -> bool:
        """Whether the work's verdict is one that this policy, or an opt-in, is about."""
        return work.decision.verdict in self.admits[permission] or any(
            opt_in.covers(work, permission) for opt_in in self.opt_ins
        )


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
    return read_policies(_builtin(), "policies.json")


def builtin_opt_ins() -> dict[str, OptIn]:
    """The opt-ins that come with Clearcue, by name."""
    return read_opt_ins(_builtin(), "policies.json")


def builtin_opt_in(name: str) -> OptIn:
    """The opt-in of that name.

    Raises:
        UnknownPolicyError: when there is none; the message lists those that exist.
    """
    found = builtin_opt_ins()
    if name not in found:
        raise UnknownPolicyError(f"no opt-in is called {name!r}; there are {', '.join(found)}")
    return found[name]


def _builtin() -> bytes:
    return (resources.files("clearcue") / "data" / "rights" / "policies.json").read_bytes()


def with_opt_ins(policy: Policy, opt_ins: Iterable[OptIn]) -> Policy:
    """A policy with opt-ins; its name and version say which, whatever their order."""
    ordered = tuple(sorted(opt_ins, key=lambda opt_in: opt_in.name))
    return replace(
        policy,
        name="+".join((policy.name, *(opt_in.name for opt_in in ordered))),
        version="+".join((policy.version, *(opt_in.version for opt_in in ordered))),
        opt_ins=ordered,
    )


def read_policies(text: bytes, name: str) -> dict[str, Policy]:
    """Read the policies of a file.

    Raises:
        ManifestError: when it is not as the format says.
    """
    return {one.name: one for one in map(_policy, _file(text, name).children("policies"))}


def read_opt_ins(text: bytes, name: str) -> dict[str, OptIn]:
    """Read the opt-ins of a file of policies.

    Raises:
        ManifestError: when it is not as the format says.
    """
    return {one.name: one for one in map(_opt_in, _file(text, name).children("opt_ins"))}


def _file(text: bytes, name: str) -> Fields:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"rights policies {name}: is no valid JSON: {error}") from error
    fields = Fields(f"rights policies {name}", data)
    fields.only("format", "policies", "opt_ins")
    fields.choice("format", (POLICY_FORMAT,))
    return fields


def _policy(fields: Fields) -> Policy:
    fields.only("name", "version", "description", "admits")
    admits = fields.child("admits")
    admits.only(*Permission)
    admitted = {permission: _verdicts(admits, permission) for permission in Permission}
    return Policy(fields.text("name"), fields.text("version"), fields.text("description"), admitted)


def _opt_in(fields: Fields) -> OptIn:
    fields.only("name", "version", "description", "permissions", "verdicts", "groups", "waives")
    permissions, waives = fields.texts("permissions"), fields.texts("waives")
    if not set(permissions) <= set(Permission):
        raise fields.error("permissions", "names a permission that does not exist")
    if not set(waives) <= set(WAIVABLE):
        raise fields.error("waives", f"may hold {', '.join(WAIVABLE)} only")
    verdicts = _verdicts(fields, "verdicts")
    if Verdict.REFUSED in verdicts:
        raise fields.error("verdicts", "cannot hold refused")
    groups = None if fields.is_null("groups") else frozenset(fields.texts("groups"))
    return OptIn(
        fields.text("name"), fields.text("version"), fields.text("description"),
        frozenset(map(Permission, permissions)), verdicts, groups, frozenset(waives),
    )  # fmt: skip


def _verdicts(fields: Fields, name: str) -> frozenset[Verdict]:
    names = fields.texts(name)
    if not set(names) <= set(Verdict):
        raise fields.error(name, "names a verdict that does not exist")
    return frozenset(Verdict(one) for one in names)


def rule(work: Work, permission: Permission, policy: Policy) -> Ruling:
    """Rule on one use of one work.

    The checks, each of which can only refuse; unknown refuses, unless an opt-in in force covers
    this use of this work and names the fact among those that it waives:

    1. there is evidence;
    2. the encoding's licence, its scope and who granted it are known;
    3. the licence is one whose terms are known to allow the use, and the decision carries the
       obligations that it asks for and the verdict that it can have;
    4. to be learnt from, the work is kept for that, and its composition is in the public domain in
       every territory, or licensed too;
    5. the work itself grants the use;
    6. the policy, or the opt-in, admits the work's verdict for that use.
    """
    covering = [one for one in policy.opt_ins if one.covers(work, permission)]
    waived = {fact for opt_in in covering for fact in opt_in.waives}
    reasons = []
    if not work.evidence:  # 1
        reasons.append("no evidence is given")
    for fact in ("licence", "scope", "granted_by"):  # 2
        if getattr(work.encoding, fact) is None and fact not in waived:
            reasons.append(f"the encoding's {fact} is unknown")
    if "terms" not in waived:
        reasons.extend(_against_licence(work))  # 3
    if permission is Permission.TRAIN:  # 4
        if work.use is not Use.TRAIN:
            reasons.append(f"it is kept for the use {work.use}, not to be learnt from")
        reasons.extend(_against_composition(work.composition))
    granted = work.decision.permissions.get(permission)
    if granted is False or (granted is None and "permission" not in waived):  # 5
        state = "unknown" if granted is None else "refused"
        reasons.append(f"the permission to {permission} is {state}")
    verdict = work.decision.verdict
    if verdict not in policy.admits[permission] and not covering:  # 6
        reasons.append(f"policy {policy.name} does not admit works that are {verdict}")
    return Ruling(work.work_id, permission, tuple(reasons))


def _against_licence(work: Work) -> Iterable[str]:
    name = work.encoding.licence
    if name is None:
        return
    licence = known_licences().get(name)
    if licence is None:
        yield f"the licence {name} is not one that is known to allow commercial use"
        return
    stated = {obligation.kind for obligation in work.decision.obligations}
    for kind in sorted(licence.obliges - stated):
        yield f"the licence {name} asks for {kind}, which the decision does not state"
    for kind in sorted(stated - licence.obliges):
        yield f"the decision states {kind}, which the licence {name} does not ask for"
    if work.decision.verdict not in licence.verdicts:
        yield f"under the licence {name} no work is {work.decision.verdict}"


def _against_composition(composition: Composition) -> Iterable[str]:
    if composition.licence is not None:
        if composition.licence not in known_licences():
            yield (
                f"the composition's licence {composition.licence} is not one that is known to "
                "allow commercial use"
            )
        return
    for territory in Territory:
        found = composition.public_domain.get(territory)
        standing = None if found is None else found.standing
        if standing is Standing.PROTECTED:
            yield f"the composition is protected in the {territory}"
        elif standing is None:
            yield f"whether the composition is protected in the {territory} is unknown"
