"""Processes that ask at once for overlapping grants of a few families, and what is left in the end.

Every ask is the real thing: a quote is stored and then accepted, signed and logged. What is left is
compared with a count of single uses, which knows nothing of the rule under test.
"""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

from database_processes import SPAWN
from make_provenance_vectors import generation_predicate
from small_scores import part, score
from stored_rows import add_owner_and_corpus, make_record, make_track

from clearcue.adapters.db.unit_of_work import Database
from clearcue.bootstrap import open_platform
from clearcue.licensing.errors import ConflictError
from clearcue.licensing.terms import Quote, read_terms
from clearcue.services.fingerprints import fingerprint
from clearcue.services.licences import LicenceRequest, issue_quote, quote_track
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import append, publish, sign
from clearcue.settings import read_settings
from clearcue_provenance.predicates import GENERATION
from clearcue_provenance.shape import format_time
from clearcue_provenance.statement import Subject

FAMILIES = 6
TEMPLATES = ("ad-web", "social-organic", "podcast", "ad-broadcast")
TERRITORIES = ("DE", "AT,DE", "FR", "CH,FR", "US", "WORLD")
TERMS = ("P1M", "P6M", "P1Y", "PERPETUAL")
KINDS = ("none", "none", "sector", "full")
SECTORS = ("banking", "food", "toys")
LICENSEE = "Secret Licensee"


@dataclass(frozen=True)
class Told:
    """What one process was told: the licences it got, its refusals, and how long it took."""

    granted: tuple[str, ...]
    refused: int
    named: int
    seconds: float


@contextlib.contextmanager
def opened(home: Path, url: str | None) -> Iterator[Platform]:
    """A platform on a home, with its own database or the one of a URL; closed at the end."""
    given = {"CLEARCUE_HOME": str(home), "CLEARCUE_DATABASE_URL": url or ""}
    platform = open_platform(read_settings(given))
    assert isinstance(platform.units, Database)
    try:
        yield platform
    finally:
        platform.units.close()


def add_families(platform: Platform, families: int = FAMILIES) -> None:
    """Store that many tracks, each a family of its own, with signed and logged records."""
    draw = random.Random(1)
    with platform.units.write() as unit:
        owner = add_owner_and_corpus(unit)
        for number in range(families):
            add_track(platform, unit, owner, f"track-{number}", draw)
        unit.commit()
    publish(platform)


def add_track(
    platform: Platform, unit: UnitOfWork, owner: str, track_id: str, draw: random.Random
) -> None:
    """Store a track of drawn notes with its record."""
    now = datetime.now(UTC)
    said = generation_predicate() | {"credits": []}
    said["runDetails"]["metadata"] |= {
        "startedOn": format_time(now), "finishedOn": format_time(now), "invocationId": track_id,
    }  # fmt: skip
    digest = sha256(track_id.encode()).hexdigest()
    signed = sign(platform, [Subject("score.mid", digest)], GENERATION, said)
    notes = [(480 * at, 480, draw.randrange(48, 84)) for at in range(64)]
    piece = score(part("melody", *notes), bars=tuple(range(0, 64 * 480 + 1, 1920)))
    track = replace(make_track(owner, track_id, track_id), fingerprint=fingerprint(piece))
    unit.tracks.add(track)
    index = append(unit, signed)
    unit.records.add(make_record(owner, index, signed.envelope, track_id))


