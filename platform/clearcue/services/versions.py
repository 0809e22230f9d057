"""Versions of a track, written beside it: other mixes, a loop, shorter pieces on the same themes.

All lie in `versions/`. `versions.json` there says of each audio file what it is, its length, its
loudness and the SHA-256 of its samples, and of a shorter piece how near it comes to the works that
were learnt from; a version that the track does not allow is left out with the reason. The signed
delivery lists every one of these files by its hash.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from clearcue.composer.compose import Composition, Sibling, compose
from clearcue.composer.errors import CompositionError
from clearcue.composer.model import Model
from clearcue.files import write_atomically
from clearcue.music.score import Score
from clearcue.originality.check import check
from clearcue.originality.index import Index
from clearcue.originality.report import CLEAR
from clearcue.services.finishing import Finish
from clearcue.services.platform import Platform, Progress
from clearcue.services.recording import Made, plain_json
from clearcue.sound.banks import SampledBank
from clearcue.sound.curves import curve_for
from clearcue.sound.dsp import SAMPLE_RATE
from clearcue.sound.export import DISC_RATE, write_audio, write_disc
from clearcue.sound.guards import FULL_SCALE
from clearcue.sound.looping import render_loop
from clearcue.sound.meter import loudness, true_peak_db
from clearcue.sound.peaks import outline
from clearcue.sound.pictures import spectrogram
from clearcue.sound.profile import MasterProfile, master_profile
from clearcue.sound.render import Samples, floats, pcm_bytes, render
from clearcue.sound.versions import for_disc, underscore, voice_over

FOLDER = "versions"
LIST_NAME = f"{FOLDER}/versions.json"
CUTDOWN_SECONDS = (60, 30, 15, 6)
STING_SECONDS = 5
_OUTLINE_COLUMNS = 2000
_CANDIDATES = 12
"""Settings of the same themes drawn for a shorter piece, of which the critic keeps one."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a shorter piece is composed from and compared with."""

    model: Model
    index: Index


@dataclass(frozen=True, slots=True)
class _Making:
    """One track's versions while they are written."""

    platform: Platform
    made: Made
    learnt: Learnt
    profile: MasterProfile
    bank: SampledBank | None
    tags: Mapping[str, str]
    folder: Path


Entry = dict[str, Any]


def profile_of(finish: Finish, score: Score) -> MasterProfile:
    """The master's aims for a score at the loudness asked for."""
    return replace(master_profile(), lufs=float(finish.loudness), curve=curve_for(score))


def bank_of(platform: Platform, finish: Finish) -> SampledBank | None:
    """The sampled bank where it is asked for.

    Raises:
        BankError: when it is asked for and not there.
    """
    return platform.sampled() if finish.bank == "sampled" else None


def write_versions(
    platform: Platform,
    made: Made,
    learnt: Learnt,
    finish: Finish,
    tags: Mapping[str, str],
    staging: Path,
    progress: Progress,
) -> None:
    """Write the versions that are asked for into a staging folder; none asked for, none written.

    Raises:
        ClearcueError: when a version fails its checks or cannot be written.
    """
    if not finish.versions:
        return
    folder = staging / FOLDER
    folder.mkdir()
    profile = profile_of(finish, made.composition.score)
    bank = bank_of(platform, finish)
    making = _Making(platform, made, learnt, profile, bank, tags, folder)
    entries: list[Entry] = []
    for done, name in enumerate(finish.versions):
        progress("writing", done, len(finish.versions))
        entries.extend(_WRITERS[name](making))
    listed = {"format": "urn:clearcue:versions:v1", "track_id": made.track_id, "versions": entries}
    write_atomically(staging / LIST_NAME, plain_json(listed))


def _underscore(making: _Making) -> list[Entry]:
    samples = underscore(making.made.rendering, making.profile)
    if samples is None:
        return [_left_out("underscore", "the track has no melody above other parts")]
    return [_audio(making, "underscore", samples)]


def _voice_over(making: _Making) -> list[Entry]:
    return [_audio(making, "voice-over", voice_over(making.made.rendering))]


def _loop(making: _Making) -> list[Entry]:
    score, seed = making.made.composition.score, making.made.seed
    samples = render_loop(score, seed, making.profile, making.bank)
    if samples is None:
        return [_left_out("loop", "the track has no section of 4 to 40 s")]
    return [_audio(making, "loop", samples)]


