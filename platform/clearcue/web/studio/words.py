"""What the pages say: lengths, sizes, shares and days in plain words, always in the same way."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from clearcue.licensing.scope import day_in_words
from clearcue.services.stored import Job, StoredFile

USES: Mapping[str, str] = MappingProxyType(
    {
        "ad": "Paid ad",
        "social": "Social post",
        "corporate": "Corporate film",
        "podcast": "Podcast",
        "film": "Film",
        "game": "Game",
    }
)
"""A usage as a choice; one that is not here is shown by its name."""

TERMS: Mapping[str, str] = MappingProxyType(
    {
        "P1M": "1 month",
        "P3M": "3 months",
        "P6M": "6 months",
        "P1Y": "1 year",
        "P2Y": "2 years",
        "P5Y": "5 years",
        "PERPETUAL": "Without end",
    }
)

FILES: Mapping[str, str] = MappingProxyType(
    {
        "track.wav": "Full mix, WAV, 48 kHz, 24 bit",
        "track.flac": "Full mix, FLAC",
        "track.mp3": "Full mix, MP3",
        "premaster.wav": "Mix before mastering: what the stems sum to",
        "score.mid": "Score, MIDI",
        "score.musicxml": "Score, MusicXML",
        "bundle.json": "Record with its proof, for clearcue-verify",
        "record.json": "The signed record alone",
        "originality.json": "Originality report",
        "lineage.json": "The sources of every note",
        "delivery.json": "The signed list of all files",
        "authorship.json": "Who or what made each element, signed",
        "licence.json": "The licence that came with the track",
        "certificate.pdf": "Its certificate",
        "cue-sheet.pdf": "Cue sheet",
        "cue-sheet.csv": "Cue sheet as a table",
        "credits.txt": "Credits line",
        "claim-dispute.pdf": "Letter for a claim dispute",
    }
)

STATES: Mapping[str, str] = MappingProxyType(
    {
        "queued": "Waiting for its turn",
        "running": "Being made",
        "done": "Done",
        "failed": "Failed",
        "cancelled": "Cancelled",
    }
)


VERDICTS: Mapping[str, str] = MappingProxyType(
    {
        "cleared": "Cleared",
        "cleared-medium": "Cleared, medium confidence",
    }
)
"""A verdict on a work; one that is not here is shown by its name."""


def verdict(name: str) -> str:
    """What was decided about a work."""
    return VERDICTS.get(name, name.capitalize())


def state(job: Job, reason: str | None = None) -> str:
    """A job's state, and why it has failed or does not move, if so."""
    why = reason if reason is not None else job.error if job.state == "failed" else None
    return STATES[job.state] + (f": {why}" if why else "")


def sentence(line: str) -> str:
    """A line as a sentence: with a capital letter and a full stop."""
    return line[:1].upper() + line[1:] + ("." if line and line[-1] not in ".!?" else "")


def use_name(usage: str) -> str:
    """A usage as a choice."""
    return USES.get(usage, usage.replace("-", " ").capitalize())


def file_meaning(name: str) -> str:
    """What a file is."""
    if name.startswith("stems/"):
        return f"Stem: {name.removeprefix('stems/').removesuffix('.wav')}"
    if name.startswith("versions/"):
        return f"Version: {name.removeprefix('versions/')}"
    return FILES.get(name, name)


def in_order(files: Iterable[StoredFile]) -> list[StoredFile]:
    """A track's files as a producer looks for them: mixes, stems, scores, then the papers."""
    names = list(FILES)
    stems = names.index("premaster.wav")

    def place(file: StoredFile) -> tuple[int, str]:
        known = names.index(file.name) if file.name in FILES else len(names)
        return (stems if file.name.startswith("stems/") else known, file.name)

    return sorted(files, key=place)


def key(name: str) -> str:
    """A key's name with its signs, such as B♭ major."""
    tonic, _, mode = name.partition(" ")
    return f"{tonic[:1]}{tonic[1:].replace('b', '♭').replace('#', '♯')} {mode}"


def clock(seconds: float) -> str:
    """A length, such as 1:05."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def size(byte_count: int) -> str:
    """A size, such as 4.3 MB or 12 kB."""
    if byte_count >= 1_000_000:
        return f"{byte_count / 1_000_000:.1f} MB"
    return f"{max(round(byte_count / 1000), 1)} kB"


def percent(share: float) -> str:
    """A share, such as 34 %; what is more than nothing is never shown as nothing."""
    return "under 1 %" if 0 < share < 0.005 else f"{round(100 * share)} %"


def day(moment: datetime) -> str:
    """A moment's day, such as 22 November 2026 (UTC)."""
    return day_in_words(moment.date())


def brief_fields(plain: Mapping[str, Any], style: str | None = None) -> list[tuple[str, str]]:
    """The fields of the brief's form that order a recorded brief again.

    `style` is the style that was chosen where the brief left it open.
    """
    fields = {name: plain[name] for name in ("mood", "usage", "seconds")}
    fields["style"] = plain["style"] or style or ""
    fields["hits"] = " ".join(_hits(plain))
    for name in ("adventure_percent", "tempo_bpm", "key"):
        fields[name] = str(plain.get(name, ""))
    return list(fields.items())


def wishes(plain: Mapping[str, Any]) -> list[str]:
    """What a recorded brief wished for beyond mood, usage, length and style."""
    adventure = plain.get("adventure_percent")
    tempo = plain.get("tempo_bpm")
    return [
        *([f"adventure {adventure} %"] if adventure else []),
        *_hits(plain),
        *([f"{tempo} bpm"] if tempo else []),
        *([plain["key"]] if "key" in plain else []),
    ]


def _hits(plain: Mapping[str, Any]) -> list[str]:
    hits = plain.get("hits", ())
    return [
        f"{format(hit['at_ms'] / 1000, '.3f').rstrip('0').rstrip('.')}={hit['kind']}"
        for hit in hits
    ]


def lockable(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What of a track may stay while the rest is composed again: its name, and in words."""
    parts = [str(part["part"]) for part in record["influence"]["parts"]]
    internal = record["buildDefinition"]["internalParameters"]
    sections = dict.fromkeys(str(name) for name in internal.get("sections", ()))
    return [
        *((part, part.capitalize()) for part in parts),
        *((f"section:{name}", f"The {name}") for name in sections),
    ]


HOW: Mapping[str, str] = MappingProxyType(
    {
        "file": "is, byte for byte, a file of",
        "samples": "holds the same samples as",
        "sound": "sounds like a copy, perhaps cut or encoded again, of",
    }
)
"""How a file was found to be a track."""
COMPARED = "the exact file, its exact samples, then its sound"
"""What a file is looked for by."""

_UNITS = MappingProxyType({"Y": "year", "M": "month", "W": "week", "D": "day"})


def term(text: str) -> str:
    """A term of one unit in words, such as `6 months`."""
    if text == "PERPETUAL":
        return "without end"
    number, unit = int(text[1:-1]), _UNITS[text[-1]]
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
