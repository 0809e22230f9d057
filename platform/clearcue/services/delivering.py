"""Deliveries: a track's files, its papers, the signed list of them, and all of them again.

A track's music is kept in the file store before the track is stored, so that whatever fails
afterwards, its folder can be made again (`write_again`). A key in the file store names the file's
digest: a worker that has lost its job, and does not know it yet, writes beside what the track's
rows name and never over it.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from clearcue.composer import ENGINE_VERSION
from clearcue.files import write_atomically
from clearcue.services.papers import WITH_THE_LICENCE, paper
from clearcue.services.platform import Platform
from clearcue.services.ports import Hold, UnitOfWork
from clearcue.services.publishing import add_record, bundle_of, publish, sign
from clearcue.services.recording import Made, originality_json
from clearcue.services.stored import (
    MissingError,
    StoredFile,
    StoredLicence,
    StoredRecord,
    StoreError,
)
from clearcue.services.tidying import files_of
from clearcue.sound.export import mp3_frames, write_audio
from clearcue.sound.id3 import id3_tag
from clearcue.sound.manifest import bank_manifest
from clearcue.sound.render import Samples
from clearcue_provenance import bundle
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
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
}
DELIVERY_NAME = "delivery.json"
AUTHORSHIP_NAME = "authorship.json"


def write_music(made: Made, staging: Path) -> None:
    """Write the score, its lineage and the originality report."""
    write_atomically(staging / "score.mid", made.midi)
    write_atomically(staging / "score.musicxml", made.musicxml)
    write_atomically(staging / "lineage.json", made.lineage)
    write_atomically(staging / "originality.json", originality_json(made))


@contextmanager
def encoding(samples: Samples) -> Iterator[Future[bytes]]:
    """Encode samples as MP3 frames on another core, for as long as the caller does other things."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(mp3_frames, samples)


def tags_of(made: Made, record_digest: str) -> dict[str, str]:
    """What every audio file says: its title, its track, the record that answers for it, its terms.

    No licence is named: one track can have several, and all of them bring the same files.
    """
    return {
        "title": made.composition.score.title,
        "comment": f"clearcue track {made.track_id} record {record_digest}",
        "copyright": "Used under the licence that came with this file (licence.json)",
        "software": f"clearcue {ENGINE_VERSION}, {bank_manifest()['bank']}",
    }


def write_sound(made: Made, record_digest: str, staging: Path, mp3: Future[bytes]) -> None:
    """Write mix, premaster and stems, tagged with the record that answers for them.

    `mp3` is what `encoding` makes of the mix.
    """
    tags = tags_of(made, record_digest)
    for suffix in (".wav", ".flac"):
        write_audio(staging / f"track{suffix}", made.rendering.mix, tags)
    write_audio(staging / "premaster.wav", made.rendering.premaster, tags)
    (staging / "stems").mkdir()
    for name, samples in made.rendering.stems.items():
        write_audio(
            staging / "stems" / f"{name}.wav", samples, {**tags, "title": f"{tags['title']} {name}"}
        )
    write_atomically(staging / "track.mp3", id3_tag(tags) + mp3.result())


def names_in(folder: Path) -> list[str]:
    """The names of the files in a folder and below it, with forward slashes, sorted."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def keep(
    platform: Platform, organisation_id: str, track_id: str, folder: Path, names: Iterable[str]
) -> tuple[StoredFile, ...]:
    """Copy files of a folder into the file store; returns the rows that are to name them."""
    return tuple(_keep(platform, organisation_id, track_id, folder, name) for name in names)


def _keep(
    platform: Platform, organisation_id: str, track_id: str, folder: Path, name: str
) -> StoredFile:
    content = (folder / name).read_bytes()
    digest = sha256(content).hexdigest()
    key = f"{files_of(track_id)}/{digest}/{name}"
    platform.blobs.put(key, content)
    return StoredFile(
        id=platform.ids.new(),
        organisation_id=organisation_id,
        track_id=track_id,
        name=name,
        blob_key=key,
        media_type=MEDIA_TYPES[Path(name).suffix],
        size_bytes=len(content),
        sha256=digest,
        created_at=platform.clock.now(),
    )


def write_papers(
    platform: Platform, record: StoredRecord, licence: StoredLicence | None, folder: Path
) -> None:
    """Write the record, its bundle, the authorship, and the licence with its certificate."""
    write_atomically(folder / "record.json", record.envelope)
    stored = bundle_of(platform, record.envelope, record.leaf_index)
    write_atomically(folder / "bundle.json", stored)
    authored = _statement(platform, record, "authorship")
    if authored is not None:  # None for a track from before there were such records
        content = bundle_of(platform, authored.envelope, authored.leaf_index)
        write_atomically(folder / AUTHORSHIP_NAME, content)
    if licence is not None:
        _write_licence(platform, licence, folder)


def _write_licence(platform: Platform, licence: StoredLicence, folder: Path) -> None:
    for name in WITH_THE_LICENCE:
        write_atomically(folder / name, paper(platform, licence, name))


def _statement(platform: Platform, record: StoredRecord, kind: str) -> StoredRecord | None:
    """Another statement about a record's track, or None."""
    with platform.units.read() as unit:
        try:
            return unit.records.for_track(record.organisation_id, record.track_id, kind)
        except MissingError:
            return None


