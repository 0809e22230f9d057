"""`clearcue log search`: signed records by date, work, training set, licence state, file hash."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from clearcue.cli.output import platform, print_json
from clearcue.services.owner import ensure_owner
from clearcue.services.searching import FoundRecord, search_records
from clearcue.services.sought import LICENSED_STATES, Sought
from clearcue.services.tracing import file_sha256

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("search")
@click.option("--since", type=_DAY, help="Made on this day or later (UTC).")
@click.option("--until", type=_DAY, help="Made before this day (UTC).")
@click.option("--work", help="The id of a work that a record's choices came from or came near to.")
@click.option("--training-set", help="A training set's root.")
@click.option("--licence", type=click.Choice(LICENSED_STATES), help="A licence of the track is so.")
@click.option("--sha256", help="Of a delivered file, of the mix's samples, or of the record.")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="A delivered file.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--before", help="Begin below this record's id, which the last search ended with.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def log_search(
    since: datetime | None,
    until: datetime | None,
    work: str | None,
    training_set: str | None,
    licence: str | None,
    sha256: str | None,
    file: Path | None,
    limit: int,
    before: str | None,
    as_json: bool,
) -> None:
    """Search the signed records; all conditions must hold, newest first."""
    if sha256 is not None and file is not None:
        raise click.UsageError("give --sha256 or --file, not both")
    wired = platform()
    sought = Sought(
        wired.clock.now().date(),
        None if since is None else since.replace(tzinfo=UTC),
        None if until is None else until.replace(tzinfo=UTC),
        work,
        training_set,
        licence,
        file_sha256(file) if file else sha256,
    )
    found = search_records(wired, ensure_owner(wired), sought, limit, before)
    if as_json:
        print_json({"records": [_plain(one) for one in found]})
        return
    for one in found:
        click.echo(
            f"{one.record.created_at:%Y-%m-%d %H:%M}  {one.record.digest}  leaf "
            f"{one.record.leaf_index}  {one.track.title}"
        )
    click.echo(f"{len(found)} records" + ("; there may be more" if len(found) == limit else ""))


def _plain(one: FoundRecord) -> dict[str, Any]:
    return {
        "id": one.record.id,
        "digest": one.record.digest,
        "log_index": one.record.leaf_index,
        "created_at": f"{one.record.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "track_id": one.track.id,
        "title": one.track.title,
        "training_set": one.track.training_set_digest,
    }
