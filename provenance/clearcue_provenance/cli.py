"""clearcue-verify BUNDLE [FILE...] [--trust-root FILE] [--json] [--explain]; or --all FOLDER.

Exit codes: 0 verified, 1 not verified (or the signer is not known), 2 unreadable input or bad
usage. With --json one JSON object is all that goes to standard output.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from clearcue_provenance import ledger, trust, trust_file
from clearcue_provenance.errors import KeyMaterialError
from clearcue_provenance.explain import explained
from clearcue_provenance.many import verify_all
from clearcue_provenance.verify import NamedFile, Report, looks_like_bundle, verify

VERIFIED, NOT_VERIFIED, UNREADABLE = 0, 1, 2
MAX_FILE_BYTES = 2**31
MAX_FILES = 1000
HOME_VARIABLE = "CLEARCUE_HOME"
TRUST_ROOT_NAME = "trust-root.json"


class UnreadableError(Exception):
    """Input that cannot be read; its text is one line."""


@dataclass(frozen=True, slots=True)
class _DiskFile:
    """A file that is read when its bytes are asked for, so that one at a time lies in memory."""

    name: str

    @property
    def data(self) -> bytes:
        """The bytes as they are now.

        Raises:
            UnreadableError: when the file cannot be read, or is larger than `MAX_FILE_BYTES`.
        """
        return _read(self.name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.all is not None:
        return _check_many(parser, options)
    if options.bundle is None or options.report is not None:
        parser.error("give a BUNDLE, or --all FOLDER with --report FILE")
    try:
        report = check(options.bundle, options.files, options.trust_root)
    except UnreadableError as error:
        if options.json:
            _print_json({"verified": False, "result": "unreadable", "error": str(error)})
        print(_printable(f"unreadable: {error}"), file=sys.stderr)
        return UNREADABLE
    try:
        if options.json:
            _print_json(report.plain())
        else:
            print_report(report)
            for line in explained(report) if options.explain else ():
                print(_printable(line))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has had enough; the exit code still says what was found.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return VERIFIED if report.verified else NOT_VERIFIED


def default_home(environment: dict[str, str], platform: str, user_home: Path) -> Path:
    """Where Clearcue keeps its state: $CLEARCUE_HOME, else the platform's user data folder.

    The latter is what platformdirs' `user_data_dir("clearcue")` names.
    """
    if environment.get(HOME_VARIABLE):
        return Path(environment[HOME_VARIABLE])
    if platform == "win32":
        base = environment.get("LOCALAPPDATA") or str(user_home / "AppData" / "Local")
        return Path(base) / "clearcue" / "clearcue"
    if platform == "darwin":
        return user_home / "Library" / "Application Support" / "clearcue"
    data_home = environment.get("XDG_DATA_HOME", "").strip()
    return (Path(data_home) if data_home else user_home / ".local" / "share") / "clearcue"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clearcue-verify",
        allow_abbrev=False,
        description="Check a track's record, its log proof, its licence and its files, or what a "
        "model learnt from, offline.",
        epilog="Exit codes: 0 verified, 1 not verified, 2 unreadable input or bad usage.",
    )
    parser.add_argument(
        "bundle",
        metavar="BUNDLE",
        nargs="?",
        help="bundle.json, or a membership proof, or the bundle of a training set or withdrawal",
    )
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="audio, licence.json, delivery.json, authorship.json, record.json, score.mid or "
        "score.musicxml; "
        "beside a membership proof the work's file, or a track's bundle.json",
    )
    parser.add_argument(
        "--trust-root",
        metavar="FILE",
        help=f"the keys to believe (default: {TRUST_ROOT_NAME} in Clearcue's home folder)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--explain", action="store_true", help="say in plain words what it means")
    parser.add_argument(
        "--all", metavar="FOLDER", help="verify every bundle.json below a folder into --report"
    )
    parser.add_argument("--report", metavar="FILE", help="the CSV to write, or to go on with")
    parser.add_argument("--audio", action="store_true", help="with --all: check track.wav, too")
    return parser


def check(bundle_name: str, file_names: Sequence[str], trust_root_name: str | None) -> Report:
    """The report on files of this machine, by the keys of a file, else those of Clearcue's home.

    Raises:
        UnreadableError: when a file cannot be read, or the first is no bundle and never was one.
    """
    if len(file_names) > MAX_FILES:
        raise UnreadableError(f"at most {MAX_FILES} files can be checked at once")
    root = _trust_root(trust_root_name)
    main_file = NamedFile(bundle_name, _read(bundle_name))
    files = [_DiskFile(name) for name in file_names]
    if ledger.looks_like_ledger(main_file.data):
        return ledger.verify(main_file, files, root, datetime.now(UTC))
    if not looks_like_bundle(main_file.data):
        raise UnreadableError(f"{bundle_name} is not a Clearcue bundle")
    return verify(main_file, files, root, datetime.now(UTC))


def _check_many(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Verify a folder's bundles into a report; returns the exit code."""
    if options.report is None or options.bundle is not None:
        parser.error("--all FOLDER takes --report FILE, and no BUNDLE")
    try:
        root = _trust_root(options.trust_root)
        if root is None:
            raise UnreadableError("--all needs a trust root: give --trust-root FILE")
        tally = verify_all(
            Path(options.all), Path(options.report), root, datetime.now(UTC), audio=options.audio
        )
    except (OSError, ValueError, UnreadableError) as error:
        print(_printable(f"unreadable: {error}"), file=sys.stderr)
        return UNREADABLE
    if options.json:
        _print_json({"verified": tally.verified, "refused": tally.refused, "known": tally.known})
    else:
        print(
            f"{tally.verified} verified, {tally.refused} not verified, {tally.known} known from "
            f"before; the lines stand in {options.report}"
        )
    return NOT_VERIFIED if tally.refused else VERIFIED


def _trust_root(given: str | None) -> trust.TrustRoot | None:
    try:
        home = default_home(dict(os.environ), sys.platform, Path.home())
        path = Path(given) if given is not None else home / TRUST_ROOT_NAME
        if given is None and not path.exists():
            return None
    except (OSError, RuntimeError):
        return None
    try:
        return trust_file.parse(_read(str(path)))
    except KeyMaterialError as error:
        raise UnreadableError(f"{path}: {error}") from error


def _read(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(f"{name} cannot be read: {reason}") from error
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableError(f"{name} is larger than {MAX_FILE_BYTES} bytes")
    return data


def print_report(report: Report) -> None:
    """The verdict, then a line for each check."""
    print(_printable(report.verdict))
    for check in report.checks:
        mark = {True: "ok  ", False: "FAIL", None: "--  "}[check.passed]
        print(_printable(f"  {mark} {check.file}: {check.check}: {check.message}"))


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, sort_keys=True))


def _printable(text: str) -> str:
    """The text with control characters escaped: names come from files and go to a terminal."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


if __name__ == "__main__":
    sys.exit(main())
