"""Compose a verified record's track again, and compare: so a record proves how it was made.

What is compared, in this order, each named in the outcome:

1. the engine version: a record of another one says which tagged release composes it;
2. the training set's root: the model must be learnt from the very works of the record;
3. `score.mid` and `score.musicxml`, by their sha256: the same engine, training set, brief, seed and
   attempt give the same bytes on every machine, and no tolerance applies;
4. the decoded samples, by their sha256. Arithmetic of samples may differ in the last digits
   between processors and library versions. Where a hash differs and the audio file is given, the
   samples are compared, and count as the same within `TOLERANCE_DB`.

The caller has verified the bundle; nothing is stored and nothing is signed here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearcue.composer import ENGINE_VERSION
from clearcue.composer.compose import Composition
from clearcue.composer.errors import CompositionError
from clearcue.data.releases import releases
from clearcue.errors import BadInputError
from clearcue.rights.corpus import ClearedCorpus
from clearcue.services.finishing import read_finish
from clearcue.services.platform import Platform, Progress
from clearcue.services.recipes import read_recipe
from clearcue.services.recording import pcm_subject
from clearcue.services.stored import MissingError
from clearcue.services.training import cleared, withdrawn_works
from clearcue.services.versions import bank_of, profile_of
from clearcue.sound.manifest import bank_manifest
from clearcue.sound.render import Rendering, Samples, render
from clearcue_provenance import bundle, statement, wav
from clearcue_provenance.errors import WavError
from clearcue_provenance.statement import Subject, file_subject

TOLERANCE_DB = -90.0
"""Two recordings count as the same when no sample differs by more than this, full scale 0 dB."""
SAME, WITHIN, DIFFERS, NOT_COMPARED = "same", "within tolerance", "differs", "not compared"
_FULL_SCALE = 2**23


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing compared: what the record states, what was found, and how they compare.

    `outcome` is one of `SAME`, `WITHIN`, `DIFFERS` and `NOT_COMPARED`.
    """

    what: str
    stated: str
    found: str
    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Recomposition:
    """The outcome. `advice` says what to do where the track could not be composed here."""

    comparisons: tuple[Comparison, ...]
    advice: str = ""

    @property
    def same(self) -> bool:
        """Whether the score came out the same, and the audio within the tolerance."""
        scores = [one for one in self.comparisons if one.what.startswith("score.")]
        return bool(scores) and all(one.outcome in (SAME, WITHIN) for one in self.comparisons)

    def plain(self) -> dict[str, Any]:
        """The outcome as plain values."""
        return {
            "same": self.same,
            "advice": self.advice,
            "tolerance_db": TOLERANCE_DB,
            "comparisons": [
                {
                    "what": one.what,
                    "stated": one.stated,
                    "found": one.found,
                    "outcome": one.outcome,
                    "message": one.message,
                }
                for one in self.comparisons
            ],
        }


def recompose(
    platform: Platform, stored_bundle: bytes, audio: bytes | None, progress: Progress
) -> Recomposition:
    """Compose and render what a verified bundle's record states, and compare it with the record.

    Args:
        platform: its corpus and its database's withdrawn works; the database is not written.
        stored_bundle: a bundle of a generation statement that has been verified.
        audio: the bytes of track.wav, or None; measured where the samples' hash differs.
        progress: told the stages.

    Raises:
        ProvenanceError: when the bytes are no bundle.
        ClearcueError: when the corpus cannot be read.
    """
    stated = statement.parse(bundle.parse(stored_bundle).envelope.payload)
    builder = stated.predicate["runDetails"]["builder"]["version"]
    engine = _compared("engine version", str(builder.get("composer")), ENGINE_VERSION)
    if engine.outcome == DIFFERS:  # 1
        return Recomposition((engine,), advice_for(engine.stated, stated.predicate))
    corpus = cleared(platform, progress)
    root = corpus.training_set(ENGINE_VERSION).root
    trained = _compared("training set", _dependency(stated.predicate, "training-set"), root)
    if trained.outcome == DIFFERS:  # 2
        return Recomposition((engine, trained), _other_set(platform, trained.stated))
    try:
        composition = _composed(platform, corpus, stated.predicate, progress)
    except (BadInputError, CompositionError) as error:
        failed = Comparison("score.mid", "", "", DIFFERS, f"cannot be composed: {error}")
        return Recomposition((engine, trained, failed), _parser_advice(platform, builder))
    scores = _score_comparisons(platform, composition, stated.subjects)  # 3
    if any(one.outcome == DIFFERS for one in scores):
        return Recomposition((engine, trained, *scores), _parser_advice(platform, builder))
    finish = read_finish(stated.predicate["buildDefinition"]["externalParameters"])
    rendering = render(
        composition.score,
        stated.predicate["buildDefinition"]["externalParameters"]["seed"],
        lambda part, done: progress(f"playing {part}", int(100 * done), 100),
        profile_of(finish, composition.score),
        bank_of(platform, finish),
    )
    sounds = _sound_comparisons(rendering, stated.subjects, audio)  # 4
    advice = "" if all(s.outcome in (SAME, WITHIN) for s in sounds) else _bank_advice(stated)
    return Recomposition((engine, trained, *scores, *sounds), advice)


