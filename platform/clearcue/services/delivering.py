"""The files of a track: written, stored, listed in a signed and logged delivery."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from clearcue.files import write_atomically
from clearcue.services.entering import Entered, Hold, record_row
from clearcue.services.licences import certificate_pdf, licence_json
from clearcue.services.platform import Platform
from clearcue.services.publishing import append, bundle_of, publish, sign
from clearcue.services.recording import Made, originality_json
from clearcue.services.stored import MissingError, Organisation, StoredFile, StoredRecord
from clearcue.sound.export import write_audio
from clearcue_provenance.predicates import DELIVERY
from clearcue_provenance.shape import format_time
from clearcue_provenance.statement import Subject

MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
    ".json": "application/json",
    ".pdf": "application/pdf",
}
DELIVERY_NAME = "delivery.json"


def write_music(made: Made, staging: Path) -> None:
    """Write the score, its lineage and the originality report."""
    write_atomically(staging / "score.mid", made.midi)
    write_atomically(staging / "score.musicxml", made.musicxml)
    write_atomically(staging / "lineage.json", made.lineage)
    write_atomically(staging / "originality.json", originality_json(made))


def write_sound(made: Made, record_digest: str, staging: Path) -> None:
    """Write mix, premaster and stems, tagged with the record that answers for them."""
    title = made.composition.score.title
    tags = {"title": title, "comment": f"clearcue track {made.track_id} record {record_digest}"}
    for suffix in (".wav", ".flac", ".mp3"):
        write_audio(staging / f"track{suffix}", made.rendering.mix, tags)
    write_audio(staging / "premaster.wav", made.rendering.premaster, tags)
    (staging / "stems").mkdir()
    for name, samples in made.rendering.stems.items():
        write_audio(
            staging / "stems" / f"{name}.wav", samples, {**tags, "title": f"{title} {name}"}
        )


def write_papers(platform: Platform, stored: Entered, staging: Path) -> None:
    """Write the record, its bundle, and the licence with its certificate."""
    write_atomically(staging / "record.json", stored.envelope)
    write_atomically(
        staging / "bundle.json", bundle_of(platform, stored.envelope, stored.leaf_index)
    )
    if stored.licence is not None:
        write_atomically(staging / "licence.json", licence_json(platform, stored.licence))
        write_atomically(staging / "certificate.pdf", certificate_pdf(stored.licence))


def names_in(staging: Path) -> list[str]:
    """The names of all files below a folder, in order."""
    return [
        path.relative_to(staging).as_posix()
        for path in sorted(staging.rglob("*"))
        if path.is_file()
    ]


def delivered(platform: Platform, organisation_id: str, track_id: str) -> StoredRecord | None:
    """The delivery that an earlier run stored, or None."""
    with platform.units.read() as unit:
        try:
            return unit.records.for_track(organisation_id, track_id, "delivery")
        except MissingError:
            return None


def deliver(
    platform: Platform, owner: Organisation, made: Made, stored: Entered, staging: Path, hold: Hold
) -> bytes:
    """Store everything that was written, and sign the list of it; returns the delivery's bundle.

    Raises:
        DuplicateError: when another worker has delivered it meanwhile.
        StoreError: when the files or the database could not be written.
    """
    now = platform.clock.now()
    files: list[StoredFile] = []
    for name in names_in(staging):
        path = staging / name
        files.append(_stored_file(platform, owner, made, name, path, now))
        platform.blobs.put(files[-1].blob_key, path)
    predicate = {
        "record": {"sha256": stored.digest},
        "delivered_at": format_time(now),
        "files": [
            {"name": file.name, "sha256": file.sha256, "size": file.size_bytes} for file in files
        ],
    }
    subjects = [Subject(file.name, file.sha256) for file in files]
    delivery = sign(platform, subjects, DELIVERY, predicate)
    with platform.units.write() as unit:
        hold(unit)
        unit.tracks.add_files(files)
        index = append(unit, delivery)
        unit.records.add(record_row(platform, owner, made.track_id, "delivery", delivery, index))
        unit.commit()
    publish(platform)
    return bundle_of(platform, delivery.envelope, index)


def _stored_file(
    platform: Platform, owner: Organisation, made: Made, name: str, path: Path, now: datetime
) -> StoredFile:
    content = path.read_bytes()
    return StoredFile(
        id=platform.ids.new(),
        organisation_id=owner.id,
        track_id=made.track_id,
        name=name,
        blob_key=f"tracks/{made.track_id}/{name}",
        media_type=MEDIA_TYPES[path.suffix],
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        created_at=now,
    )
