"""`clearcue make`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from clearcue.adapters.staging import staged
from clearcue.cli.orders import asked_order
from clearcue.cli.output import platform, print_json, progress
from clearcue.originality.verdict import SIMILAR_AT
from clearcue.services.finishing import VERSIONS, Finish, parse_versions
from clearcue.services.licences import LicenceRequest
from clearcue.services.making import make_track

_WIDEST_SEED = 2**53 - 1
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--mood",
    help="Such as uplifting, tense, calm; or valence,arousal from -100 to 100, such as 40,-20.",
)
@click.option("--usage", help="Such as ad, explainer, podcast, trailer, game, loop, underscore.")
@click.option("--seconds", help="Exact length, 5 to 300, such as 30 or 12.5.")
@click.option(
    "--seed",
    type=click.IntRange(0, _WIDEST_SEED),
    help="The same seed gives the same track; drawn if left out.",
)
@click.option(
    "--style",
    help="Such as lo-fi, or a blend lo-fi:60+jazz-trio:40; chosen to fit if left out.",
)
@click.option("--adventure", help="0 (the usual) to 1 (the rare corners).")
@click.option(
    "--hit",
    "hits",
    multiple=True,
    metavar="SECONDS=KIND",
    help="A moment to meet: drop, stop, accent or lift, such as 12.5=drop; as often as wanted.",
)
@click.option("--tempo", help="Beats per minute to come near, such as 92; the length stays exact.")
@click.option("--key", help="Such as D, Dm or 'F# minor'; a tonic alone leaves the mode open.")
@click.option("--motif", type=_FILE, help="A tune of up to four bars (MIDI, MusicXML, ABC, kern).")
@click.option("--chords", help="Such as 'C | Am F | G' or 'I vi IV V', or a text file of them.")
@click.option("--bass", type=_FILE, help="A bass line of up to sixteen bars.")
@click.option("--given-by", help="Who supplies motif, chords or bass, or works on the track.")
@click.option("--given-right", help="By what right: own-work, public-domain or licensed.")
@click.option("--given-text", help="In your words, such as the licence and who granted it.")
@click.option(
    "--from",
    "base",
    help="A track to work on: its folder, its record.json, its id or its record's digest.",
)
@click.option(
    "--lock",
    "locks",
    multiple=True,
    help="What of it stays: a part such as melody, chords, or section:NAME; as often as wanted.",
)
@click.option("--vary", type=click.IntRange(0, 100), help="How far to vary it, in percent.")
@click.option(
    "--licence-for",
    "template",
    help="Licence template, such as ad-web; fits the usage if left out.",
)
@click.option("--territory", help="WORLD, or country codes such as DE,AT.")
@click.option("--term", help="Such as P1Y, P6M or PERPETUAL.")
@click.option("--licensee", help="Who is licensed; the owner of this installation if left out.")
@click.option("--no-licence", is_flag=True, help="Make the track and its record only.")
@click.option(
    "--loudness",
    type=int,
    default=-14,
    help="-14 (streaming), -16, -23 (EBU R 128) or -24 (ATSC A/85) LUFS.",
)
@click.option(
    "--bank",
    default="computed",
    help="computed, or sampled: FluidSynth plays what it has (CLEARCUE_SOUNDFONT or Debian's).",
)
@click.option(
    "--deliver",
    default="",
    metavar="NAMES",
    help="Versions beside mix and stems, with commas, or all: " + ", ".join(VERSIONS) + ".",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for the files; made if it is not there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def make(
    seed: int | None,
    template: str | None,
    territory: str | None,
    term: str | None,
    licensee: str | None,
    no_licence: bool,
    loudness: int,
    bank: str,
    deliver: str,
    out: Path,
    as_json: bool,
    **asked_for: Any,
) -> None:
    """Make a track: music, record, licence and certificate.

    It takes a mood, a usage and a length, or with --from a track of yours to work on.
    """
    asked = (template, territory, term, licensee)
    if no_licence and any(value is not None for value in asked):
        raise click.UsageError(
            "--no-licence stands against the licence's own options; leave one out"
        )
    finish = Finish(loudness, parse_versions(deliver), bank)
    request = None if no_licence else LicenceRequest(template, territory, term, licensee)
    order = replace(asked_order(platform, asked_for), seed=seed, licence=request, finish=finish)
    with progress(as_json) as tell, staged(out) as staging:
        made = make_track(platform(), order, staging, tell)
    if as_json:
        print_json(made.summary)
    else:
        _tell(made.summary, out)


def _tell(summary: dict[str, Any], out: Path) -> None:
    click.echo(
        f"{summary['title']}: {summary['seconds']:g} s, {summary['key']}, "
        f"{summary['tempo_bpm']:.1f} bpm, {summary['lufs']:.1f} LUFS, seed {summary['seed']}"
    )
    near = summary["originality"]
    click.echo(
        f"originality: {near['verdict']}, nearest {near['nearest'] or 'none'} "
        f"(similarity {near['similarity']}; {SIMILAR_AT} and more counts as similar)"
    )
    if summary["distance_percent"] is not None:
        click.echo(f"distance from the track worked on: {summary['distance_percent']} %")
    click.echo(f"licence: {summary['licence_number'] or 'none'}")
    for credit in summary["credits"]:
        click.echo(f"credit owed: {credit}")
    click.echo(f"{len(summary['files'])} files lie in {out}; play {out / 'track.wav'}")