def _composed(
    platform: Platform, corpus: ClearedCorpus, predicate: Mapping[str, Any], progress: Progress
) -> Composition:
    asked = predicate["buildDefinition"]["externalParameters"]
    model = platform.library.model(corpus, progress)
    progress("composing", 0, 1)
    return read_recipe(asked).compose(model, asked["seed"], asked["attempt"])


def _compared(what: str, stated: str, found: str) -> Comparison:
    return Comparison(what, stated, found, SAME if stated == found else DIFFERS)


def _dependency(predicate: Mapping[str, Any], name: str) -> str:
    """The digest of a dependency by the beginning of its name, or an empty text."""
    for entry in predicate["buildDefinition"]["resolvedDependencies"]:
        if entry["name"] == name or entry["name"].startswith(f"{name}:"):
            return str(entry["digest"]["sha256"])
    return ""


def _score_comparisons(
    platform: Platform, composition: Composition, subjects: tuple[Subject, ...]
) -> list[Comparison]:
    named = {subject.name: subject.sha256 for subject in subjects}
    found = (
        file_subject("score.mid", platform.scores.midi(composition.score)),
        file_subject("score.musicxml", platform.scores.musicxml(composition.score)),
    )
    return [_compared(one.name, named.get(one.name, "not named"), one.sha256) for one in found]


def _sound_comparisons(
    rendering: Rendering, subjects: tuple[Subject, ...], audio: bytes | None
) -> list[Comparison]:
    made: dict[str, Samples] = {"track.pcm": rendering.mix, "premaster.pcm": rendering.premaster}
    made |= {f"stems/{name}.pcm": stem for name, stem in rendering.stems.items()}
    return [
        _sound(subject, made.get(subject.name), rendering.sample_rate, audio)
        for subject in subjects
        if subject.pcm is not None
    ]


def _sound(subject: Subject, samples: Samples | None, rate: int, audio: bytes | None) -> Comparison:
    if samples is None:
        return Comparison(subject.name, subject.sha256, "none", DIFFERS, "was not rendered")
    found = pcm_subject(subject.name, samples, rate)
    if (found.sha256, found.pcm) == (subject.sha256, subject.pcm):
        return Comparison(subject.name, subject.sha256, found.sha256, SAME)
    if subject.name != "track.pcm" or audio is None:
        words = "the hash differs; give track.wav to measure by how much"
        if subject.name != "track.pcm":
            words = "the hash differs; only the mix is measured, from track.wav"
        return Comparison(subject.name, subject.sha256, found.sha256, NOT_COMPARED, words)
    return _measured(subject, found.sha256, samples, audio)


def _measured(subject: Subject, found: str, samples: Samples, audio: bytes) -> Comparison:
    try:
        given = wav.read_pcm(audio)
    except WavError as error:
        return Comparison(subject.name, subject.sha256, found, NOT_COMPARED, str(error))
    if given.sha256 != subject.sha256 or given.layout != subject.pcm:
        words = "the given audio is not the record's"
        return Comparison(subject.name, subject.sha256, found, NOT_COMPARED, words)
    difference = difference_db(samples, wav_samples(audio))
    words = f"the largest difference of a sample is {difference:.1f} dB of full scale"
    outcome = WITHIN if difference <= TOLERANCE_DB else DIFFERS
    return Comparison(subject.name, subject.sha256, found, outcome, words)


