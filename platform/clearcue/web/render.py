"""Values as the API shows them, and as responses."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote as quoted_path

from flask import Response
from pydantic import BaseModel

from clearcue.licensing.summary import scope_json, summarise
from clearcue.licensing.terms import Quote
from clearcue.services.licences import ShownLicence
from clearcue.services.reading import TrackSheet
from clearcue.services.stored import Job, StoredFile, StoredTrack
from clearcue.services.withdrawing import works_json
from clearcue.web.operations import JSON
from clearcue.web.views import (
    FileView,
    JobView,
    LicenceView,
    PriceView,
    QuoteView,
    TrackDetail,
    TrackView,
)


def as_json(model: BaseModel, status: int = 200, location: str | None = None) -> Response:
    """A model as a JSON response."""
    response = Response(model.model_dump_json() + "\n", status, mimetype=JSON)
    if location is not None:
        response.headers["Location"] = location
    return response


def plain_json(value: Any) -> Response:
    """A plain value as a JSON response."""
    return Response(json.dumps(value, ensure_ascii=False) + "\n", mimetype=JSON)


def moment(value: datetime) -> str:
    """A moment as the API writes it: UTC, to the millisecond."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def job_view(job: Job, held_up: str | None = None) -> JobView:
    """A job, with why it does not move if it does not, and where to look next."""
    payload, result = dict(job.payload), dict(job.result or {})
    here = f"/v1/jobs/{job.id}"
    links = {"self": here, "events": f"{here}/events", "cancel": f"{here}/cancel"}
    if job.state == "done":
        links["track"] = f"/v1/tracks/{payload['track_id']}"
    return JobView.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "stage": job.stage,
            "progress": job.progress,
            "attempts": job.attempts,
            "revision": job.revision,
            "created_at": moment(job.created_at),
            "error": job.error,
            "held_up": held_up,
            "track_id": result.get("track_id"),
            "licence_id": result.get("licence_id"),
            "record_digest": result.get("record_digest"),
            "links": links,
        }
    )


def track_fields(track: StoredTrack) -> dict[str, Any]:
    """What every view of a track shows."""
    here = f"/v1/tracks/{track.id}"
    return {
        "id": track.id,
        "title": track.title,
        "mood": track.mood,
        "usage": track.usage,
        "seed": str(track.seed),
        "attempt": track.attempt,
        "seconds": round(track.frames / track.sample_rate, 3),
        "frames": track.frames,
        "sample_rate": track.sample_rate,
        "training_set": track.training_set_digest,
        "pcm_sha256": track.pcm_sha256,
        "created_at": moment(track.created_at),
        "details": dict(track.details),
        "links": {
            "self": here,
            "originality": f"{here}/originality",
            "training_set": f"/v1/training-sets/{track.training_set_digest}",
        },
    }


def track_view(track: StoredTrack) -> TrackView:
    """A track as a list shows it."""
    return TrackView.model_validate(track_fields(track))


def track_detail(sheet: TrackSheet) -> TrackDetail:
    """A track with its files and statements."""
    fields = track_fields(sheet.track)
    fields["links"]["record"] = f"/v1/records/{sheet.record}"
    fields["links"]["status"] = f"/v1/records/{sheet.record}/status"
    fields["links"]["bundle"] = f"/v1/records/{sheet.record}/bundle"
    if sheet.delivery is not None:
        fields["links"]["delivery"] = f"/v1/records/{sheet.delivery}/bundle"
    return TrackDetail(
        **fields,
        files=[_file(file) for file in sheet.files],
        record_digest=sheet.record,
        delivery_digest=sheet.delivery,
        credits=list(sheet.credits),
        withdrawn_works=works_json(sheet.withdrawn),
    )


def _file(file: StoredFile) -> FileView:
    return FileView(
        name=file.name,
        media_type=file.media_type,
        size=file.size_bytes,
        sha256=file.sha256,
        href=f"/v1/tracks/{file.track_id}/files/{quoted_path(file.name)}",
    )


def _quote_fields(quoted: Quote) -> dict[str, Any]:
    summary = summarise(quoted)
    return {
        "track_id": quoted.subject.track_id,
        "title": quoted.subject.title,
        **scope_json(quoted),
        "price": PriceView(
            amount_minor=quoted.price.amount_minor,
            currency=quoted.price.currency,
            in_words=quoted.price.in_words(),
        ),
        "expires_at": moment(quoted.expires_at),
        "allowed": dict(summary.allowed),
        "not_allowed": list(summary.not_allowed),
        "notes": list(summary.notes),
        "text": quoted.text,
    }


def quote_view(quoted: Quote) -> QuoteView:
    """A quote."""
    links = {
        "self": f"/v1/quotes/{quoted.id}",
        "track": f"/v1/tracks/{quoted.subject.track_id}",
        "accept": "/v1/licences",
    }
    return QuoteView(id=quoted.id, links=links, **_quote_fields(quoted))


def licence_view(shown: ShownLicence) -> LicenceView:
    """An issued licence."""
    licence, here = shown.licence, f"/v1/licences/{shown.licence.id}"
    return LicenceView(
        id=licence.id,
        number=licence.number,
        state=shown.state,
        quote_id=licence.quote_id,
        record_digest=shown.quoted.subject.record_digest,
        licence_digest=licence.envelope_sha256,
        issued_at=moment(licence.issued_at),
        withdrawn_works=works_json(shown.withdrawn),
        links={
            "self": here,
            "track": f"/v1/tracks/{licence.track_id}",
            "licence": f"{here}/licence.json",
            "certificate": f"{here}/certificate.pdf",
        },
        **_quote_fields(shown.quoted),
    )


def status_fields(shown: ShownLicence) -> dict[str, Any]:
    """What a licence is now, as its page by number and the API tell it."""
    scope = scope_json(shown.quoted)
    return {
        "number": shown.licence.number,
        "state": shown.state,
        "title": shown.quoted.subject.title,
        "track_id": shown.licence.track_id,
        **{name: scope[name] for name in (
            "licensor", "licensee", "template", "first_day", "last_day",
        )},
        "allowed": dict(summarise(shown.quoted).allowed),
        "issued_at": moment(shown.licence.issued_at),
        "licence_digest": shown.licence.envelope_sha256,
    }  # fmt: skip
