"""What a person supplies to be composed with, under their declaration of rights.

A motif and a bass line come as score files, chords as a line of text. Whoever supplies says who
they are and by what right: own work, public domain, or licensed. Nothing is taken without that,
and nothing that comes near to a work of the training corpus or to another organisation's track.
The declaration, the supplied file's digest and its notes go into the record, so that the piece can
be made again from the record alone; the file itself is not kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from clearcue.composer.given import (
    BAR_STEPS,
    SIXTEENTH,
    Given,
    GivenChords,
    GivenLine,
    bass_of,
    motif_of,
    parse_chords,
)
from clearcue.errors import BadInputError
from clearcue.music.lineage import RuleSource
from clearcue.music.score import Note
from clearcue.music.time import Meter
from clearcue.music.work import Bar, Line, ParsedWork
from clearcue.originality.check import check
from clearcue.originality.index import Index
from clearcue.originality.report import NEAR_DUPLICATE
from clearcue.services.near_tracks import NearDuplicateError, TracksMade
from clearcue.services.platform import ScoreFiles
from clearcue.services.stored import Organisation

RIGHTS = ("own-work", "public-domain", "licensed")
LINES = ("motif", "bass")
LONGEST_STATEMENT = 1000
_NAME = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029]{1,120}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BY_PERSON = "given."
"""How the rule of everything given is named, with what it is behind it."""


class SupplyError(BadInputError):
    """What is supplied cannot be taken; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """Who supplies, by which of `RIGHTS`, and what they say of it (None: nothing more).

    Raises:
        SupplyError: when the name, the right or the statement is none.
    """

    by: str
    right: str
    statement: str | None = None

    def __post_init__(self) -> None:
        refuse_no_name(self.by, "supplies this")
        if self.right not in RIGHTS:
            raise SupplyError(
                f"say by what right you supply this: one of {', '.join(RIGHTS)}, not {self.right!r}"
            )
        said = self.statement
        if said is not None and (_CONTROL.search(said) or not 0 < len(said) <= LONGEST_STATEMENT):
            raise SupplyError(f"what you say of the right has 1 to {LONGEST_STATEMENT} characters")
        if self.right == "licensed" and self.statement is None:
            raise SupplyError("licensed material needs a word on the licence: who granted what")


def refuse_no_name(by: str, does: str) -> None:
    """Refuse what is no name of a person. Raises SupplyError."""
    if not _NAME.fullmatch(by) or not by.strip():
        raise SupplyError(f"say who {does}: a name of 1 to 120 characters on one line")


@dataclass(frozen=True, slots=True)
class Supply:
    """All that is supplied with an order: as music, and under which declaration."""

    given: Given
    declaration: Declaration | None


NO_SUPPLY = Supply(Given(), None)


def what_of(source: RuleSource) -> str:
    """What a given source is: motif, chords or bass."""
    return source.rule.removeprefix(_BY_PERSON)


def is_given(source: object) -> bool:
    """Whether a source is something that a person gave."""
    return isinstance(source, RuleSource) and source.rule.startswith(_BY_PERSON)


def _source(what: str, name: str, digest: str, declared: Declaration) -> RuleSource:
    return RuleSource(_BY_PERSON + what, name, f"sha256:{digest}", declared.by, declared.right)


@dataclass(frozen=True, slots=True)
class Upload:
    """A supplied file: where it lies, and the name that it came by."""

    path: Path
    name: str


def supply_of(
    scores: ScoreFiles,
    motif: Upload | None,
    chords: str | None,
    bass: Upload | None,
    declaration: Declaration | None,
) -> Supply:
    """Read what is supplied.

    Raises:
        SupplyError: when something is supplied without a declaration, or a declaration alone.
        BadInputError: when a file cannot be read as a score, or is no motif or bass line.
    """
    if motif is None and chords is None and bass is None:
        if declaration is not None:
            raise SupplyError("a declaration of rights needs a motif, chords or a bass line")
        return NO_SUPPLY
    if declaration is None:
        raise SupplyError(
            "what you supply needs your declaration: who you are, and your right to it "
            f"({', '.join(RIGHTS)})"
        )
    lines = {
        what: None if upload is None else _line(scores, what, upload, declaration)
        for what, upload in (("motif", motif), ("bass", bass))
    }
    progression = None
    if chords is not None:
        digest = sha256(chords.encode()).hexdigest()
        progression = parse_chords(chords, _source("chords", "chords", digest, declaration))
    return Supply(Given(lines["motif"], progression, lines["bass"]), declaration)