def _disc(making: _Making) -> list[Entry]:
    samples = for_disc(making.made.rendering.mix)
    write_disc(making.folder / "disc.wav", samples, _titled(making, "disc"))
    entry = {
        "name": f"{FOLDER}/disc.wav",
        "kind": "disc",
        "sample_rate": DISC_RATE,
        "bits": 16,
        "frames": len(samples),
        "pcm_sha256": sha256(samples.tobytes()).hexdigest(),
    }
    return [entry]


def _pictures(making: _Making) -> list[Entry]:
    mix = making.made.rendering.mix
    write_atomically(making.folder / "spectrogram.png", spectrogram(mix))
    drawn = outline([floats(mix)], len(mix), _OUTLINE_COLUMNS)
    columns = {"frames": len(mix), "sample_rate": SAMPLE_RATE, "low": drawn.low, "high": drawn.high}
    write_atomically(making.folder / "waveform.json", plain_json(columns))
    return []


def _sting(making: _Making) -> list[Entry]:
    return [_shorter(making, "sting", STING_SECONDS)]


def _cutdowns(making: _Making) -> list[Entry]:
    length = making.made.brief.seconds
    return [
        _shorter(making, f"cutdown-{seconds}", seconds)
        for seconds in CUTDOWN_SECONDS
        if seconds < length
    ]


_WRITERS: dict[str, Callable[[_Making], list[Entry]]] = {
    "underscore": _underscore,
    "loop": _loop,
    "sting": _sting,
    "cutdowns": _cutdowns,
    "voice-over": _voice_over,
    "disc": _disc,
    "pictures": _pictures,
}


def _shorter(making: _Making, kind: str, seconds: int) -> Entry:
    """Compose the track's themes again for another length; what is not clear is left out."""
    try:
        piece = recomposed(making.learnt.model, making.made, seconds)
    except CompositionError as error:
        return _left_out(kind, str(error))
    report = check(making.learnt.index, piece.score)
    if report.verdict != CLEAR:
        return _left_out(kind, f"the piece comes near to {report.matches[0].work}")
    rendering = render(piece.score, making.made.seed, profile=making.profile, bank=making.bank)
    midi = making.platform.scores.midi(piece.score)
    write_atomically(making.folder / f"{kind}.mid", midi)
    composed = {
        "seed": making.made.seed,
        "attempt": piece.attempt,
        "score_sha256": sha256(midi).hexdigest(),
        "originality": {"verdict": report.verdict, "similarity": report.similarity},
    }
    return {**_audio(making, kind, rendering.mix), **composed}


def recomposed(model: Model, made: Made, seconds: int) -> Composition:
    """The track's brief, seed and attempt at another length, on the themes of its own length.

    Hits that would come after the end are left out.

    Raises:
        CompositionError: when the form leaves no room for a melody, or the track works on another.
    """
    if made.recipe.rework is not None:
        raise CompositionError("a track that works on another keeps its length")
    length = Fraction(seconds)
    hits = tuple(hit for hit in made.brief.hits if hit.at_ms < length * 1000)
    brief = replace(made.brief, seconds=length, hits=hits, style=made.composition.style)
    return compose(
        model,
        brief,
        made.seed,
        made.composition.attempt,
        made.recipe.supply.given,
        sibling=Sibling(made.brief, made.composition.contest.kept),
    )


def _audio(making: _Making, kind: str, samples: Samples) -> Entry:
    write_audio(making.folder / f"{kind}.wav", samples, _titled(making, kind))
    whole = 1.0 / FULL_SCALE
    return {
        "name": f"{FOLDER}/{kind}.wav",
        "kind": kind,
        "sample_rate": SAMPLE_RATE,
        "bits": 24,
        "frames": len(samples),
        "lufs": round(loudness(samples, whole), 2),
        "true_peak_db": round(true_peak_db(samples, whole), 2),
        "pcm_sha256": sha256(pcm_bytes(samples)).hexdigest(),
    }


def _left_out(kind: str, reason: str) -> Entry:
    return {"kind": kind, "left_out": reason}


def _titled(making: _Making, kind: str) -> dict[str, str]:
    return {**making.tags, "title": f"{making.tags['title']} ({kind})"}
