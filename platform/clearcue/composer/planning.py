"""Making the plan: the brief's exact length, the mood's tempo and key, the usage's form."""

from clearcue.composer.brief import Brief
from clearcue.composer.form import form
from clearcue.composer.numerals import parse_numeral
from clearcue.composer.plan import BAR_TICKS, Plan, refuse_key
from clearcue.composer.randomness import Stream
from clearcue.composer.style import Mood, Style, Usage, tempo_range
from clearcue.composer.timing import grid
from clearcue.music.pitch import Key
from clearcue.music.time import TICKS_PER_QUARTER


def plan(brief: Brief, mood: Mood, usage: Usage, style: Style, stream: Stream) -> Plan:
    """Lay out a piece whose audio lasts exactly as long as the brief says.

    Raises:
        BriefError: when the mood is not written in the key that is wished for, or the hits cannot
            be met.
    """
    span = tempo_range(mood, style)
    laid = grid(brief, span, stream.child("tempo").between(*span), usage.loops)
    key = _key(brief, mood, stream)
    before = laid.bars[-1 if usage.loops else -2]
    ring_us = brief.seconds * 1_000_000 - laid.tempo.seconds_at(before) * 1_000_000
    ring_ticks = int(ring_us * TICKS_PER_QUARTER / laid.tempo.microseconds_per_quarter)
    cadence = stream.child("cadence").choice(mood.cadences[key.mode])
    return Plan(
        brief=brief,
        mood=mood,
        usage=usage,
        style=style,
        key=key,
        tempo=laid.tempo,
        bars=laid.bars,
        sections=form(laid, mood, usage),
        ring_ticks=min(ring_ticks, BAR_TICKS),
        cadence=tuple(parse_numeral(numeral) for numeral in cadence.split()),
        hits=laid.hits,
    )


def _key(brief: Brief, mood: Mood, stream: Stream) -> Key:
    """The key that is wished for; what is left open is drawn."""
    refuse_key(brief, mood)
    mode = stream.child("mode").weighted(mood.modes)
    tonic = stream.child("tonic").below(12)
    if brief.key is None:
        return Key(tonic, mode)
    return Key(brief.key.tonic, brief.key.mode or mode)
