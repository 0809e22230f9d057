"""Cleared patterns: drum takes and progressions that may be learnt from, made here alone.

The same checks as for a corpus of scores (`rights.corpus.clear_corpus`), for what has no melody.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from clearcue.music.patterns import Pattern
from clearcue.rights.corpus import check_file
from clearcue.rights.manifest import Manifest
from clearcue.rights.policy import Policy
from clearcue.rights.values import Work


@dataclass(frozen=True, slots=True)
class FoundPattern:
    """A pattern as it was found: its work's id, the SHA-256 (hex) of the file, and itself."""

    work_id: str
    sha256: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class ClearedPattern:
    """A pattern with the rights of its work."""

    rights: Work
    pattern: Pattern


def clear_patterns(
    manifest: Manifest, policy: Policy, found: Iterable[FoundPattern]
) -> tuple[ClearedPattern, ...]:
    """The patterns with their rights, ordered by id; their own order does not matter.

    Raises:
        RightsRefusedError: for the first that fails a check of `check_file`, by name.
    """
    cleared = {
        one.work_id: ClearedPattern(
            check_file(manifest, policy, one.work_id, one.sha256), one.pattern
        )
        for one in found
    }
    return tuple(cleared[work_id] for work_id in sorted(cleared))