def difference_db(ours: Samples, theirs: Samples) -> float:
    """The largest difference of two recordings, in dB of full scale; -inf when there is none.

    Recordings of different length differ by full scale.
    """
    if ours.shape != theirs.shape:
        return 0.0
    largest = int(np.max(np.abs(ours.astype(np.int64) - theirs.astype(np.int64)), initial=0))
    return 20.0 * math.log10(largest / _FULL_SCALE) if largest else -math.inf


def wav_samples(audio: bytes) -> Samples:
    """The samples of a 24-bit WAV that `wav.read_pcm` has accepted, as `(frames, channels)`."""
    layout, body = wav.read_samples(audio)
    packed = np.frombuffer(body, np.uint8).reshape(-1, layout.channels, 3).astype(np.int32)
    value = packed[..., 0] | packed[..., 1] << 8 | packed[..., 2] << 16
    return np.asarray(value - ((value & 1 << 23) << 1), dtype=np.int32)


def advice_for(engine: str, predicate: Mapping[str, Any]) -> str:
    """Which tagged release composes the records of an engine version, and with which command."""
    release = releases().get(engine)
    if release is None:
        return (
            f"this program composes engine version {ENGINE_VERSION}, and knows no release of "
            f"version {engine}: ask whoever signed the record which one made it"
        )
    asked = predicate["buildDefinition"]["externalParameters"]
    options = f"--mood {asked['mood']} --usage {asked['usage']} --seconds {asked['seconds']}"
    if asked["style"] is not None:
        options += f" --style {asked['style']}"
    return (
        f"this program composes engine version {ENGINE_VERSION}; engine version {engine} is "
        f"composed by the release {release.tag} (commit {release.commit}): check it out, run "
        f"`clearcue make {options} --seed {asked['seed']} --no-licence --out again` and compare "
        "again/score.mid with the record"
    )


def _other_set(platform: Platform, wanted: str) -> str:
    """Why the training set of this installation is another, as far as can be told."""
    policy = platform.library.policy
    learnt = [pack.name for pack in platform.library.packs if pack.learnt_from]
    here = f"this installation learns under the policy {policy.name} {policy.version}"
    here += f" with the packs {', '.join(learnt)}" if learnt else " without packs"
    try:
        with platform.units.read() as unit:
            stored = unit.training_sets.get(wanted)
    except MissingError:
        return (
            f"{here}; the record's training set is another one. Set CLEARCUE_POLICY and "
            "CLEARCUE_PACKS as they were for the record; the signed statement of the training set "
            "names its policy and number of works"
        )
    gone = sorted(withdrawn_works(platform) & set(stored.work_ids))
    if gone:
        return (
            f"{len(gone)} of the record's works were withdrawn since ({', '.join(gone[:3])}) and "
            "are not learnt from any more"
        )
    return f"{here}; the record's training set was made under {stored.policy}: set CLEARCUE_POLICY"


def _parser_advice(platform: Platform, builder: Mapping[str, Any]) -> str:
    stated = str(builder.get("parser"))
    if stated != platform.library.parser:
        return (
            f"the record's corpus was parsed by {stated}, and here by {platform.library.parser}: "
            "install the version that the record names"
        )
    return "engine, training set and parser are the record's: this must not happen; report it"


def _bank_advice(stated: statement.Statement) -> str:
    ours = bank_manifest()["sha256"]
    theirs = _dependency(stated.predicate, "sound-bank")
    if theirs != ours:
        return (
            f"the score is the same, the sounds are another version: the record's sound bank is "
            f"{theirs[:16]}, this program's {ours[:16]}"
        )
    return (
        "the score and the sound bank are the same; the samples differ by this machine's "
        "arithmetic. Give track.wav beside the bundle to measure by how much"
    )
