"""The colour that a style gives to a mood's chords: sevenths for jazz, plain triads for folk.

The mood's palette decides which chords there are; the style decides how they are dressed. A suffix
is only put on where its added tones belong to the key, or where a dominant wants its seventh. A
chord is dressed in one way in a whole piece.
"""

from clearcue.composer.harmony import ROOT_PART, Loop, LoopChord
from clearcue.composer.numerals import Numeral, parse_numeral
from clearcue.composer.plan import Plan
from clearcue.composer.randomness import Stream
from clearcue.composer.sources import blend, of_rule
from clearcue.composer.style import Colours
from clearcue.music.lineage import Shares

_DOMINANT_ROOT = 7
_FUNCTIONAL = frozenset({"o", "o7", "sus4"})
"""Suffixes that belong to a chord's function: a style leaves them."""


def coloured(entries: Loop, plan: Plan, stream: Stream) -> Loop:
    """A loop in the style's colours."""
    made = []
    for entry in entries:
        numeral, shares = dressed(entry.numeral, entry.shares, plan, stream)
        made.append(LoopChord(numeral, entry.halves, shares))
    return tuple(made)


def dressed(numeral: Numeral, shares: Shares, plan: Plan, stream: Stream) -> tuple[Numeral, Shares]:
    """A chord as the style plays it, with its sources; dressing it twice changes nothing."""
    colours = _colours_of(numeral, plan.style.colours)
    if numeral.suffix in _FUNCTIONAL or not colours:
        return numeral, shares
    plain = _with_suffix(numeral, "")
    child = stream.child(plain.text)
    fitting = [
        made for suffix in colours if _fits(made := _with_suffix(numeral, suffix), plain, plan)
    ]
    if fitting and child.chance(plan.style.colour_percent):
        made = child.choice(fitting)
    else:
        made = numeral if numeral.suffix in (*colours, "7") else plain
    if made == numeral:
        return numeral, shares
    return made, blend(shares, of_rule(plan.style.source.rule("colours")), ROOT_PART)


def _colours_of(numeral: Numeral, colours: Colours) -> tuple[str, ...]:
    if is_dominant(numeral):
        return colours.dominant
    return colours.minor if numeral.minor else colours.major


def is_dominant(numeral: Numeral) -> bool:
    """Whether a chord is a major chord on the fifth degree, or a secondary dominant."""
    return numeral.quality == "M" and (numeral.root == _DOMINANT_ROOT or "/" in numeral.text)


def _with_suffix(numeral: Numeral, suffix: str) -> Numeral:
    """The numeral with another suffix."""
    head, slash, target = numeral.text.partition("/")
    stem = head.removesuffix(numeral.suffix) if numeral.suffix else head
    return parse_numeral(f"{stem}{suffix}{slash}{target}")


def _fits(made: Numeral, plain: Numeral, plan: Plan) -> bool:
    """Whether all tones that the suffix adds lie in the key; a dominant may always add its 7th.

    The tonic keeps its third, which tells the mode.
    """
    if is_dominant(made) and made.suffix == "7":
        return True
    if made.suffix == "sus2" and made.root == 0:
        return False
    added = set(made.intervals) - set(plain.intervals)
    tonic = plan.key.tonic
    return all((tonic + made.root + step) % 12 in plan.key.scale for step in added)
