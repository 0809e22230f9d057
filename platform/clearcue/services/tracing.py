""" "Was my work used?": by title, by a file's hash, or by melody.

The answer is a plain value of texts, numbers, lists and mappings, for the command line, the API and
a page alike. It names the works, the evidence under which they may or may not be learnt from, the
training sets that hold them, and the tracks of the organisation that asks: which were influenced,
and by what share, and which came near. Of other organisations' tracks it says how many there are.

A melody is compared with every work that the policy clears, withdrawn ones too, so that a rights
holder finds what was learnt from before; and with the tracks made here. It measures similarity, and
decides nothing about anyone's rights.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from clearcue.errors import BadInputError
from clearcue.music.work import ParsedWork
from clearcue.originality.check import check
from clearcue.originality.index import Index
from clearcue.originality.report import CLEAR, NEAR_DUPLICATE, Match, Report
from clearcue.services.browsing import show_work
from clearcue.services.ledger_store import TRAINING_SET
from clearcue.services.platform import Platform, Progress
from clearcue.services.stored import MissingError, Organisation, StoredWork
from clearcue.services.withdrawing import Affected, find_affected, percent, withdrawn_json

MOST_WORKS = 20
"""Works that one answer tells of; it says how many more there are."""
MAX_FILE_BYTES = 2**28
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: words of a title, or the SHA-256 of a file, or a score's melody."""

    title: str | None = None
    sha256: str | None = None
    score: Path | None = None


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file that someone asks about.

    Raises:
        BadInputError: when it cannot be read, or is too large for a score.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadInputError(f"{path} is larger than {MAX_FILE_BYTES} bytes; give a score")
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInputError(f"{path} cannot be read: {error.strerror or error}") from error


def trace(
    platform: Platform, organisation: Organisation, question: Question, progress: Progress
) -> dict[str, Any]:
    """Answer "was my work used?".

    Returns a mapping with `asked`; `searched`, what was looked through; `found`, how many works
    fit; `works`, the first `MOST_WORKS` of them as `trace_work` tells of each; and for a melody the
    `passages` that resemble it, in works and in `tracks_near`.

    Raises:
        BadInputError: when not exactly one thing is asked, or it cannot be read.
    """
    given = [question.title, question.sha256, question.score]
    if sum(value is not None for value in given) != 1:
        raise BadInputError("ask by a title, by a file's hash, or by a melody: one of them")
    if question.score is not None:
        return _by_melody(platform, organisation, question.score, progress)
    if question.sha256 is not None:
        return _by_hash(platform, organisation, question.sha256)
    assert question.title is not None
    return _by_title(platform, organisation, question.title)


def _by_title(platform: Platform, organisation: Organisation, title: str) -> dict[str, Any]:
    words = _words(title)
    if not words:
        raise BadInputError("give a word of the title, the composer or the id")

    def fits(work: _Known) -> bool:
        return all(any(word in other for other in work.words) for word in words)

    return _answer(platform, organisation, {"title": title}, fits)


def _by_hash(platform: Platform, organisation: Organisation, sha256: str) -> dict[str, Any]:
    sha256 = sha256.strip().lower()
    if not _DIGEST.fullmatch(sha256):
        raise BadInputError("a SHA-256 has 64 hexadecimal digits; or give the file itself")
    return _answer(platform, organisation, {"sha256": sha256}, lambda work: work.sha256 == sha256)


@dataclass(frozen=True, slots=True)
class _Known:
    """A work that the manifest lists, or that a training set held when it did."""

    work_id: str
    sha256: str
    words: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(re.findall(r"\w+", kept.replace("_", " ")))


def _known(platform: Platform) -> list[_Known]:
    listed: dict[str, _Known] = {}
    for work in platform.library.manifest.works:
        names = [creator.name for creator in work.composition.creators or ()]
        words = _words(" ".join((work.work_id, work.title, work.identity.path, *names)))
        listed[work.work_id] = _Known(work.work_id, work.identity.sha256, words)
    with platform.units.read() as unit:
        for stored in unit.works.all():
            words = _words(f"{stored.id} {stored.title} {stored.path}")
            listed.setdefault(stored.id, _Known(stored.id, stored.sha256, words))
    return [listed[work_id] for work_id in sorted(listed)]


def _answer(
    platform: Platform,
    organisation: Organisation,
    asked: dict[str, str],
    fits: Callable[[_Known], bool],
) -> dict[str, Any]:
    known = _known(platform)
    found = [work.work_id for work in known if fits(work)]
    return {
        "asked": asked,
        "searched": {"works": len(known)},
        "found": len(found),
        "works": [trace_work(platform, organisation, one) for one in found[:MOST_WORKS]],
    }


def trace_work(platform: Platform, organisation: Organisation, work_id: str) -> dict[str, Any]:
    """Everything that was done with a work, as far as the organisation may know it.

    Raises:
        BadInputError: when there is no such work.
    """
    affected = find_affected(platform, organisation, work_id)
    return {**_about(platform, work_id), **affected_json(platform, affected)}


