"""Signed statements, their bundles, and verification."""

import hashlib
from datetime import UTC, date, datetime, time

from flask import Response

from clearcue.services.reading import find_record, record_bundle, record_status
from clearcue.services.searching import FoundRecord, search_records
from clearcue.services.sought import Sought
from clearcue.services.verifying import verify_files
from clearcue.services.withdrawing import works_json
from clearcue.web.api.paging import page_of
from clearcue.web.files import serve_bytes
from clearcue.web.ledger_views import RecordStatusView, WithdrawnWorkView
from clearcue.web.operations import JSON, Answer, Call, Operation, Parameter, Upload
from clearcue.web.patterns import DIGEST
from clearcue.web.record_views import RecordPage, RecordQuery, RecordView
from clearcue.web.render import as_json
from clearcue.web.settings import MAX_VERIFIED_BYTES
from clearcue.web.state import taken
from clearcue.web.views import VerificationView

RECORD = Parameter("digest", "The SHA-256 of a statement's envelope.", DIGEST, "5e" * 32)


def search(call: Call) -> Response:
    """A page of the records that meet every condition."""
    asked: RecordQuery = call.query
    sought = Sought(
        call.platform.clock.now().date(),
        _start_of(asked.since),
        _start_of(asked.until),
        asked.work,
        asked.training_set,
        asked.licence,
        asked.sha256,
    )
    records, more = page_of(
        call,
        lambda platform, organisation, limit, before: search_records(
            platform, organisation, sought, limit, before
        ),
        lambda found: found.record.id,
    )
    return as_json(RecordPage(items=[_view(one) for one in records], next_cursor=more))


def _start_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


def _view(one: FoundRecord) -> RecordView:
    return RecordView(
        digest=one.record.digest,
        log_index=one.record.leaf_index,
        created_at=f"{one.record.created_at:%Y-%m-%dT%H:%M:%SZ}",
        track_id=one.track.id,
        title=one.track.title,
        training_set=one.track.training_set_digest,
        links={
            "record": f"/v1/records/{one.record.digest}",
            "bundle": f"/v1/records/{one.record.digest}/bundle",
            "track": f"/v1/tracks/{one.track.id}",
        },
    )


def show(call: Call) -> Response:
    """A statement's envelope, byte for byte as it was signed."""
    record = find_record(call.platform, call.organisation, call.path["digest"])
    return serve_bytes(record.envelope, record.digest, JSON, "record.json")


def show_bundle(call: Call) -> Response:
    """A statement's bundle, as of the latest checkpoint."""
    content = record_bundle(call.platform, call.organisation, call.path["digest"])
    return serve_bytes(content, hashlib.sha256(content).hexdigest(), JSON, "bundle.json")


def show_status(call: Call) -> Response:
    """What came after a statement."""
    found = record_status(call.platform, call.organisation, call.path["digest"])
    view = RecordStatusView(
        digest=found.record.digest,
        kind=found.record.kind,
        track_id=found.record.track_id,
        log_index=found.record.leaf_index,
        training_set=found.training_set,
        withdrawn_works=[WithdrawnWorkView(**one) for one in works_json(found.withdrawn)],
    )
    return as_json(view)


def verify(call: Call) -> Response:
    """Verify a bundle and files against this installation's trust root."""
    bundle = call.body["bundle"]
    with taken(call.shared.uploads, call.settings.upload_wait_seconds):
        files = [(one.filename or "file", one.stream.read()) for one in call.body.getlist("files")]
        found = verify_files(
            call.platform, (bundle.filename or "bundle.json", bundle.stream.read()), files
        )
    return as_json(VerificationView.model_validate(found))


OPERATIONS = (
    Operation(
        "GET", "/v1/records", "searchRecords",
        "Search the signed records by date, work, training set, licence state or file hash",
        "records", search, (Answer(200, "A page of records, newest first.", RecordPage),),
        query=RecordQuery,
    ),
    Operation(
        "GET", "/v1/records/{digest}", "showRecord",
        "Fetch a signed statement about a track: its record or its delivery", "records", show,
        (Answer(200, "The DSSE envelope.", media_type=JSON),), (RECORD,),
    ),
    Operation(
        "GET", "/v1/records/{digest}/bundle", "showBundle",
        "Fetch a statement with its proof that it stands in the log", "records", show_bundle,
        (Answer(200, "The bundle.", media_type=JSON),), (RECORD,),
    ),
    Operation(
        "GET", "/v1/records/{digest}/status", "showRecordStatus",
        "Show what came after a statement: withdrawals of works that its track learnt from",
        "records", show_status, (Answer(200, "The status.", RecordStatusView),), (RECORD,),
    ),
    Operation(
        "POST", "/v1/verifications", "verify",
        "Verify a bundle, and files against it, with the keys of this installation", "records",
        verify,
        (Answer(200, "What was found; look at `verified`.", VerificationView),),
        upload=Upload((
            ("bundle", "bundle.json, licence.json or delivery.json.", False, True),
            ("files", "Audio or documents that the bundle answers for.", True, False),
        )),
        max_bytes=MAX_VERIFIED_BYTES,
    ),
)  # fmt: skip
