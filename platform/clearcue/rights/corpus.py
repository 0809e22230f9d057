"""The cleared corpus: works that may be learnt from, and the only place where one is made.

`clear_corpus` is the single maker. A `ClearedCorpus` cannot be constructed, copied, unpickled or
subclassed elsewhere, so that whoever holds one holds works whose evidence, licence, permission and
file hash were checked here.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from clearcue.music.work import ParsedWork
from clearcue.rights.manifest import Manifest
from clearcue.rights.policy import Policy, rule
from clearcue.rights.training_set import Member, TrainingSet
from clearcue.rights.values import Obligation, Permission, RightsError, Work

_MAKER = object()


class RightsRefusedError(RightsError):
    """A work that must not be used so; carries its id and the reasons."""

    def __init__(self, work_id: str, reasons: Sequence[str]) -> None:
        self.work_id = work_id
        self.reasons = tuple(reasons)
        super().__init__(f"{work_id} is refused: {'; '.join(reasons)}")


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """A work as it was found: its id, the SHA-256 (hex) of the bytes read, and what they hold."""

    work_id: str
    sha256: str
    parsed: ParsedWork


@dataclass(frozen=True, slots=True)
class ClearedWork:
    """A work of a cleared corpus: its rights and its notes."""

    rights: Work
    parsed: ParsedWork

    @property
    def work_id(self) -> str:
        """The manifest's id of the work."""
        return self.rights.work_id

    @property
    def title(self) -> str:
        """The work's title."""
        return self.rights.title


class ClearedCorpus:
    """Works that a policy allows to learn from, ordered by id. Made by `clear_corpus` alone."""

    __slots__ = ("_policy", "_works")
    _policy: Policy
    _works: tuple[ClearedWork, ...]

    def __init__(self, maker: object, policy: Policy, works: tuple[ClearedWork, ...]) -> None:
        if maker is not _MAKER:
            raise TypeError("a ClearedCorpus is made by clearcue.rights.corpus.clear_corpus alone")
        object.__setattr__(self, "_policy", policy)
        object.__setattr__(self, "_works", works)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("a ClearedCorpus has no subclasses")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a ClearedCorpus does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a ClearedCorpus does not change")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a ClearedCorpus is neither copied nor pickled")

    @property
    def policy(self) -> Policy:
        """The policy under which it was cleared."""
        return self._policy

    @property
    def works(self) -> tuple[ClearedWork, ...]:
        """The works, ordered by id."""
        return self._works

    def __len__(self) -> int:
        return len(self._works)

    def __iter__(self) -> Iterator[ClearedWork]:
        return iter(self._works)

    def work(self, work_id: str) -> ClearedWork:
        """The work of that id.

        Raises:
            KeyError: when it is not in the corpus.
        """
        for work in self._works:
            if work.work_id == work_id:
                return work
        raise KeyError(work_id)

    def obligations(self, work_ids: Iterable[str]) -> tuple[Obligation, ...]:
        """What a use of these works owes, in the order of the ids, each obligation once.

        Raises:
            KeyError: when a work is not in the corpus.
        """
        owed = (
            obligation
            for work_id in sorted(set(work_ids))
            for obligation in self.work(work_id).rights.decision.obligations
        )
        return tuple(dict.fromkeys(owed))

    def training_set(self, engine_version: str) -> TrainingSet:
        """The snapshot of these works, this policy and an engine version."""
        members = tuple(
            Member(
                work.work_id,
                work.rights.identity.sha256,
                str(work.rights.encoding.licence),
                work.rights.decision.verdict,
            )
            for work in self._works
        )
        return TrainingSet(self._policy.name, self._policy.version, engine_version, members)


def trainable(manifest: Manifest, policy: Policy) -> tuple[Work, ...]:
    """The works that a policy allows to learn from, ordered by id."""
    allowed = [work for work in manifest.works if rule(work, Permission.TRAIN, policy).granted]
    return tuple(sorted(allowed, key=lambda work: work.work_id))


def clear_corpus(
    manifest: Manifest,
    policy: Policy,
    files: Iterable[VerifiedFile],
    *,
    withdrawn: Collection[str] = (),
) -> ClearedCorpus:
    """Make a cleared corpus of files that were found; their order does not matter.

    For every file, in this order:

    1. the manifest lists the work;
    2. the bytes that were read have the manifest's SHA-256;
    3. the work is handed in once;
    4. the policy allows to learn from it (`policy.rule`);
    5. it is not among the ids of works that were withdrawn.

    Raises:
        RightsRefusedError: for the first file that fails, by name, with every reason of step 4.
    """
    listed = {work.work_id: work for work in manifest.works}
    cleared: dict[str, ClearedWork] = {}
    for file in files:
        work = listed.get(file.work_id)
        if work is None:  # 1
            raise RightsRefusedError(file.work_id, [f"{manifest.name} does not list it"])
        if file.sha256 != work.identity.sha256:  # 2
            raise RightsRefusedError(file.work_id, ["the file is not the one that was reviewed"])
        if file.work_id in cleared:  # 3
            raise RightsRefusedError(file.work_id, ["it was handed in twice"])
        ruling = rule(work, Permission.TRAIN, policy)
        if not ruling.granted:  # 4
            raise RightsRefusedError(file.work_id, ruling.reasons)
        if file.work_id in withdrawn:  # 5
            raise RightsRefusedError(file.work_id, ["it was withdrawn"])
        cleared[file.work_id] = ClearedWork(work, file.parsed)
    works = tuple(cleared[work_id] for work_id in sorted(cleared))
    return ClearedCorpus(_MAKER, policy, works)
