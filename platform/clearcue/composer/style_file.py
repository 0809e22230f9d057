"""Reads a style file: an arrangement that a musician wrote as text (see docs/styles.md).

A style file holds only patterns of its author, or of a source that it names with a licence that
allows them; a layer says with `from` which source its patterns are from, and its lineage names it.
"""

import tomllib

from clearcue.composer.errors import StyleError
from clearcue.composer.fields import Fields
from clearcue.composer.numerals import parse_numeral
from clearcue.composer.patterns import DRUMS, KINDS, LENGTHS, checked
from clearcue.composer.style import (
    BAR_STEPS,
    CELL_STEPS,
    Colours,
    DrumVoice,
    Fill,
    Layer,
    RuleFile,
    Style,
)
from clearcue.data.instruments import instruments
from clearcue.music.lineage import CHORDS
from clearcue.music.score import ROLES
from clearcue.music.time import TICKS_PER_QUARTER, Swing
from clearcue.rights.licences import known_licences
from clearcue.rights.values import Verdict

LARGEST_BYTES = 200_000
OCTAVE = 11
"""Semitones from the lowest to the highest of twelve keys: every pitch class has a place."""
SLOWEST_BPM, FASTEST_BPM = 40, 200
_PATTERNED = ("counter", "comp", "strum", "arp", "ostinato", "bass")
_UNITS = {"eighth": TICKS_PER_QUARTER // 2, "sixteenth": TICKS_PER_QUARTER // 4}


def read_style(name: str, file: str, text: str) -> Style:
    """The style that a file holds; `file` is what errors and lineage call it.

    Raises:
        StyleError: when anything in it is wrong; the message says where, what and what to do.
    """
    if len(text.encode()) > LARGEST_BYTES:
        raise StyleError(f"{file}: is larger than {LARGEST_BYTES} bytes")
    try:
        fields = Fields(file, "", tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StyleError(f"{file}: is no TOML: {error}") from error
    head = rule_file(fields)
    sources = _sources(fields, head)
    layers = tuple(_layer(table, head, sources) for table in fields.tables("layer"))
    _check_layers(fields, layers)
    cells = tuple(_pattern(fields, "melody_cells", text, "melody", (CELL_STEPS,))
                  for text in fields.texts("melody_cells"))  # fmt: skip
    if not cells:
        fields.fail("melody_cells", 'is empty; give at least one half bar, such as "x---x---"')
    style = Style(
        name=name,
        source=head,
        description=fields.text("description"),
        aliases=fields.texts("aliases", ()),
        tempo_bpm=(
            fields.span("tempo_bpm", SLOWEST_BPM, FASTEST_BPM) if "tempo_bpm" in fields else None
        ),
        swing=_swing(fields),
        melody_cells=cells,
        learnt_rhythm_percent=fields.whole("learnt_rhythm_percent", 0, 100),
        colour_percent=fields.whole("colour_percent", 0, 100),
        colours=_colours(fields.table("colours", {})),
        stop_percent=fields.whole("stop_percent", 0, 100, 50),
        layers=layers,
    )
    fields.close()
    return style


def rule_file(fields: Fields) -> RuleFile:
    """Who wrote a file's rules, from its table `file`."""
    head = fields.table("file")
    made = RuleFile(fields.file, head.text("version", longest=20), head.text("author"),
                    head.text("licence"))  # fmt: skip
    head.close()
    return made


def _sources(fields: Fields, head: RuleFile) -> dict[str, RuleFile]:
    """The named sources of patterns: each with an author, a known licence, and where it says so."""
    found: dict[str, RuleFile] = {}
    for table in fields.tables("source", ()):
        name = table.text("name")
        licence = table.one_of("licence", sorted(known_licences()))
        if Verdict.CLEARED not in known_licences()[licence].verdicts:
            table.fail("licence", f"{licence} does not clear a source; take the patterns out")
        evidence = table.text("evidence", longest=500)
        if "://" not in evidence and len(evidence) < 20:
            table.fail("evidence", "quote the licence statement, or give the address it stands at")
        if name in found:
            table.fail("name", f"there are two sources {name!r}; give each a name of its own")
        found[name] = RuleFile(fields.file, head.version, table.text("author"), licence)
        table.close()
    return found


def _swing(fields: Fields) -> Swing | None:
    if "swing" not in fields:
        return None
    table = fields.table("swing")
    unit = table.one_of("unit", list(_UNITS))
    first, second = table.whole("first", 1, 100), table.whole("second", 1, 100)
    table.close()
    try:
        return Swing(first, second, _UNITS[unit])
    except ValueError as error:
        table.fail("first", f"{error}; even is 1 to 1, triplets are 2 to 1")


def _colours(table: Fields) -> Colours:
    made = Colours(*(_suffixes(table, field) for field in ("major", "minor", "dominant")))
    table.close()
    return made


def _suffixes(table: Fields, field: str) -> tuple[str, ...]:
    suffixes = table.texts(field, ())
    for suffix in suffixes:
        try:
            parse_numeral(("i" if field == "minor" else "I") + suffix)
        except ValueError:
            table.fail(field, f'{suffix!r} is no ending of a chord, such as "maj7", "7" or "add9"')
    return suffixes


def _layer(table: Fields, head: RuleFile, sources: dict[str, RuleFile]) -> Layer:
    name, kind = table.text("name", longest=40), table.one_of("kind", list(KINDS))
    low, high = table.span("register", 0, 127) if "register" in table else (0, 127)
    enter = table.whole("enter", 0, 100)
    lengths = (CELL_STEPS,) if kind in ("melody", "double") else LENGTHS
    voices = tuple(_voice(voice) for voice in table.tables("voice", ()))
    made = Layer(
        name=name,
        kind=kind,
        role=table.one_of("role", ROLES),
        instruments=_instruments(table, kind, low, high),
        source=sources[table.one_of("from", list(sources))] if "from" in table else head,
        enter=enter,
        leave=table.whole("leave", enter, 100, 100),
        low=low,
        high=high,
        velocity=table.whole("velocity", 1, 127),
        chance=table.whole("chance", 1, 100, 100),
        patterns=_patterns(table, "cells", kind, lengths),
        turns=_patterns(table, "turns", kind, lengths),
        voices=voices,
        fills=tuple(_fill(fill) for fill in table.tables("fill", ())),
    )
    if kind in _PATTERNED and not made.patterns:
        table.fail("cells", f"a {kind} layer needs at least one pattern")
    if made.turns and len(made.turns[0]) > BAR_STEPS:
        table.fail("turns", "a turn is half a bar or a bar long")
    if (kind == "drums") != bool(voices):
        table.fail("voice", "a drums layer needs voices, and no other layer has any")
    table.close()
    return made


def _instruments(table: Fields, kind: str, low: int, high: int) -> tuple[str, ...]:
    names = table.texts("instruments")
    if not names:
        table.fail("instruments", "is empty; name at least one")
    for name in names:
        instrument = instruments()[table.known("instruments", name, list(instruments()))]
        if instrument.is_drums != (kind == "drums") and kind != "hits":
            table.fail("instruments", f"{name!r} cannot play a {kind} layer")
        room = min(high, instrument.high) - max(low, instrument.low)
        if kind not in ("drums", "hits") and room < OCTAVE:
            table.fail(
                "register",
                f"{name!r} has less than an octave of {low} to {high}: it plays from "
                f"{instrument.low} to {instrument.high}",
            )
    return names


def _patterns(table: Fields, field: str, kind: str, lengths: tuple[int, ...]) -> tuple[str, ...]:
    """Patterns that are all of one length, so that each may take the place of any other."""
    texts = table.texts(field, ())
    made = tuple(_pattern(table, field, text, kind, lengths) for text in texts)
    if len({len(pattern) for pattern in made}) > 1:
        table.fail(field, "its patterns differ in length; give all of them the same")
    return made


def _pattern(table: Fields, field: str, text: str, kind: str, lengths: tuple[int, ...]) -> str:
    try:
        return checked(text, kind, lengths)
    except ValueError as error:
        table.fail(field, str(error))


def _voice(table: Fields) -> DrumVoice:
    enter = table.whole("enter", 0, 100, 0)
    bars = tuple(
        _pattern(table, "bars", text, "drums", (BAR_STEPS, 2 * BAR_STEPS))
        for text in table.texts("bars")
    )
    if not bars:
        table.fail("bars", "is empty; give a pattern for each groove")
    made = DrumVoice(DRUMS[table.one_of("drum", list(DRUMS))], enter,
                     table.whole("leave", enter, 100, 100), bars)  # fmt: skip
    table.close()
    return made


def _fill(table: Fields) -> Fill:
    """What each drum plays in a fill; all patterns are of one length."""
    made = tuple(
        (
            DRUMS[table.known(drum, drum, list(DRUMS))],
            _pattern(table, drum, table.text(drum), "drums", (CELL_STEPS, BAR_STEPS)),
        )
        for drum in table.names()
    )
    if len({len(pattern) for _, pattern in made}) != 1:
        table.fail("fill", "give it at least one drum, all with patterns of one length")
    table.close()
    return made


def _check_layers(fields: Fields, layers: tuple[Layer, ...]) -> None:
    """A style has one melody and layers with names of their own; its drum grooves go together."""
    names = [layer.name for layer in layers]
    if len(set(names)) != len(names) or CHORDS in names:
        fields.fail("layer", f"layers need names of their own, and none may be {CHORDS!r}")
    if [layer.kind for layer in layers].count("melody") != 1:
        fields.fail("layer", "give the style exactly one layer of the kind melody")
    for layer in layers:
        if layer.kind == "melody" and layer.chance < 100:
            fields.fail(f"layer {layer.name!r}", "the melody has no chance; take it out")