def _about(platform: Platform, work_id: str) -> dict[str, Any]:
    """What is known of a work: from the manifest, else from the time when a set held it."""
    try:
        return {**show_work(platform, work_id), "listed": True}
    except BadInputError:
        pass
    try:
        with platform.units.read() as unit:
            stored = unit.works.get(work_id)
    except MissingError as error:
        raise BadInputError(f"there is no work {work_id!r}") from error
    return _unlisted(platform, stored)


def _unlisted(platform: Platform, stored: StoredWork) -> dict[str, Any]:
    return {
        "id": stored.id,
        "title": stored.title,
        "path": stored.path,
        "sha256": stored.sha256,
        "verdict": stored.verdict,
        "permissions": list(stored.permissions),
        "evidence": [],
        "obligations": [],
        "policy": platform.library.policy.name,
        "learnt_from": False,
        "reasons": ["the rights manifest does not list it any more"],
        "withdrawn": withdrawn_json(platform, stored.id),
        "listed": False,
    }


def affected_json(platform: Platform, affected: Affected) -> dict[str, Any]:
    """Training sets, tracks and licences that have to do with a work, as plain values."""
    with platform.units.read() as unit:
        stated = {
            found.digest: unit.ledger.find(TRAINING_SET, found.digest)
            for found in affected.training_sets
        }
    return {
        "training_sets": [
            {
                "digest": found.digest,
                "policy": found.policy,
                "works": len(found.work_ids),
                "created_at": _moment(found.created_at),
                "statement": statement.digest if statement else None,
            }
            for found in affected.training_sets
            for statement in [stated[found.digest]]
        ],
        "tracks": [
            {
                "track_id": track.track_id,
                "title": track.title,
                "created_at": _moment(track.created_at),
                "training_set": track.training_set,
                "learnt": track.learnt,
                "share": track.share,
                "percent": percent(track.share),
                "parts": {part: percent(share) for part, share in sorted(track.parts.items())},
                "similarity": track.similarity,
            }
            for track in affected.tracks
        ],
        "licences": [
            {"licence_id": one.licence_id, "number": one.number, "track_id": one.track_id}
            for one in affected.licences
        ],
        "others": {
            "tracks": affected.other_tracks,
            "influenced": affected.other_influenced,
            "licences": affected.other_licences,
        },
    }


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _by_melody(
    platform: Platform, organisation: Organisation, path: Path, progress: Progress
) -> dict[str, Any]:
    piece = platform.scores.read(path)
    # Compared only, never learnt from: the whole corpus, with what was withdrawn.
    corpus = platform.library.corpus(frozenset(), progress)
    index = platform.library.index(corpus, progress)
    report = check(index, piece)
    ids = list(dict.fromkeys(match.work for match in report.matches))
    works = [
        {
            **trace_work(platform, organisation, work_id),
            "passages": [_passage(match) for match in report.matches if match.work == work_id],
        }
        for work_id in ids[:MOST_WORKS]
    ]
    return {
        "asked": {"melody": path.name},
        "searched": {
            "works": report.corpus.works,
            "notes": report.corpus.notes,
            "digest": report.corpus.digest,
        },
        "verdict": report.verdict,
        "similarity": report.similarity,
        "nearest": _passage(report.nearest) if report.nearest else None,
        "found": len(ids),
        "works": works,
        "tracks_near": _tracks_near(platform, organisation, index, piece),
        "not_covered": [
            {"part": left.part, "what": left.what, "count": left.count, "unit": left.unit}
            for left in report.not_covered
        ],
    }


def _passage(match: Match) -> dict[str, Any]:
    return {
        "work": match.work,
        "title": match.title,
        "verdict": match.verdict,
        "similarity": match.similarity,
        "query_bars": list(match.query_bars),
        "work_bars": list(match.work_bars),
        "transposition": match.transposition,
    }


def _tracks_near(
    platform: Platform, organisation: Organisation, index: Index, piece: ParsedWork
) -> dict[str, Any]:
    """The organisation's own tracks that come near to a piece, and how many others do."""
    with platform.units.read() as unit:
        tracks = platform.tracks.up_to_date(unit.tracks)
        same = tracks.same(piece) & tracks.of(organisation.id)
        titles = {one: unit.tracks.get(organisation.id, one).title for one in sorted(same)}
    of_own = tracks.near(piece, index.rarity, without=tracks.not_of(organisation.id))
    of_others = tracks.near(piece, index.rarity, without=tracks.of(organisation.id))
    return {
        "compared": len(tracks.owners),
        "own": [_passage(match) for match in _near(of_own) if match.work not in same]
        + [_whole(track_id, title, len(piece.bars)) for track_id, title in titles.items()],
        "others": len({match.work for match in _near(of_others)}),
    }


def _whole(track_id: str, title: str, bars: int) -> dict[str, Any]:
    """A track of just the notes that were asked with, in whatever key: all of it, bar by bar."""
    return {
        "work": track_id,
        "title": title,
        "verdict": NEAR_DUPLICATE,
        "similarity": 1.0,
        "query_bars": [1, bars],
        "work_bars": [1, bars],
        "transposition": 0,
    }


def _near(report: Report | None) -> Sequence[Match]:
    return () if report is None or report.verdict == CLEAR else report.matches