def _line(scores: ScoreFiles, what: str, upload: Upload, declared: Declaration) -> GivenLine:
    work = scores.read(upload.path)
    name = _UNPRINTED.sub("", upload.name)[:120].strip() or what
    digest = sha256(upload.path.read_bytes()).hexdigest()
    source = _source(what, name, digest, declared)
    return motif_of(work, source) if what == "motif" else bass_of(work, source)


def refuse_known(
    supply: Supply, index: Index, organisation: Organisation, tracks: TracksMade
) -> None:
    """Refuse lines that are somebody else's: a training work's, or another organisation's track's.

    Lines shorter than the check's window tell it nothing, and pass.

    Raises:
        NearDuplicateError: naming what the line is near to, as far as that may be named.
    """
    for what in LINES:
        line: GivenLine | None = getattr(supply.given, what)
        if line is None:
            continue
        work = work_of(line)
        report = check(index, work)
        if report.verdict == NEAR_DUPLICATE and report.nearest is not None:
            near = report.nearest
            raise NearDuplicateError(
                f"the {what} {line.source.file} comes too near to {near.title} ({near.work}), bars "
                f"{near.work_bars[0]} to {near.work_bars[1]}; give one of your own"
            )
        found = tracks.near(work, index.rarity, without=tracks.of(organisation.id))
        if found is not None and found.verdict == NEAR_DUPLICATE:
            raise NearDuplicateError(
                f"the {what} {line.source.file} comes too near to another track of this platform; "
                "give one of your own"
            )


def work_of(line: GivenLine) -> ParsedWork:
    """A given line as the check compares it; an upbeat takes a bar of its own."""
    meter = Meter(4, 4)
    lead = 1 if line.notes[0][0] < 0 else 0
    notes = tuple(
        Note((onset + lead * BAR_STEPS) * SIXTEENTH, length * SIXTEENTH, pitch)
        for onset, length, pitch in line.notes
    )
    bars = tuple(Bar(n + 1 - lead, n * meter.bar_ticks, meter) for n in range(line.bars + lead))
    name = what_of(line.source)
    return ParsedWork(name, name, (Line(name, notes),), bars, ())


def plain_supply(supply: Supply) -> dict[str, Any]:
    """What was supplied as records and jobs write it; empty where nothing was."""
    declared = supply.declaration
    if declared is None:
        return {}
    plain: dict[str, Any] = {"by": declared.by, "right": declared.right}
    if declared.statement is not None:
        plain["statement"] = declared.statement
    for what in LINES:
        line: GivenLine | None = getattr(supply.given, what)
        if line is not None:
            notes = [list(note) for note in line.notes]
            plain[what] = {**_file(line.source), "bars": line.bars, "notes": notes}
    if supply.given.chords is not None:
        chords = supply.given.chords
        plain["chords"] = {**_file(chords.source), "text": chords.text}
    return plain


def _file(source: RuleSource) -> dict[str, Any]:
    return {"name": source.file, "sha256": source.version.removeprefix("sha256:")}


def read_supply(plain: Mapping[str, Any]) -> Supply:
    """The supply that `plain_supply` wrote."""
    if not plain:
        return NO_SUPPLY
    declared = Declaration(plain["by"], plain["right"], plain.get("statement"))

    def source(what: str) -> RuleSource:
        return _source(what, plain[what]["name"], plain[what]["sha256"], declared)

    def line(what: str) -> GivenLine | None:
        if what not in plain:
            return None
        notes = tuple((onset, length, pitch) for onset, length, pitch in plain[what]["notes"])
        return GivenLine(notes, plain[what]["bars"], source(what))

    chords: GivenChords | None = None
    if "chords" in plain:
        chords = parse_chords(plain["chords"]["text"], source("chords"))
    return Supply(Given(line("motif"), chords, line("bass")), declared)
