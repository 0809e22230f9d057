"""The learnt model: counts of melodic steps, bar rhythms and chord changes, kept by work.

A choice is drawn from a linear mixture of count distributions (long contexts weighted above short
ones) and of a rule's weights. Because the mixture is linear, each work's share of a choice is
exact: the part of the choice's probability that the work's own counts contribute, stated in
millionths (2^-20). No share is estimated.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.errors import CompositionError
from clearcue.composer.observe import Rhythm, changes, local_keys, rhythms, steps
from clearcue.composer.randomness import Stream
from clearcue.music.lineage import RuleSource, Shares, Source, WorkSource
from clearcue.music.work import ParsedWork
from clearcue.rights.corpus import ClearedCorpus

SCALE = 1 << 20
SHARE_UNITS = 1 << 20
"""Shares are stated in these units, so that sums over thousands of notes stay short."""
MODEL_VERSION = "1"
Table = dict[str, dict[str, dict[int, int]]]
"""context -> choice -> index of work -> count."""


@dataclass(frozen=True, slots=True)
class Context:
    """One distribution of the mixture: a table's context and its integer weight."""

    table: str
    key: str
    weight: int


@dataclass(frozen=True, slots=True)
class Origin:
    """How a choice was drawn, enough to compute its shares: see `Model.shares`."""

    contexts: tuple[Context, ...]
    choice: str
    rule: RuleSource
    learnt_weight: int
    rule_weight: int


