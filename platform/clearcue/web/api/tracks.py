"""Tracks: ordered by a brief, listed, looked at, fetched file by file."""

import hashlib
from fractions import Fraction

from flask import Response

from clearcue.composer.brief import Brief
from clearcue.composer.wishes import Hit, parse_key, parse_mood, parse_style
from clearcue.services.delivering import MEDIA_TYPES
from clearcue.services.finishing import Finish, parse_versions
from clearcue.services.jobs import submit
from clearcue.services.licences import LicenceRequest
from clearcue.services.listening import outline_of
from clearcue.services.ordering import Order
from clearcue.services.reading import find_file, find_report, find_track, list_tracks
from clearcue.services.recipes import Rework, base_of
from clearcue.services.supplying import NO_SUPPLY, Declaration, Supply
from clearcue.web.api.paging import page_of
from clearcue.web.files import PRIVATE, serve_bytes, serve_file
from clearcue.web.gifts import decoded, taken_in
from clearcue.web.operations import JSON, Answer, Call, Operation, Parameter
from clearcue.web.patterns import FILE_NAME, ID
from clearcue.web.render import as_json, job_view, track_detail, track_view
from clearcue.web.views import (
    JobView,
    OutlineQuery,
    OutlineView,
    Page,
    ReworkOrder,
    Scope,
    Supplied,
    TrackDetail,
    TrackOrder,
    TrackPage,
)

FILE_TYPES = tuple(sorted(set(MEDIA_TYPES.values())))
TRACK = Parameter("track_id", "A track's id.", ID, "01M81ZNH1N8MK204X3RAN4XQQA")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def order_track(call: Call) -> Response:
    """Queue a brief."""
    given: TrackOrder = call.body
    order = Order(
        _brief(given),
        given.seed,
        None if given.licence is None else licence_request(given.licence),
        Finish(given.loudness_lufs, parse_versions(",".join(given.versions))),
        _supply(call, given.supplied),
    )
    job = submit(call.platform, call.organisation, order, _job_id(call))
    return as_json(job_view(job), 202, f"/v1/jobs/{job.id}")


def _supply(call: Call, given: Supplied | None) -> Supply:
    """What was supplied, read and checked."""
    if given is None:
        return NO_SUPPLY
    files = {"motif": given.motif, "bass": given.bass}
    uploads = {what: decoded(f.name, f.content) for what, f in files.items() if f is not None}
    declaration = Declaration(given.by, given.right, given.statement)
    return taken_in(
        call.platform, call.organisation, call.shared, call.settings,
        uploads, given.chords, declaration,
    )  # fmt: skip


def rework_track(call: Call) -> Response:
    """Queue a track that works on an earlier one."""
    given: ReworkOrder = call.body
    base = base_of(call.platform, call.organisation, call.path["track_id"])
    rework = Rework(
        base, given.by or call.organisation.name, tuple(given.locks), given.vary_percent
    )
    order = Order(
        base.recipe.brief,
        given.seed,
        None if given.licence is None else licence_request(given.licence),
        supply=base.recipe.supply,
        rework=rework,
    )
    job = submit(call.platform, call.organisation, order, _job_id(call))
    return as_json(job_view(job), 202, f"/v1/jobs/{job.id}")


def _brief(given: TrackOrder) -> Brief:
    hits = [Hit(round(hit.at_seconds * 1000), hit.kind) for hit in given.hits]
    tempo = given.tempo_bpm
    return Brief(
        parse_mood(given.mood),
        given.usage,
        Fraction(round(given.seconds * 1000), 1000),
        None if given.style is None else parse_style(given.style),
        adventure=round(given.adventure * 100),
        hits=tuple(sorted(hits)),
        tempo_bpm=None if tempo is None else Fraction(round(tempo * 100), 100),
        key=None if given.key is None else parse_key(given.key),
    )


