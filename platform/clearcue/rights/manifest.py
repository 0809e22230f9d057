"""The rights manifest: reading and checking it.

The format is `docs/formats/rights-manifest.md`. Reading is strict: an unknown field, a missing one,
a value of another kind, a reference to evidence that is not there, or counts that do not add up are
errors that name the manifest, the work and the field.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from clearcue.rights.fields import Fields, ManifestError
from clearcue.rights.values import (
    Composition,
    Confidence,
    Creator,
    Decision,
    Encoding,
    Evidence,
    Group,
    Identity,
    Obligation,
    Permission,
    Verdict,
    Work,
)

FORMAT = "clearcue-rights-manifest/1"
OBLIGATIONS = ("attribution", "share-alike")
MAX_MANIFEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of one source: its works one by one, and the rest of it by groups."""

    name: str
    source: str
    policy_version: str
    works: tuple[Work, ...]
    groups: tuple[Group, ...]

    def work(self, work_id: str) -> Work:
        """The work of that id.

        Raises:
            KeyError: when the manifest does not list it.
        """
        for work in self.works:
            if work.work_id == work_id:
                return work
        raise KeyError(work_id)

    def counts(self) -> dict[Verdict, int]:
        """How many works of the source have each verdict, every verdict named."""
        counted: Counter[Verdict] = Counter()
        for group in self.groups:
            counted[group.verdict] += group.works
        return {verdict: counted[verdict] for verdict in Verdict}


def builtin_manifest() -> Manifest:
    """The manifest of music21's own corpus that comes with Clearcue."""
    name = "music21.json"
    text = (resources.files("clearcue") / "data" / "rights" / name).read_bytes()
    return read_manifest(text, name)


def read_manifest(text: bytes, name: str) -> Manifest:
    """Read a manifest.

    Args:
        text: the JSON file's bytes, UTF-8.
        name: what errors call it, such as the file's name.

    Raises:
        ManifestError: when anything in it is not as the format says; the message names the field.
    """
    if len(text) > MAX_MANIFEST_BYTES:
        raise ManifestError(f"rights manifest {name}: larger than {MAX_MANIFEST_BYTES} bytes")
    try:
        data = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"rights manifest {name}: is no valid JSON: {error}") from error
    fields = Fields(f"rights manifest {name}", data)
    fields.only("format", "source", "policy_version", "evidence", "groups", "works")
    fields.choice("format", (FORMAT,))
    source = fields.text("source")
    evidence = _evidence(fields.child("evidence"))
    works = tuple(_work(entry, evidence, source) for entry in fields.children("works"))
    groups = tuple(_group(entry, evidence) for entry in fields.children("groups"))
    _check_whole(name, works, groups)
    return Manifest(name, source, fields.text("policy_version"), works, groups)


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a field twice")
    return found


def _check_whole(name: str, works: tuple[Work, ...], groups: tuple[Group, ...]) -> None:
    """Ids, paths and hashes are unique, and the listed works are as many as their groups say."""
    for what in ("work_id", "path", "sha256"):
        values = Counter(getattr(work.identity, what) for work in works)
        for value, count in values.items():
            if count > 1:
                raise ManifestError(f"rights manifest {name}: {what} {value} stands {count} times")
    listed: Counter[Verdict] = Counter()
    stated: Counter[Verdict] = Counter()
    for work in works:
        listed[work.decision.verdict] += work.identity.tunes
    for group in groups:
        stated[group.verdict] += group.works if group.listed else 0
    for verdict in Verdict:
        if listed[verdict] != stated[verdict]:
            raise ManifestError(
                f"rights manifest {name}: {listed[verdict]} works listed as {verdict}, but the "
                f"groups count {stated[verdict]}"
            )


def _evidence(fields: Fields) -> Mapping[str, Evidence]:
    found = {}
    for evidence_id in fields.names():
        entry = fields.child(evidence_id)
        entry.only("quote", "where", "read_on")
        found[evidence_id] = Evidence(
            evidence_id, entry.text("quote"), entry.text("where"), entry.date("read_on")
        )
    return found


def _referenced(fields: Fields, evidence: Mapping[str, Evidence]) -> tuple[Evidence, ...]:
    names = fields.texts("evidence")
    for name in names:
        if name not in evidence:
            raise fields.error("evidence", f"names {name!r}, which the manifest does not hold")
    return tuple(evidence[name] for name in names)


def _group(fields: Fields, evidence: Mapping[str, Evidence]) -> Group:
    fields.only(
        "id", "paths", "works", "listed", "kind", "composition", "encoding_licence", "verdict",
        "evidence", "note",
    )  # fmt: skip
    return Group(
        group_id=fields.text("id"),
        paths=fields.text("paths"),
        works=fields.count("works"),
        listed=fields.flag("listed"),
        kind=fields.text("kind"),
        composition=fields.optional_text("composition"),
        encoding_licence=fields.optional_text("encoding_licence"),
        verdict=Verdict(fields.choice("verdict", tuple(Verdict))),
        evidence=_referenced(fields, evidence),
        note=fields.optional_text("note"),
    )


def _work(fields: Fields, evidence: Mapping[str, Evidence], source: str) -> Work:
    fields = fields.named_by("identity", "id")
    fields.only("identity", "composition", "encoding", "evidence", "decision")
    identity = fields.child("identity")
    identity.only("id", "source", "path", "sha256", "tunes")
    if identity.text("source") != source:
        raise identity.error("source", f"is not the manifest's source {source!r}")
    return Work(
        Identity(
            identity.text("id"),
            source,
            identity.relative_path("path"),
            identity.sha256("sha256"),
            identity.count("tunes"),
        ),
        _composition(fields.child("composition")),
        _encoding(fields.child("encoding")),
        _referenced(fields, evidence),
        _decision(fields.child("decision")),
    )


def _composition(fields: Fields) -> Composition:
    fields.only("title", "creators", "first_published")
    creators = None
    if not fields.is_null("creators"):
        creators = tuple(_creator(entry) for entry in fields.children("creators"))
    return Composition(fields.optional_text("title"), creators, fields.year("first_published"))


def _creator(fields: Fields) -> Creator:
    fields.only("name", "role", "born", "died")
    return Creator(
        fields.text("name"), fields.text("role"), fields.year("born"), fields.year("died")
    )


def _encoding(fields: Fields) -> Encoding:
    fields.only("encoder", "licence", "scope", "granted_by")
    return Encoding(
        fields.optional_text("encoder"),
        fields.licence("licence"),
        fields.optional_text("scope"),
        fields.optional_text("granted_by"),
    )


def _decision(fields: Fields) -> Decision:
    fields.only(
        "permissions", "obligations", "verdict", "confidence", "reviewer", "policy_version",
        "decided_on",
    )  # fmt: skip
    permissions = fields.child("permissions")
    permissions.only(*Permission)
    return Decision(
        permissions={name: permissions.optional_flag(name) for name in Permission},
        obligations=tuple(_obligation(entry) for entry in fields.children("obligations")),
        verdict=Verdict(fields.choice("verdict", tuple(Verdict))),
        confidence=Confidence(fields.choice("confidence", tuple(Confidence))),
        reviewer=fields.optional_text("reviewer"),
        policy_version=fields.text("policy_version"),
        decided_on=fields.date("decided_on"),
    )


def _obligation(fields: Fields) -> Obligation:
    fields.only("kind", "text")
    return Obligation(fields.choice("kind", OBLIGATIONS), fields.text("text"))
