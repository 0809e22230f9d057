"""Choices that were drawn from the model, kept with all that is needed to say who taught them."""

from dataclasses import dataclass

from clearcue.composer.model import Origin
from clearcue.composer.viewpoint_kernels import Ints
from clearcue.music.lineage import RuleSource


@dataclass(frozen=True, slots=True)
class DrawingRules:
    """The rules that a drawing is ascribed to, as far as it was not learnt.

    `steps` weighs melodic steps, `cells` are the style's rhythms; `recall` is the rule to come back
    to what the piece itself has brought.
    """

    steps: RuleSource
    cells: RuleSource
    recall: RuleSource


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A bar as it was drawn: its events after those before them, and the weights of its choices.

    `events` has the columns of `viewpoint_kernels`, `made` those of `drawing_kernels`; `sources`
    holds (rhythm, pitch) of the events before the drawn ones, which come after them.
    """

    events: Ints
    made: Ints
    sources: tuple[tuple["Choice", "Choice"], ...]
    rules: DrawingRules


@dataclass(frozen=True, slots=True)
class Drawn:
    """One choice of a drawing: the pitch or the rhythm of the event at a place."""

    drawing: Drawing
    place: int
    rhythm: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A choice that a rule made from an earlier one: half the rule's, half the earlier one's."""

    rule: RuleSource
    choice: "Choice"


Choice = Origin | Drawn | Moved | RuleSource
"""How something was chosen: from a table, by the experts, from another choice, or by rule."""
