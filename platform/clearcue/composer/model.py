"""The learnt model: melody, rhythm and changes of chord, every count kept by work.

A choice is drawn from a linear mixture of count distributions and of a rule's weights. Because the
mixture is linear, each work's share of a choice is exact: the part of the choice's probability that
the work's own counts contribute, stated in millionths (2^-20). No share is estimated. Tunes are
drawn by the experts of `viewpoints` (see `drawing`), changes of chord from a table here.
"""

import io
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.counts import with_slots
from clearcue.composer.errors import CompositionError
from clearcue.composer.events import read_events
from clearcue.composer.mixture import learn_side, side
from clearcue.composer.observe import Change, changes, local_keys
from clearcue.composer.randomness import Stream
from clearcue.composer.runs import Runs, Voices, voices_of
from clearcue.composer.sources import in_units
from clearcue.composer.viewpoint_kernels import Side
from clearcue.music.lineage import RuleSource, Shares, Source, WorkSource
from clearcue.rights.corpus import ClearedCorpus

SCALE = 1 << 20
MODEL_VERSION = "2"
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


@dataclass(frozen=True, slots=True)
class Tune:
    """What was learnt of tunes: pitch, rhythm, and the runs of notes that the works hold."""

    pitch: Side
    rhythm: Side
    runs: Runs


class Model:
    """Counts by work, and the mixture drawn from them.

    `works` are the ids of the works in the order that counts refer to; `training_set` is the
    digest of the training set, which every track names.
    """

    def __init__(
        self, works: Sequence[str], training_set: str, tables: Mapping[str, Table], tune: Tune
    ) -> None:
        self.works = tuple(works)
        self.training_set = training_set
        self.tables = dict(tables)
        self.sourced = True
        self.tune = tune
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
        trial.sourced = False
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
        if not self.sourced:
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
        return in_units(exact)

    def _by_work(self, origin: Origin) -> dict[int, Fraction]:
        by_work: dict[int, Fraction] = defaultdict(Fraction)
        for context in origin.contexts:
            choices = self.tables[context.table].get(context.key, {})
            if origin.choice in choices:
                seen = sum(self._totals[context.table][context.key].values())
                for work, count in choices[origin.choice].items():
                    by_work[work] += Fraction(context.weight * count, seen)
        return by_work

    def to_bytes(self) -> bytes:
        """The model for a cache: the same bytes wherever it was learnt from the same works."""
        tables = {
            name: {
                key: {
                    choice: [[work, count] for work, count in sorted(by.items())]
                    for choice, by in choices.items()
                }
                for key, choices in table.items()
            }
            for name, table in self.tables.items()
        }
        document = {
            "version": MODEL_VERSION,
            "training_set": self.training_set,
            "works": list(self.works),
            "tables": tables,
        }
        text = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        arrays: dict[str, NDArray[Any]] = {"document": np.frombuffer(text, np.uint8)}
        for name in ("pitch", "rhythm"):
            learnt: Side = getattr(self.tune, name)
            arrays |= {f"{name}.{column}": getattr(learnt.counts, column) for column in _COUNTS}
            arrays[f"{name}.weights"] = learnt.weights
        voices = self.tune.runs.voices
        arrays |= {f"voices.{name}": getattr(voices, name) for name in _VOICES}
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Model":
        """Read what `to_bytes` wrote.

        Raises:
            CompositionError: when it is of another version or not a model.
        """
        try:
            with np.load(io.BytesIO(data)) as arrays:
                document = json.loads(arrays["document"].tobytes())
                if document["version"] != MODEL_VERSION:
                    raise CompositionError("the cached model is of another version; train again")
                tables: dict[str, Table] = {
                    name: {
                        key: {choice: dict(map(tuple, by)) for choice, by in choices.items()}
                        for key, choices in table.items()
                    }
                    for name, table in document["tables"].items()
                }
                tune = Tune(
                    _side(arrays, "pitch"),
                    _side(arrays, "rhythm"),
                    Runs(Voices(*(arrays[f"voices.{name}"] for name in _VOICES))),
                )
                return cls(document["works"], document["training_set"], tables, tune)
        except _UNREADABLE as error:
            raise CompositionError("the cached model cannot be read; train again") from error


_UNREADABLE = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, EOFError, BadZipFile,
)  # fmt: skip
_COUNTS = ("contexts", "symbols", "taught")
_VOICES = ("onset", "pitch", "begin", "work")


def _side(arrays: Mapping[str, NDArray[Any]], name: str) -> Side:
    counts = with_slots(*(arrays[f"{name}.{column}"] for column in _COUNTS))
    return side(counts, arrays[f"{name}.weights"], rhythm=name == "rhythm")


def _scaled(choices: Mapping[str, int]) -> dict[str, int]:
    """The probability of each choice in units of 1 / `SCALE`."""
    seen = sum(choices.values())
    return {choice: SCALE * count // seen for choice, count in choices.items()}


def change_contexts(mode: str, before: Sequence[tuple[int, str]]) -> tuple[Context, ...]:
    """The contexts a change of chord is drawn from: the longest first.

    `before` are the chords before it as (root above the tonic, quality), the last one the nearest;
    at most three of them count.
    """
    chords = [f"{root}{quality}" for root, quality in before[-_CHORDS_BACK:]]
    longer = [
        Context("changes", "|".join([mode, *chords[-count:]]), 4 << (2 * count - 2))
        for count in range(len(chords), 0, -1)
    ]
    return (*longer, Context("changes", mode, 1))


_CHORDS_BACK = 3


def _contexts_of(change: Change) -> Iterable[tuple[str, str]]:
    for context in change_contexts(change.mode, change.before):
        yield context.key, f"{change.after[0]}{change.after[1]}"


def learn(corpus: ClearedCorpus) -> Model:
    """Learn from a ClearedCorpus, and from nothing else.

    Raises:
        TypeError: when it is anything but a ClearedCorpus.
        CompositionError: when it holds no melody or change of chord to learn from.
    """
    if not isinstance(corpus, ClearedCorpus):
        raise TypeError("only a ClearedCorpus can be learnt from")
    parsed = [work.parsed for work in corpus]
    table: Table = {}
    for index, work in enumerate(parsed):
        for change in changes(work, local_keys(work)):
            for key, choice in _contexts_of(change):
                by_work = table.setdefault(key, {}).setdefault(choice, {})
                by_work[index] = by_work.get(index, 0) + 1
    if not table:
        raise CompositionError("the training set holds no changes of chord to learn from")
    events = read_events(parsed)
    if len(events) < 2:
        raise CompositionError("the training set holds no melody to learn from; add works")
    tune = Tune(
        learn_side(events, rhythm=False),
        learn_side(events, rhythm=True),
        Runs(voices_of(parsed)),
    )
    works = [work.work_id for work in corpus]
    root = corpus.training_set(ENGINE_VERSION).root
    return Model(works, root, {"changes": table}, tune)
