"""Make a track: brief in; score, sound, record, licence and delivery out.

The order, and what each step leaves behind if the process dies in it:

1. publish the log as it stands: one that cannot be continued is refused before anything is issued;
2. state what is learnt from, once for each training set; learn and compose: which seed and attempt
   were accepted, where somebody remembers it;
3. render: the samples, where somebody remembers them;
4. encode into a staging folder, write the versions that are wanted, and keep these files in the
   file store: files that no row names;
5. one transaction stores the track, its files, its report, its record, its quote and its licence,
   with their log leaves: all of it or nothing;
6. publish the log and make the bundles: what is missing is made again from what is stored;
7. one transaction stores the delivery and the papers, and the log is published again.

Whoever remembers stages (`Stages`) takes a killed making up after the last finished one, with the
ids that were drawn when it was ordered, and shows in each of the two transactions that it may still
write. Composing and rendering are deterministic, so what nobody remembers is made again and is the
same; from step 5 on the music comes from the file store.

The caller moves the staging folder's files to where the user wants them. From step 5 on nothing is
lost: `services.delivering.write_again` makes a licensed track's folder from what is stored.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.compose import Composition
from clearcue.composer.model import Model
from clearcue.errors import ClearcueError
from clearcue.music.lineage import WorkSource
from clearcue.originality.index import Index
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.composing import Accepted, compose_again, compose_clear
from clearcue.services.delivering import deliver, names_in, write_kept, write_papers
from clearcue.services.entering import Entered, enter, entered
from clearcue.services.finishing import Finish
from clearcue.services.lineage_file import lineage_json
from clearcue.services.ordering import Order, Reserved, check_order, refuse_unknown, reserve
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform, Progress
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import publish
from clearcue.services.recipes import distance_of, refuse_lost_base
from clearcue.services.recording import (
    Attempt,
    Made,
    mix_digest,
    plain_json,
)
from clearcue.services.stored import Json, Organisation, StoredLicence, StoreError
from clearcue.services.supplying import refuse_known
from clearcue.services.tidying import tidy_track
from clearcue.services.training import train
from clearcue.services.versions import Learnt, bank_of, profile_of, write_versions
from clearcue.sound.banks import SampledBank
from clearcue.sound.render import Rendering, render
from clearcue_provenance.errors import ProvenanceError


class UndeliveredError(ClearcueError):
    """A track was stored, and perhaps licensed, but its papers could not be written."""


@dataclass(frozen=True, slots=True)
class MadeTrack:
    """What was made: the summary that `make --json` prints, and the names of the files."""

    summary: dict[str, Any]
    files: tuple[str, ...]


class Stages(Protocol):
    """Remembers the finished stages of one making, so that a killed one is taken up again."""

    def composed(self) -> Json | None:
        """What `keep_composed` was given, or None."""
        ...

    def keep_composed(self, value: Json) -> None:
        """Remember which piece was accepted."""
        ...

    def rendering(self) -> Rendering | None:
        """What `keep_rendering` was given, or None."""
        ...

    def keep_rendering(self, rendering: Rendering) -> None:
        """Remember the samples."""
        ...

    def hold(self, unit: UnitOfWork) -> None:
        """Raise, inside a transaction that is about to store, when we must not go on."""
        ...

    def recorded(self, unit: UnitOfWork) -> None:
        """As `hold`, and remember that the record is stored, if the transaction commits."""
        ...


class NoStages:
    """Remembers nothing: a command that is killed is typed again."""

    def composed(self) -> Json | None:
        """Nothing."""
        return None

    def keep_composed(self, value: Json) -> None:
        """Forget it."""

    def rendering(self) -> Rendering | None:
        """Nothing."""
        return None

    def keep_rendering(self, rendering: Rendering) -> None:
        """Forget it."""

    def hold(self, unit: UnitOfWork) -> None:
        """Go on."""

    def recorded(self, unit: UnitOfWork) -> None:
        """Go on."""


def make_track(platform: Platform, order: Order, staging: Path, progress: Progress) -> MadeTrack:
    """Make a track for the owner into a staging folder that exists and is empty.

    Raises:
        BadInputError: when the brief or the licence asks for what there is not.
        NearDuplicateError: when no attempt is clear.
        UndeliveredError: when one of these comes after the track was stored.
        ClearcueError: when a file, the database or the log cannot be written.
    """
    refuse_unknown(order)
    owner = ensure_owner(platform)
    check_order(platform, owner, order)
    stages, reserved = NoStages(), reserve(platform)
    publish(platform)  # 1
    try:
        made, stored = _enter(platform, owner, order, reserved, staging, progress, stages)
    except BaseException:
        with contextlib.suppress(StoreError):
            tidy_track(platform, owner.id, reserved.track_id)
        raise
    try:
        _finish(platform, stored, staging, progress, stages)
        return MadeTrack(_summary(made, stored, staging), tuple(names_in(staging)))
    except (ClearcueError, ProvenanceError, OSError) as error:
        raise UndeliveredError(_undelivered(error, made.track_id, stored.licence)) from error


def _undelivered(error: Exception, track_id: str, licence: StoredLicence | None) -> str:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    if licence is None:
        return f"{reason}; the track {track_id} is stored, but not all of its files were written"
    return (
        f"{reason}; the track is stored and licensed: "
        f"`clearcue licence show {licence.number} --out FOLDER` writes its files"
    )


def make_in_stages(
    platform: Platform,
    owner: Organisation,
    order: Order,
    reserved: Reserved,
    staging: Path,
    progress: Progress,
    stages: Stages,
) -> None:
    """Make a checked order's track, from the last finished stage on.

    A track that is stored already is delivered as it was stored, whatever the engine, the training
    set and the withdrawn works are by now.

    Raises:
        NearDuplicateError: when no attempt is clear.
        WithdrawnError: when a work was withdrawn meanwhile; the order can be taken up again.
        ClearcueError: when a file, the database or the log cannot be written, or `stages` says so.
    """
    publish(platform)  # 1
    stored = entered(platform, owner.id, order, reserved)
    if stored is None:
        _, stored = _enter(platform, owner, order, reserved, staging, progress, stages)
    else:
        write_kept(platform, stored.kept, staging)
    _finish(platform, stored, staging, progress, stages)


def _enter(
    platform: Platform,
    owner: Organisation,
    order: Order,
    reserved: Reserved,
    staging: Path,
    progress: Progress,
    stages: Stages,
) -> tuple[Made, Entered]:
    """All that comes before the papers: the music lies in the folder, and the track is stored."""
    corpus = train(platform, progress).corpus
    learnt = Learnt(
        platform.library.model(corpus, progress), platform.library.index(corpus, progress)
    )
    made = _make(platform, order, owner, reserved, corpus, learnt, progress, stages)  # 2, 3

    def write(made: Made, tags: dict[str, str]) -> None:
        write_versions(platform, made, learnt, order.finish, tags, staging, progress)

    progress("writing", 0, 1)
    stored = enter(platform, order, owner, reserved, made, corpus, staging, stages.recorded, write)
    return made, stored  # 4, 5


def _finish(
    platform: Platform, stored: Entered, staging: Path, progress: Progress, stages: Stages
) -> None:
    """The papers of a stored track, and its delivery."""
    progress("publishing", 0, 1)
    publish(platform)  # 6
    write_papers(platform, stored.record, stored.licence, staging)
    deliver(platform, stored.record, stored.kept, staging, stages.hold)  # 7


def _make(
    platform: Platform,
    order: Order,
    owner: Organisation,
    reserved: Reserved,
    corpus: ClearedCorpus,
    learnt: Learnt,
    progress: Progress,
    stages: Stages,
) -> Made:
    now = platform.clock.now()
    model, index = learnt.model, learnt.index
    bank = bank_of(platform, order.finish)
    accepted = _composed(platform, order, owner, model, index, progress, stages)
    return Made(
        track_id=reserved.track_id,
        recipe=order.recipe,
        seed=accepted.seed,
        composition=accepted.composition,
        attempts=accepted.attempts,
        distance=distance_of(order.recipe, model, accepted.composition),
        report=accepted.report,
        rendering=_rendered(accepted, order.finish, bank, progress, stages),
        midi=platform.scores.midi(accepted.composition.score),
        musicxml=platform.scores.musicxml(accepted.composition.score),
        lineage=plain_json(lineage_json(accepted.composition)),
        training_set=model.training_set,
        credits=credits_of(accepted.composition, corpus),
        parser=platform.library.parser,
        started_at=now,
        finished_at=max(now, platform.clock.now()),  # a clock may be set back meanwhile
        finish=order.finish,
        sampled=None if bank is None else bank.manifest(),
    )


def credits_of(composition: Composition, corpus: ClearedCorpus) -> tuple[str, ...]:
    """The attribution lines that the works of influence oblige to."""
    works = {
        source.work_id for source in composition.lineage.sources() if isinstance(source, WorkSource)
    }
    return tuple(obligation.text for obligation in corpus.obligations(works))


def _composed(
    platform: Platform,
    order: Order,
    owner: Organisation,
    model: Model,
    index: Index,
    progress: Progress,
    stages: Stages,
) -> Accepted:
    """The accepted piece; one that was accepted earlier is composed again from seed and attempt."""
    made_by = {"engine": ENGINE_VERSION, "training_set": model.training_set}
    kept = stages.composed()
    if kept is not None and made_by.items() <= kept.items():
        return _again(model, index, order, kept)
    with platform.units.read() as unit:
        others = platform.tracks.up_to_date(unit.tracks)
    refuse_known(order.supply, index, owner, others)
    refuse_lost_base(order.recipe, model, platform.scores)
    accepted = compose_clear(model, index, order.recipe, order.seed, owner.id, others, progress)
    attempts = [[one.number, one.verdict, one.similarity, one.nearest] for one in accepted.attempts]
    stages.keep_composed({**made_by, "seed": str(accepted.seed), "attempts": attempts})
    return accepted


def _again(model: Model, index: Index, order: Order, kept: Mapping[str, Any]) -> Accepted:
    attempts = tuple(Attempt(*entry) for entry in kept["attempts"])
    return compose_again(model, index, order.recipe, int(kept["seed"]), attempts)


def _rendered(
    accepted: Accepted,
    finish: Finish,
    bank: SampledBank | None,
    progress: Progress,
    stages: Stages,
) -> Rendering:
    kept = stages.rendering()
    if kept is not None:
        return kept
    rendering = render(
        accepted.composition.score,
        accepted.seed,
        lambda part, done: progress(f"playing {part}", int(100 * done), 100),
        profile_of(finish, accepted.composition.score),
        bank,
    )
    stages.keep_rendering(rendering)
    return rendering


def _summary(made: Made, stored: Entered, staging: Path) -> dict[str, Any]:
    score, report = made.composition.score, made.report
    return {
        "track_id": made.track_id,
        "title": score.title,
        "seed": made.seed,
        "attempt": made.composition.attempt,
        "mood": made.brief.mood,
        "usage": made.brief.usage,
        "style": made.composition.style,
        "seconds": float(made.brief.seconds),
        "frames": len(made.rendering.mix),
        "sample_rate": made.rendering.sample_rate,
        "pcm_sha256": mix_digest(made),
        "tempo_bpm": round(score.tempo.bpm, 3),
        "key": score.key.name,
        "lufs": round(made.rendering.lufs, 2),
        "true_peak_db": round(made.rendering.true_peak_db, 2),
        "originality": {
            "verdict": report.verdict,
            "similarity": report.similarity,
            "nearest": report.nearest.work if report.nearest else None,
        },
        "training_set": made.training_set,
        "record_digest": stored.record.digest,
        "licence_id": stored.licence.id if stored.licence else None,
        "licence_number": stored.licence.number if stored.licence else None,
        "credits": list(made.credits),
        "distance_percent": made.distance,
        "files": {
            name: sha256((staging / name).read_bytes()).hexdigest() for name in names_in(staging)
        },
    }
