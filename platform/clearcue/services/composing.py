"""Composing until the check is content: attempts of one seed, and seeds until one is free.

A seed that the caller gives is reproduced whatever is stored: only the training set can reject an
attempt. Without one, seeds are drawn until the track is clear of every track made before, too.
"""

import secrets
from dataclasses import dataclass

from clearcue.composer.compose import Composition
from clearcue.composer.errors import RefusedError
from clearcue.composer.model import Model
from clearcue.music.score import Score
from clearcue.originality.check import check
from clearcue.originality.index import Index
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE, Report
from clearcue.services.near_tracks import NearDuplicateError, TracksMade
from clearcue.services.platform import Progress
from clearcue.services.recipes import Recipe
from clearcue.services.recording import Attempt

MOST_ATTEMPTS = 8
MOST_SEEDS = 8
SEED_BITS = 48
REFUSED = "refused"
"""The verdict of an attempt that the composer's critic refused; the check did not see it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted piece, the seed it came from, and every attempt on the way."""

    seed: int
    composition: Composition
    report: Report
    attempts: tuple[Attempt, ...]


def compose_clear(
    model: Model,
    index: Index,
    recipe: Recipe,
    seed: int | None,
    organisation_id: str,
    others: TracksMade,
    progress: Progress,
) -> Accepted:
    """Compose the recipe from the given seed, or from drawn ones until the piece is free.

    Pieces that share what a person gave, or work on one track, are bound to be near: of those a
    drawn seed's must only be free of other organisations' tracks.

    Raises:
        NearDuplicateError: when no attempt is clear of the training set, or a given seed's music
            belongs to another organisation.
        RefusedError: when the critic refused every attempt.
    """
    if seed is not None:
        accepted = _of_seed(model, index, recipe, seed, progress)
        refuse_anothers(accepted.composition.score, seed, index, organisation_id, others)
        return accepted
    for _ in range(MOST_SEEDS):
        accepted = _of_seed(model, index, recipe, secrets.randbits(SEED_BITS), progress)
        score = accepted.composition.score
        if recipe.alike:
            refuse_anothers(score, accepted.seed, index, organisation_id, others)
            return accepted
        near = others.near(score, index.rarity)
        if (near is None or near.verdict == CLEAR) and not others.same(score):
            return accepted
    raise NearDuplicateError(
        f"{MOST_SEEDS} drawn seeds all came near to tracks made before; "
        "change the style, the mood or the length"
    )


def _of_seed(model: Model, index: Index, recipe: Recipe, seed: int, progress: Progress) -> Accepted:
    attempts: list[Attempt] = []
    for number in range(MOST_ATTEMPTS):
        progress("composing", number, MOST_ATTEMPTS)
        try:
            piece = recipe.compose(model, seed, number)
        except RefusedError:
            attempts.append(Attempt(number, REFUSED, 0.0, None))
            continue
        report = check(index, piece.score)
        nearest = report.nearest.work if report.nearest else None
        attempts.append(Attempt(number, report.verdict, report.similarity, nearest))
        if report.verdict == CLEAR:
            return Accepted(seed, piece, report, tuple(attempts))
    if all(attempt.verdict == REFUSED for attempt in attempts):
        raise RefusedError(
            f"the critic refused all {MOST_ATTEMPTS} attempts of seed {seed}; "
            "give another seed, another length, or fewer wishes"
        )
    raise NearDuplicateError(
        f"no attempt of {MOST_ATTEMPTS} of seed {seed} was clear of the training set; "
        "give another seed, or none"
    )


def compose_again(
    model: Model, index: Index, recipe: Recipe, seed: int, attempts: tuple[Attempt, ...]
) -> Accepted:
    """The piece that was accepted earlier, whose last attempt is the accepted one."""
    piece = recipe.compose(model, seed, attempts[-1].number)
    return Accepted(seed, piece, check(index, piece.score), attempts)


def refuse_anothers(
    score: Score, seed: int, index: Index, organisation_id: str, others: TracksMade
) -> None:
    """Refuse music that another organisation has: near to its track, or the same short piece.

    Raises:
        NearDuplicateError: when it has.
    """
    own = others.of(organisation_id)
    near = others.near(score, index.rarity, without=own)
    if others.same(score) - own or (near is not None and near.verdict == NEAR_DUPLICATE):
        raise NearDuplicateError(
            f"the music of seed {seed} belongs to another track of this platform; "
            "leave the seed out and one is drawn"
        )