def ask_at_once(home: Path, url: str | None, processes: int, asks: int, seed: int) -> list[Told]:
    """Ask `asks` times in all from several processes; what each was told."""
    answers = SPAWN.Queue()
    barrier = SPAWN.Barrier(processes)
    shares = [asks // processes + (number < asks % processes) for number in range(processes)]
    children = [
        SPAWN.Process(target=_ask, args=(home, url, share, seed + number, barrier, answers))
        for number, share in enumerate(shares)
    ]
    for child in children:
        child.start()
    told = [answers.get(timeout=1800) for _ in children]
    for child in children:
        child.join(60)
    return told


def _ask(home: Path, url: str | None, asks: int, seed: int, barrier: Any, answers: Any) -> None:
    draw = random.Random(seed)
    granted, refused, named = [], 0, 0
    with opened(home, url) as platform:
        barrier.wait(300)
        begun = time.monotonic()
        for _ in range(asks):
            try:
                granted.append(ask_once(platform, draw))
            except ConflictError as error:
                refused += 1
                named += LICENSEE in str(error)
        answers.put(Told(tuple(granted), refused, named, time.monotonic() - begun))


def ask_once(platform: Platform, draw: random.Random) -> str:
    """Quote a drawn scope of a drawn track and accept it; the licence's id."""
    owner = ensure_owner(platform)
    kind = draw.choice(KINDS)
    start = datetime.now(UTC).date() + timedelta(days=draw.choice([0, 0, 30, 200]))
    request = LicenceRequest(
        template_id=draw.choice(TEMPLATES),
        territory=draw.choice(TERRITORIES),
        term=draw.choice(TERMS),
        licensee=f"{LICENSEE} {draw.randrange(1000)}",
        start=start.isoformat(),
        exclusivity=kind,
        sector=draw.choice(SECTORS) if kind == "sector" else draw.choice([None, *SECTORS]),
    )
    track_id = f"track-{draw.randrange(FAMILIES)}"
    quoted = quote_track(platform, owner, track_id, None, request)
    return issue_quote(platform, owner, quoted.id).id


@dataclass(frozen=True)
class Left:
    """What lies in the database in the end: counts, conflicting pairs, and what is half-written."""

    licences: int
    exclusive: int
    conflicts: int
    leaves: int
    half: int


def left_behind(platform: Platform) -> Left:
    """Read everything back and count what must not be there."""
    owner = ensure_owner(platform)
    with platform.units.read() as unit:
        licences = unit.licences.list(owner.id, 100_000)
        events = {one.id: unit.licences.events(owner.id, one.id) for one in licences}
        digests = Counter(leaf.envelope_sha256 for leaf in unit.log_leaves.read(0, 1_000_000))
        leaves = unit.log_leaves.count()
    quoted = [read_terms(one.terms) for one in licences]
    half = sum(
        digests[one.envelope_sha256] != 1
        or [event.kind for event in events[one.id]] != ["quoted", "issued"]
        for one in licences
    )
    return Left(
        len(licences),
        sum(one.exclusive for one in quoted),
        sum(clash(one, other) for one, other in combinations(quoted, 2)),
        leaves,
        half,
    )


def clash(one: Quote, other: Quote) -> bool:
    """Whether a promise of one grant is broken by a use that the other allows, counted singly."""
    if one.subject.family != other.subject.family or not set(one.media) & set(other.media):
        return False
    if not _countries(one) & _countries(other) or not _days(one) & _days(other):
        return False
    for promise, use in ((one, other), (other, one)):
        if promise.exclusivity == "full":
            return True
        if promise.exclusivity == "sector" and use.sector in (None, promise.sector):
            return True
    return False


def _countries(quoted: Quote) -> set[str]:
    everywhere = {"DE", "AT", "FR", "CH", "US", "elsewhere"}
    return everywhere if quoted.territory == ("WORLD",) else set(quoted.territory)


def _days(quoted: Quote) -> set[int]:
    """Days by their number; an endless term reaches beyond every other one drawn here."""
    last = quoted.last_day or quoted.first_day + timedelta(days=900)
    return set(range(quoted.first_day.toordinal(), last.toordinal() + 1))


def told_as_stored(told: Sequence[Told], left: Left) -> bool:
    """Whether the licences that the processes were given are the stored ones, each once."""
    granted = [one for process in told for one in process.granted]
    return len(granted) == len(set(granted)) == left.licences