def _job_id(call: Call) -> str:
    """A fresh id; of a request with an idempotency key always the same, whatever died meanwhile."""
    if call.idempotency_key is None:
        return call.platform.ids.new()
    text = f"{call.organisation.id}\n{call.idempotency_key}\n{call.body.model_dump_json()}"
    value = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    return "".join(_CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def licence_request(scope: Scope) -> LicenceRequest:
    """What a scope asks for, as the use cases take it."""
    territory = scope.territory
    return LicenceRequest(
        template_id=scope.template,
        territory=",".join(territory) if isinstance(territory, list) else territory,
        term=scope.term,
        licensee=scope.licensee,
        start=None if scope.start is None else scope.start.isoformat(),
        exclusivity=scope.exclusivity,
        sector=scope.sector,
        client=scope.client,
        project=scope.project,
        audience=scope.audience,
        channels="\n".join(scope.channels) or None,
        isrc=scope.isrc,
        iswc=scope.iswc,
        ipi=scope.ipi,
    )


def list_all(call: Call) -> Response:
    """A page of tracks."""
    tracks, more = page_of(call, list_tracks, lambda track: track.id)
    return as_json(TrackPage(items=[track_view(track) for track in tracks], next_cursor=more))


def show(call: Call) -> Response:
    """One track."""
    sheet = find_track(call.platform, call.organisation, call.path["track_id"])
    return as_json(track_detail(sheet))


def fetch_file(call: Call) -> Response:
    """A file, or a range of it."""
    path = call.path
    file = find_file(call.platform, call.organisation, path["track_id"], path["name"])
    return serve_file(call.platform.blobs, file)


def show_originality(call: Call) -> Response:
    """The report, byte for byte."""
    report = find_report(call.platform, call.organisation, call.path["track_id"]).report
    return serve_bytes(report, hashlib.sha256(report).hexdigest(), JSON, "originality.json")


def show_outline(call: Call) -> Response:
    """A recording's outline; like the recording, it never changes."""
    asked: OutlineQuery = call.query
    found = outline_of(
        call.platform, call.organisation, call.path["track_id"], asked.file, asked.columns
    )
    response = as_json(
        OutlineView(
            file=found.file.name,
            frames=found.frames,
            sample_rate=found.sample_rate,
            low=list(found.outline.low),
            high=list(found.outline.high),
        )
    )
    response.headers["Cache-Control"] = PRIVATE
    return response


_RANGE = {
    "Range": "Such as `bytes=0-1023`; one range is served.",
    "If-Range": "The ETag that the range belongs to.",
    "If-None-Match": "The ETag that you have.",
}

OPERATIONS = (
    Operation(
        "POST", "/v1/tracks", "orderTrack", "Order a track by a brief", "tracks", order_track,
        (Answer(202, "The job that makes it.", JobView, headers={"Location": "The job."}),),
        body=TrackOrder, problems=(409, 503),
    ),
    Operation(
        "POST", "/v1/tracks/{track_id}/reworks", "reworkTrack",
        "Keep parts or sections of a track and compose the rest again, or vary it", "tracks",
        rework_track,
        (Answer(202, "The job that makes it.", JobView, headers={"Location": "The job."}),),
        (TRACK,), body=ReworkOrder,
    ),
    Operation(
        "GET", "/v1/tracks", "listTracks", "List the tracks, newest first", "tracks", list_all,
        (Answer(200, "A page of tracks.", TrackPage),), query=Page,
    ),
    Operation(
        "GET", "/v1/tracks/{track_id}", "showTrack", "Show a track", "tracks", show,
        (Answer(200, "The track.", TrackDetail),), (TRACK,),
    ),
    Operation(
        "GET", "/v1/tracks/{track_id}/originality", "showOriginality",
        "Show what a track was compared with when it was accepted", "tracks", show_originality,
        (Answer(200, "The report.", media_type=JSON),), (TRACK,),
    ),
    Operation(
        "GET", "/v1/tracks/{track_id}/outline", "showOutline",
        "Show the outline of a recording, to draw it", "tracks", show_outline,
        (Answer(200, "The outline.", OutlineView),), (TRACK,), query=OutlineQuery,
    ),
    Operation(
        "GET", "/v1/tracks/{track_id}/files/{name}", "fetchFile", "Fetch a file of a track",
        "tracks", fetch_file,
        (
            Answer(200, "The file.", media_type=FILE_TYPES, headers={"ETag": "Its SHA-256."}),
            Answer(206, "The range.", media_type=FILE_TYPES, headers={"Content-Range": "Which."}),
            Answer(304, "You have it already.", media_type=None),
        ),
        (TRACK, Parameter("name", "A file's name.", FILE_NAME, "track.wav", slashes=True)),
        headers=_RANGE, problems=(412, 416),
    ),
)  # fmt: skip