class Model:
    """Counts by work, and the mixture drawn from them.

    `works` are the ids of the works in the order that counts refer to; `training_set` is the
    digest of the training set, which every track names.
    """

    def __init__(self, works: Sequence[str], training_set: str, tables: Mapping[str, Table]):
        self.works = tuple(works)
        self.training_set = training_set
        self.tables = dict(tables)
        self._sourced = True
        self._totals = {
            name: {
                key: {choice: sum(by.values()) for choice, by in choices.items()}
                for key, choices in table.items()
            }
            for name, table in self.tables.items()
        }
        self._scaled = {
            name: {key: _scaled(choices) for key, choices in table.items()}
            for name, table in self._totals.items()
        }

    def without_sources(self) -> "Model":
        """The same model for trials: it draws alike, but ascribes each choice to its rule."""
        trial = copy(self)
        trial._sourced = False
        return trial

    def _learnt(self, contexts: Sequence[Context], allowed: Mapping[str, int]) -> dict[str, int]:
        """The learnt weight of each allowed choice: the contexts' weighted sum."""
        weights = dict.fromkeys(allowed, 0)
        for context in contexts:
            scaled = self._scaled[context.table].get(context.key)
            if scaled:
                for choice in allowed:
                    weights[choice] += context.weight * scaled.get(choice, 0)
        return weights

    def choices(self, table: str, key: str) -> tuple[str, ...]:
        """What was observed in a context, in a fixed order."""
        return tuple(sorted(self._totals[table].get(key, {})))

    def draw(
        self,
        stream: Stream,
        contexts: Sequence[Context],
        allowed: Mapping[str, int],
        rule: RuleSource,
        rule_percent: int,
    ) -> Origin:
        """Draw one of the allowed choices.

        Args:
            stream: where the random integer comes from.
            contexts: the learnt distributions and their weights.
            allowed: each choice that the rules permit, with the rule's own weight for it.
            rule: the rule that the rule's part of the mixture is ascribed to.
            rule_percent: the rule's part of the mixture; all of it where nothing was learnt.

        Raises:
            CompositionError: when nothing is allowed with a positive weight.
        """
        learnt = self._learnt(contexts, allowed)
        learnt_total, rule_total = sum(learnt.values()), sum(allowed.values())
        if not learnt_total and not rule_total:
            raise CompositionError(f"the rule {rule.rule!r} leaves nothing to choose from")
        percent = rule_percent if rule_total else 0
        if not learnt_total:
            percent = 100
        weights = {
            choice: (
                learnt[choice] * (100 - percent) * max(rule_total, 1),
                allowed[choice] * percent * max(learnt_total, 1),
            )
            for choice in allowed
        }
        drawn = stream.weighted([(choice, sum(pair)) for choice, pair in weights.items()])
        return Origin(tuple(contexts), drawn, rule, *weights[drawn])

    def shares(self, origin: Origin) -> Shares:
        """The sources of a drawn choice: multiples of 1 / `SHARE_UNITS` that sum to exactly one."""
        if not self._sourced:
            return ((origin.rule, Fraction(1)),)
        total = origin.learnt_weight + origin.rule_weight
        exact: dict[Source, Fraction] = {}
        if origin.rule_weight:
            exact[origin.rule] = Fraction(origin.rule_weight, total)
        if origin.learnt_weight:
            by_work = self._by_work(origin)
            learnt = Fraction(origin.learnt_weight, total) / sum(by_work.values())
            for work, part in sorted(by_work.items()):
                exact[WorkSource(self.works[work])] = learnt * part
        return _in_units(exact)

    def _by_work(self, origin: Origin) -> dict[int, Fraction]:
        by_work: dict[int, Fraction] = defaultdict(Fraction)
        for context in origin.contexts:
            choices = self.tables[context.table].get(context.key, {})
            if origin.choice in choices:
                seen = sum(self._totals[context.table][context.key].values())
                for work, count in choices[origin.choice].items():
                    by_work[work] += Fraction(context.weight * count, seen)
        return by_work

    def to_json(self) -> bytes:
        """The model as canonical JSON, for a cache."""
        document = {
            "version": MODEL_VERSION,
            "training_set": self.training_set,
            "works": list(self.works),
            "tables": {
                name: {
                    key: {
                        choice: [[work, count] for work, count in sorted(by.items())]
                        for choice, by in choices.items()
                    }
                    for key, choices in table.items()
                }
                for name, table in self.tables.items()
            },
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Model":
        """Read what `to_json` wrote.

        Raises:
            CompositionError: when it is of another version or not a model.
        """
        try:
            document = json.loads(data)
            if document["version"] != MODEL_VERSION:
                raise CompositionError("the cached model is of another version; train again")
            tables: dict[str, Table] = {
                name: {
                    key: {choice: dict(map(tuple, by)) for choice, by in choices.items()}
                    for key, choices in table.items()
                }
                for name, table in document["tables"].items()
            }
            return cls(document["works"], document["training_set"], tables)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CompositionError("the cached model cannot be read; train again") from error


def _scaled(choices: Mapping[str, int]) -> dict[str, int]:
    """The probability of each choice in units of 1 / `SCALE`."""
    seen = sum(choices.values())
    return {choice: SCALE * count // seen for choice, count in choices.items()}


def _in_units(exact: dict[Source, Fraction]) -> Shares:
    """Round shares to units, the largest remainders up, so that their sum stays one."""
    floors = {source: int(share * SHARE_UNITS) for source, share in exact.items()}
    missing = SHARE_UNITS - sum(floors.values())
    by_remainder = sorted(exact, key=lambda source: floors[source] - exact[source] * SHARE_UNITS)
    for source in by_remainder[:missing]:
        floors[source] += 1
    return tuple(
        (source, Fraction(units, SHARE_UNITS)) for source, units in floors.items() if units
    )


def rhythm_text(rhythm: Rhythm) -> str:
    """A rhythm as text, such as `0+4 4+2`."""
    return " ".join(f"{onset}+{length}" for onset, length in rhythm)


def parse_rhythm(text: str) -> Rhythm:
    """The rhythm that `rhythm_text` wrote."""
    pairs = (part.split("+") for part in text.split())
    return tuple((int(onset), int(length)) for onset, length in pairs)


def step_contexts(
    mode: str, degree: int, strong: bool, before: tuple[int | None, int | None]
) -> tuple[Context, ...]:
    """The contexts a melodic step is drawn from, the longest first."""
    flag = "b" if strong else "w"
    return (
        Context("steps", f"{mode}{degree}{flag}|{before[0]}|{before[1]}", 8),
        Context("steps", f"{mode}{degree}{flag}|{before[0]}", 4),
        Context("steps", f"{mode}{degree}{flag}", 2),
        Context("steps", f"{mode}", 1),
    )


def change_contexts(mode: str, before: tuple[int, str]) -> tuple[Context, ...]:
    """The contexts a change of chord is drawn from."""
    return (Context("changes", f"{mode}|{before[0]}{before[1]}", 4), Context("changes", mode, 1))


def _observe(work: ParsedWork) -> Iterable[tuple[str, str, str]]:
    keys = local_keys(work)
    for step in steps(work, keys):
        for context in step_contexts(step.mode, step.degree, step.strong, step.before):
            yield context.table, context.key, str(step.step)
    for change in changes(work, keys):
        for context in change_contexts(change.mode, change.before):
            yield context.table, context.key, f"{change.after[0]}{change.after[1]}"
    for rhythm in rhythms(work):
        yield "rhythms", "4/4", rhythm_text(rhythm)


def learn(corpus: ClearedCorpus) -> Model:
    """Learn from a ClearedCorpus, and from nothing else.

    Raises:
        TypeError: when it is anything but a ClearedCorpus.
        CompositionError: when it holds no melodic step, rhythm or change of chord to learn from.
    """
    if not isinstance(corpus, ClearedCorpus):
        raise TypeError("only a ClearedCorpus can be learnt from")
    tables: dict[str, Table] = {"steps": {}, "changes": {}, "rhythms": {}}
    for index, work in enumerate(corpus):
        for name, key, choice in _observe(work.parsed):
            by_work = tables[name].setdefault(key, {}).setdefault(choice, {})
            by_work[index] = by_work.get(index, 0) + 1
    for name, table in tables.items():
        if not table:
            raise CompositionError(f"the training set holds no {name} to learn from; add works")
    works = [work.work_id for work in corpus]
    return Model(works, corpus.training_set(ENGINE_VERSION).root, tables)
