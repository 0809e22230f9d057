"""`clearcue check`: a score, a recording, or a folder or archive of them; `clearcue calibrate`."""

import sys
from pathlib import Path
from typing import Any

import click

from clearcue.adapters.batch_files import batch_files, is_batch
from clearcue.cli.output import platform, print_json, progress
from clearcue.originality.report import NEAR_DUPLICATE
from clearcue.originality.verdict import SIMILAR_AT
from clearcue.services.batches import Summary, check_batch
from clearcue.services.calibrating import calibrate as measure_background
from clearcue.services.checking import check_upload
from clearcue.services.owner import ensure_owner

_NEAR = 3


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="For a folder or a zip: where the reports go, one line of JSON a file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(file: Path, out: Path | None, as_json: bool) -> None:
    """Compare a score or a recording with the corpus and with the tracks made here.

    FILE is MIDI, MusicXML, ABC or Humdrum kern; or a recording (WAV, MP3, FLAC, OGG), which is
    compared with the recordings of the tracks made here; or a folder or zip of such files, whose
    reports go to --out; the same command goes on where a run was stopped. Exit code 3 means a
    near-duplicate. The check measures similarity; it does not decide whether anyone's rights are
    infringed.
    """
    if is_batch(file):
        verdict = _check_batch(file, out, as_json)
    elif out is not None:
        raise click.UsageError("--out is for a folder or a zip; leave it out for one file")
    else:
        verdict = _check_one(file, as_json)
    if verdict == NEAR_DUPLICATE:
        sys.exit(_NEAR)


@click.command()
@click.option(
    "--lines",
    type=click.IntRange(1, 100_000),
    default=2000,
    show_default=True,
    help="Pieces of unrelated music.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def calibrate(lines: int, as_json: bool) -> None:
    """Measure what unrelated music tells of the index: for the percentiles of later reports.

    To be run when the corpus has grown. Exit code 1 means that more of it than one in a thousand
    comes out similar, or any near-duplicate: the thresholds are then too low for this corpus.
    """
    with progress(as_json) as tell:
        found = measure_background(platform(), lines, tell)
    if as_json:
        print_json(found)
    else:
        told = ", ".join(f"{share}: {bits:g}" for share, bits in found["bits"].items())
        click.echo(f"{found['background']}")
        click.echo(f"bits told by the nearest passage, of so many lines at most: {told}")
        for verdict, rate in found["false_positives"].items():
            click.echo(f"{verdict} from {found['thresholds'][verdict]:g} bits: {100 * rate:.2f} %")
    if not found["holds"]:
        sys.exit(1)


def _check_one(file: Path, as_json: bool) -> str:
    with progress(as_json) as tell:
        opened = platform()
        report = check_upload(opened, ensure_owner(opened), file, tell)
    if as_json:
        print_json(report)
    elif "said" in report:
        _tell_heard(report)
    else:
        _tell_report(report)
    return str(report["verdict"])


def _check_batch(file: Path, out: Path | None, as_json: bool) -> str:
    if out is None:
        raise click.UsageError("a folder or zip needs --out FILE, where its reports go")
    files = batch_files(file)
    with progress(as_json) as tell:
        opened = platform()
        found = check_batch(opened, ensure_owner(opened), files, len(files), out, tell)
    if as_json:
        print_json({**_plain(found), "out": str(out)})
    else:
        counted = ", ".join(f"{count} {outcome}" for outcome, count in found.counts.items())
        click.echo(f"{found.files} files: {counted}; {found.checked_now} checked now")
        click.echo(f"the reports lie in {out}")
    return found.worst


def _plain(found: Summary) -> dict[str, Any]:
    return {
        "files": found.files,
        "checked_now": found.checked_now,
        "counts": dict(found.counts),
        "verdict": found.worst or None,
    }


def _tell_heard(report: dict[str, Any]) -> None:
    click.echo(f"{report['verdict']}, compared with {report['corpus']['recordings']} recordings")
    for sentence in report["said"]:
        click.echo(f"  {sentence}")
    ours = report["platform"]
    for own in ours["own"]:
        click.echo(
            f"  your own track {own['track_id']} ({own['file']}), seconds "
            f"{own['query_seconds'][0]:g} to {own['query_seconds'][1]:g}: left out of the verdict"
        )
    if ours["other"]:
        click.echo(f"  {ours['other']}")


def _tell_report(report: dict[str, Any]) -> None:
    corpus = report["corpus"]
    click.echo(
        f"{report['verdict']} (similarity {report['similarity']}; "
        f"{SIMILAR_AT} and more counts as similar), "
        f"compared with {corpus['works']} works, {corpus['notes']} notes"
    )
    for match in report["matches"] or [report["nearest"]]:
        if match is not None:
            click.echo(
                f"  {match['similarity']}  {match['query_part']} bars {_bars(match['query_bars'])}"
                f"  ~  {match['title']} ({match['work']}), {match['work_part']} "
                f"bars {_bars(match['work_bars'])}"
            )
    ours = report["platform"]
    for own in ours["own"]:
        click.echo(f"  your own track {own['track_id']}: left out of the verdict")
    for match in ours["tracks"]:
        click.echo(
            f"  {match['similarity']}  bars {_bars(match['query_bars'])}  ~  your track "
            f"{match['title']} ({match['track_id']}) bars {_bars(match['track_bars'])}"
        )
    if ours["other"]:
        click.echo(f"  {ours['other']}")
    for left in report["not_covered"]:
        click.echo(
            f"  not compared: {left['part']}: {left['what']} ({left['count']} {left['unit']})"
        )


def _bars(bars: list[int]) -> str:
    return str(bars[0]) if bars[0] == bars[1] else f"{bars[0]}-{bars[1]}"
