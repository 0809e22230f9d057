"""Many bundles in one run: one line each in a CSV, so that an auditor can check a whole catalogue.

Every `bundle.json` below a folder is verified with the files that lie beside it under their usual
names. The report is appended to line by line, each line synced with its end, and a run that was cut
off goes on behind the last whole line: what stands there is not verified again, unless the bundle's
bytes have changed since.
"""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from clearcue_provenance import trust
from clearcue_provenance.verify import NamedFile, Report, verify

COLUMNS = (
    "bundle", "sha256", "result", "failed", "track_id", "made_at", "originality", "licence_id",
    "licence_state", "log_index", "signer",
)  # fmt: skip
BUNDLE_NAME = "bundle.json"
BESIDE = ("record.json", "licence.json", "delivery.json", "authorship.json", "score.mid",
          "score.musicxml")  # fmt: skip
"""The files that are checked with a bundle when they lie in its folder."""
AUDIO = ("track.wav",)
"""Checked too when asked for: decoding costs more than everything else."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many bundles were verified, were not, and stood in the report from before."""

    verified: int = 0
    refused: int = 0
    known: int = 0


def verify_all(
    folder: Path,
    report: Path,
    root: trust.TrustRoot,
    now: datetime,
    *,
    audio: bool = False,
    tell: Callable[[int], None] = lambda count: None,
) -> Tally:
    """Verify every bundle below a folder, and append a line for each to a report.

    Args:
        folder: searched to any depth; links to folders are not followed.
        report: a CSV that is made, or gone on with.
        root: the keys to believe.
        now: the time to compare licences' periods and the trust root's expiry with.
        audio: whether to check `track.wav` as well.
        tell: told after each bundle how many have been looked at.

    Raises:
        OSError: when a file cannot be read, or the report cannot be written.
        ValueError: when the report holds something else.
    """
    known = _known(report)
    verified = refused = skipped = 0
    with report.open("ab") as file:
        if file.tell() == 0:
            _append(file.fileno(), COLUMNS)
        for count, path in enumerate(_bundles(folder), start=1):
            name, data = path.relative_to(folder).as_posix(), path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            if known.get(_safe(name)) == digest:
                skipped += 1
            else:
                found = _report(path, data, root, now, audio)
                _append(file.fileno(), _line(name, digest, found))
                verified, refused = verified + found.verified, refused + (not found.verified)
            tell(count)
    return Tally(verified, refused, skipped)


def _bundles(folder: Path) -> Iterator[Path]:
    """Every bundle below a folder, in the order of the names."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        if BUNDLE_NAME in names:
            yield Path(place) / BUNDLE_NAME


def _report(path: Path, data: bytes, root: trust.TrustRoot, now: datetime, audio: bool) -> Report:
    names = (*BESIDE, *AUDIO) if audio else BESIDE
    files = [
        NamedFile(name, (path.parent / name).read_bytes())
        for name in names
        if (path.parent / name).is_file()
    ]
    return verify(NamedFile(BUNDLE_NAME, data), files, root, now)


def _line(name: str, digest: str, report: Report) -> tuple[str, ...]:
    track, licence = report.track, report.licence
    return (
        name,
        digest,
        "verified" if report.verified else "not verified",
        "; ".join(report.failed),
        str(track.get("track_id", "")),
        str(track.get("made_at", "")),
        str(track.get("originality", "")),
        str(licence.get("licence_id", "")),
        str(licence.get("state", "")),
        str(track.get("log_index", "")),
        report.signer,
    )


def _append(descriptor: int, values: tuple[str, ...]) -> None:
    """Add one line in one write; a text that a spreadsheet would compute is written as text."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_safe(value) for value in values])
    data = line.getvalue().encode("utf-8", "surrogateescape")
    if os.write(descriptor, data) < len(data):
        raise OSError("the report cannot be written: there is no room; the next run goes on")


def _safe(value: str) -> str:
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _known(report: Path) -> dict[str, str]:
    """Each bundle of the report with its bytes' digest; a line that was cut off is removed."""
    try:
        data = report.read_bytes()
    except FileNotFoundError:
        return {}
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with report.open("r+b") as file:
            file.truncate(len(whole))
    text = whole.decode("utf-8", "surrogateescape")
    rows = [*csv.reader(io.StringIO(text, newline=""))]
    if not rows:
        return {}
    if tuple(rows[0]) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise ValueError(f"{report} is no report of this command; give another name")
    return {row[0]: row[1] for row in rows[1:]}
