"""Recipes: all that makes a piece again, with the training set and the engine that made it first.

A recipe is a brief, what was supplied, and, where an earlier track is worked on, that track's own
recipe with what stays of it. So the recipes of a track's ancestors are all in its record, and the
piece can be made again from its record alone. A base is composed again and its score compared with
the digest in its record: another engine or training set does not pass for the one that made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.brief import Brief, plain_brief, read_brief
from clearcue.composer.compose import Composition, compose
from clearcue.composer.model import Model
from clearcue.composer.reworking import distance, relocked, varied
from clearcue.errors import BadInputError, ClearcueError
from clearcue.services.platform import Platform, ScoreFiles
from clearcue.services.stored import MissingError, Organisation, StoredRecord
from clearcue.services.supplying import NO_SUPPLY, Supply, plain_supply, read_supply, refuse_no_name
from clearcue_provenance import envelope, statement
from clearcue_provenance.predicates import GENERATION

LONGEST_CHAIN = 8
"""Tracks that were each worked on from the one before."""


class ReworkError(BadInputError):
    """A track cannot be worked on as asked; the message says why, or what to give."""


class LostBaseError(ClearcueError):
    """A track that was worked on cannot be composed again as it was."""


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier track: its record's digest, its score's, its family, and how to make it again."""

    record: str
    score: str
    family: str
    recipe: "Recipe"
    seed: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Rework:
    """What is done to an earlier track, by whom: locks, or a variation by so many percent."""

    base: Base
    by: str
    locks: tuple[str, ...] = ()
    vary: int | None = None

    def __post_init__(self) -> None:
        refuse_no_name(self.by, "works on the track")
        if bool(self.locks) == (self.vary is not None):
            raise ReworkError("say what stays (locks), or how far to vary (0 to 100): one of them")
        if self.vary is not None and not 0 <= self.vary <= 100:
            raise ReworkError(f"a variation is 0 to 100 percent away, not {self.vary}")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A brief, what was supplied with it, and what of an earlier track is worked on."""

    brief: Brief
    supply: Supply = NO_SUPPLY
    rework: Rework | None = None

    @property
    def alike(self) -> bool:
        """Whether its pieces are bound to be near to one another: they share what was given."""
        return self.rework is not None or self.supply.declaration is not None

    def compose(self, model: Model, seed: int, attempt: int) -> Composition:
        """The piece of a seed and attempt."""
        if self.rework is None:
            return compose(model, self.brief, seed, attempt, self.supply.given)
        base = self.rework.base
        piece = base.recipe.compose(model, base.seed, base.attempt)
        if self.rework.vary is None:
            return relocked(model, piece, self.brief, seed, attempt, self.rework.locks)
        return varied(model, piece, self.brief, seed, attempt, self.rework.vary).piece


def distance_of(recipe: Recipe, model: Model, piece: Composition) -> int | None:
    """How far a piece lies from the track that it works on, in percent; None without one."""
    if recipe.rework is None:
        return None
    base = recipe.rework.base
    return distance(base.recipe.compose(model, base.seed, base.attempt).score, piece.score)


def refuse_lost_base(recipe: Recipe, model: Model, scores: ScoreFiles) -> None:
    """Refuse a base that this engine and training set make otherwise than they once did.

    Raises:
        LostBaseError: naming the record.
    """
    if recipe.rework is None:
        return
    base = recipe.rework.base
    piece = base.recipe.compose(model, base.seed, base.attempt)
    if sha256(scores.midi(piece.score)).hexdigest() != base.score:
        raise LostBaseError(
            f"the track of record {base.record[:12]} cannot be made again by engine "
            f"{ENGINE_VERSION} and today's training set; order a new one with its brief"
        )


def plain_recipe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as records and jobs write it; what it does not have is left out."""
    plain = plain_brief(recipe.brief)
    if recipe.supply.declaration is not None:
        plain["supplied"] = plain_supply(recipe.supply)
    if recipe.rework is not None:
        rework = recipe.rework
        base = rework.base
        made = {**plain_recipe(base.recipe), "seed": base.seed, "attempt": base.attempt}
        plain["rework"] = {
            "by": rework.by,
            "record": {"sha256": base.record},
            "score": {"sha256": base.score},
            "family": base.family,
            "recipe": made,
            **({"locks": list(rework.locks)} if rework.locks else {}),
            **({} if rework.vary is None else {"vary_percent": rework.vary}),
        }
    return plain


def read_recipe(plain: Mapping[str, Any]) -> Recipe:
    """The recipe that `plain_recipe` wrote; other keys are ignored."""
    rework = None
    if "rework" in plain:
        given = plain["rework"]
        made = given["recipe"]
        base = Base(
            given["record"]["sha256"], given["score"]["sha256"], given["family"],
            read_recipe(made), made["seed"], made["attempt"],
        )  # fmt: skip
        rework = Rework(base, given["by"], tuple(given.get("locks", ())), given.get("vary_percent"))
    return Recipe(read_brief(plain), read_supply(plain.get("supplied", {})), rework)


def base_of(platform: Platform, organisation: Organisation, named: str) -> Base:
    """An organisation's track to work on, by its id or its record's digest.

    Raises:
        MissingError: when the organisation has no such track.
        ReworkError: when too many tracks were worked on one after the other.
    """
    with platform.units.read() as unit:
        try:
            record = unit.records.for_track(organisation.id, named)
        except MissingError:
            record = unit.records.by_digest(organisation.id, named)
        family = unit.tracks.get(organisation.id, record.track_id).family
    return _base(record, family)


def _base(record: StoredRecord, family: str) -> Base:
    stated = statement.parse(envelope.parse(record.envelope).payload)
    if stated.predicate_type != GENERATION:
        raise ReworkError("this record is none of a track; give the track's id or its record")
    made = stated.predicate["buildDefinition"]["externalParameters"]
    score = next(one.sha256 for one in stated.subjects if one.name == "score.mid")
    recipe = read_recipe(made)
    if chain_length(recipe) >= LONGEST_CHAIN:
        raise ReworkError(f"this track was worked on {LONGEST_CHAIN} times; order a new one")
    return Base(record.digest, score, family, recipe, made["seed"], made["attempt"])


def chain_length(recipe: Recipe) -> int:
    """How many tracks a recipe works on, one after the other."""
    return 0 if recipe.rework is None else 1 + chain_length(recipe.rework.base.recipe)