def delivered(platform: Platform, organisation_id: str, track_id: str) -> StoredRecord | None:
    """The delivery that an earlier run stored, or None."""
    with platform.units.read() as unit:
        return _delivery(unit, organisation_id, track_id)


def _delivery(unit: UnitOfWork, organisation_id: str, track_id: str) -> StoredRecord | None:
    try:
        return unit.records.for_track(organisation_id, track_id, "delivery")
    except MissingError:
        return None


def deliver(
    platform: Platform, record: StoredRecord, kept: Sequence[StoredFile], folder: Path, hold: Hold
) -> None:
    """Store what is in a folder and not kept yet; sign, log and write the list of all of it.

    Raises:
        DuplicateError: when another worker has delivered it meanwhile.
        StoreError: when the files or the database could not be written.
    """
    known = {file.name for file in kept}
    papers = keep(
        platform,
        record.organisation_id,
        record.track_id,
        folder,
        [name for name in names_in(folder) if name not in known],
    )
    files = sorted([*kept, *papers], key=lambda file: file.name)
    now = platform.clock.now()
    predicate = {
        "record": {"sha256": record.digest},
        "delivered_at": format_time(now),
        "files": [
            {"name": file.name, "sha256": file.sha256, "size": file.size_bytes} for file in files
        ],
    }
    subjects = [Subject(file.name, file.sha256) for file in files]
    signed = sign(platform, subjects, DELIVERY, predicate)
    with platform.units.write() as unit:
        hold(unit)
        unit.tracks.add_files(papers)
        delivery = add_record(
            platform, unit, record.organisation_id, record.track_id, "delivery", signed, now
        )
        unit.commit()
    publish(platform)
    _write_delivery(platform, delivery, folder)


def _write_delivery(platform: Platform, delivery: StoredRecord, folder: Path) -> None:
    stored = bundle_of(platform, delivery.envelope, delivery.leaf_index)
    write_atomically(folder / DELIVERY_NAME, stored)


def write_again(
    platform: Platform, organisation_id: str, licence_id: str, folder: Path
) -> tuple[str, ...]:
    """Write a licensed track's files into an empty folder from what is stored; returns their names.

    What was delivered comes back byte for byte, with delivery.json proven as of the log's present
    size. Of a track whose delivery was cut off there is none, and the papers are made anew.

    Raises:
        MissingError: when the organisation has no such licence, or a file is lost.
        StoreError: when a stored file is damaged.
        WriteError: when a file cannot be written.
    """
    with platform.units.read() as unit:
        licence = unit.licences.get(organisation_id, licence_id)
        files = unit.tracks.files(organisation_id, licence.track_id)
        record = unit.records.for_track(organisation_id, licence.track_id)
        delivery = _delivery(unit, organisation_id, licence.track_id)
    write_kept(platform, files, folder)
    if delivery is None:
        write_papers(platform, record, licence, folder)
    else:
        _write_delivery(platform, delivery, folder)
        if not _holds(folder / "licence.json", licence):
            _write_licence(platform, licence, folder)
    return tuple(names_in(folder))


def write_kept(platform: Platform, files: Iterable[StoredFile], folder: Path) -> None:
    """Write files from the file store into a folder.

    Raises:
        MissingError: when a file is lost.
        StoreError: when a stored file is damaged.
        WriteError: when a file cannot be written.
    """
    for file in files:
        _write_kept(platform, file, folder)


def _write_kept(platform: Platform, file: StoredFile, folder: Path) -> None:
    content = platform.blobs.get(file.blob_key)
    if sha256(content).hexdigest() != file.sha256:
        raise StoreError(f"the stored file {file.blob_key} is damaged; restore a backup")
    path = folder / file.name
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, content)


def _holds(path: Path, licence: StoredLicence) -> bool:
    """Whether a delivered licence.json is this licence's, and not another's of the same track."""
    return path.is_file() and bundle.parse(path.read_bytes()).digest == licence.envelope_sha256
