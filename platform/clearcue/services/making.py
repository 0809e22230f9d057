"""Make a track: brief in; score, sound, record, licence and delivery out.

The order, and what each step leaves behind if the process dies in it:

1. compose: which seed and attempt were accepted;
2. render: the samples, where somebody keeps them;
3. one transaction stores the track, its report, its record, its quote and its licence, with their
   log leaves: all of it or nothing;
4. publish the log and make the bundles: what is missing is made again from what is stored;
5. the files, and then one transaction that stores the delivery; the log is published again.

Composing and rendering are deterministic, so what nobody kept is made again and is the same. The
caller moves the staging folder's files to where the user wants them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.model import Model
from clearcue.errors import ClearcueError
from clearcue.files import write_atomically
from clearcue.originality.index import Index
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.composing import Accepted, compose_again, compose_clear
from clearcue.services.delivering import (
    DELIVERY_NAME,
    deliver,
    names_in,
    write_music,
    write_papers,
    write_sound,
)
from clearcue.services.entering import Entered, enter, entered
from clearcue.services.ordering import Order, Reserved, check_order, reserve
from clearcue.services.owner import ensure_owner
from clearcue.services.platform import Platform, Progress
from clearcue.services.ports import UnitOfWork
from clearcue.services.publishing import publish
from clearcue.services.recording import (
    Attempt,
    Made,
    lineage_json,
    mix_digest,
    plain_json,
    subjects_of,
)
from clearcue.services.stored import Json, Organisation
from clearcue.sound.render import Rendering, render


class EngineChangedError(ClearcueError):
    """A half-made track cannot be finished: this program no longer makes the same music."""


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
        ClearcueError: when a file, the database or the log cannot be written.
    """
    owner = ensure_owner(platform)
    check_order(platform, owner, order)
    return make_in_stages(platform, owner, order, reserve(platform), staging, progress, NoStages())


def make_in_stages(
    platform: Platform,
    owner: Organisation,
    order: Order,
    reserved: Reserved,
    staging: Path,
    progress: Progress,
    stages: Stages,
) -> MadeTrack:
    """Make a checked order's track, from the last finished stage on.

    Raises:
        NearDuplicateError: when no attempt is clear.
        EngineChangedError: when the record that is stored is of other music.
        ClearcueError: when a file, the database or the log cannot be written, or `stages` says so.
    """
    corpus = platform.library.corpus(progress)
    made = _make(platform, order, owner, reserved, corpus, progress, stages)  # 1, 2
    progress("writing", 0, 1)
    stored = entered(platform, owner.id, order, reserved)
    if stored is None:
        stored = enter(platform, order, owner, reserved, made, corpus, stages.recorded)  # 3
    elif stored.subjects != subjects_of(made):
        raise EngineChangedError(
            "this track was recorded by another version of the program and its files cannot be "
            "made again; order it anew"
        )
    write_music(made, staging)
    write_sound(made, stored.digest, staging)
    progress("publishing", 0, 1)
    publish(platform)  # 4
    write_papers(platform, stored, staging)
    delivery = deliver(platform, owner, made, stored, staging, stages.hold)  # 5
    write_atomically(staging / DELIVERY_NAME, delivery)
    return MadeTrack(_summary(made, stored, staging), tuple(names_in(staging)))


def _make(
    platform: Platform,
    order: Order,
    owner: Organisation,
    reserved: Reserved,
    corpus: ClearedCorpus,
    progress: Progress,
    stages: Stages,
) -> Made:
    now = platform.clock.now()
    model = platform.library.model(corpus, progress)
    index = platform.library.index(corpus, progress)
    accepted = _composed(platform, order, owner, model, index, progress, stages)
    return Made(
        track_id=reserved.track_id,
        brief=order.brief,
        seed=accepted.seed,
        composition=accepted.composition,
        attempts=accepted.attempts,
        report=accepted.report,
        rendering=_rendered(accepted, progress, stages),
        midi=platform.scores.midi(accepted.composition.score),
        musicxml=platform.scores.musicxml(accepted.composition.score),
        lineage=plain_json(lineage_json(accepted.composition)),
        training_set=model.training_set,
        parser=platform.library.parser,
        started_at=now,
        finished_at=platform.clock.now(),
    )


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
        others = unit.tracks.fingerprints()
        accepted = compose_clear(model, index, order.brief, order.seed, owner.id, others, progress)
    attempts = [[one.number, one.verdict, one.similarity, one.nearest] for one in accepted.attempts]
    stages.keep_composed({**made_by, "seed": str(accepted.seed), "attempts": attempts})
    return accepted


def _again(model: Model, index: Index, order: Order, kept: Mapping[str, Any]) -> Accepted:
    attempts = tuple(Attempt(*entry) for entry in kept["attempts"])
    return compose_again(model, index, order.brief, int(kept["seed"]), attempts)


def _rendered(accepted: Accepted, progress: Progress, stages: Stages) -> Rendering:
    kept = stages.rendering()
    if kept is not None:
        return kept
    rendering = render(
        accepted.composition.score,
        accepted.seed,
        lambda part, done: progress(f"playing {part}", int(100 * done), 100),
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
        "record_digest": stored.digest,
        "licence_id": stored.licence.id if stored.licence else None,
        "files": {
            name: sha256((staging / name).read_bytes()).hexdigest() for name in names_in(staging)
        },
    }
