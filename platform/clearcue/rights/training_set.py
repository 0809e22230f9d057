"""Training sets: an unchanging list of what was learnt from, with one digest over all of it.

Conventions: the digest is the Merkle tree hash of RFC 6962, section 2.1 (SHA-256, leaf prefix 0x00,
node prefix 0x01). Leaf 0 is the head (format, policy, its version, engine version); the further
leaves are the works in the order of their ids' UTF-8 bytes. A leaf is JSON in UTF-8 with sorted
names and no spaces. So the digest is independent of the order of files, time zone and locale.
"""

import json
from dataclasses import dataclass

from clearcue.rights.values import Verdict
from clearcue_provenance.merkle import merkle_root

TRAINING_SET_FORMAT = "clearcue-training-set/1"


@dataclass(frozen=True, slots=True)
class Member:
    """A work of a training set: its id, its file's SHA-256 (hex), its licence and its verdict."""

    work_id: str
    sha256: str
    licence: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A snapshot: which works, under which policy, for which engine.

    Raises:
        ValueError: when the members are not in order of their ids or one stands twice.
    """

    policy: str
    policy_version: str
    engine_version: str
    members: tuple[Member, ...]

    def __post_init__(self) -> None:
        ids = [member.work_id.encode() for member in self.members]
        if ids != sorted(set(ids)):
            raise ValueError("the members of a training set stand once each, ordered by id")

    def leaves(self) -> tuple[bytes, ...]:
        """The Merkle tree's leaves: the head, then the works."""
        head = {
            "format": TRAINING_SET_FORMAT,
            "policy": self.policy,
            "policy_version": self.policy_version,
            "engine_version": self.engine_version,
        }
        works = (
            {
                "work_id": member.work_id,
                "sha256": member.sha256,
                "licence": member.licence,
                "verdict": str(member.verdict),
            }
            for member in self.members
        )
        return tuple(_canonical(leaf) for leaf in (head, *works))

    @property
    def root(self) -> str:
        """The Merkle tree hash over `leaves`, in hex."""
        return merkle_root(self.leaves()).hex()


def _canonical(leaf: dict[str, str]) -> bytes:
    return json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
