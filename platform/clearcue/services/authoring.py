"""The authorship record of a track: who or what made each element, and the chain of acts.

What a machine made is said to be a machine's. Persons come in by name only where an act of theirs
is recorded: an input that they supplied, an edit, a choice. Whoever orders without giving a name is
`client`. The form is `clearcue_provenance.authorship`; docs/formats/authorship.md specifies it.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from clearcue.composer import ENGINE_VERSION
from clearcue.services.recording import Made, decimal_text, mix_digest
from clearcue.sound.manifest import bank_manifest
from clearcue_provenance import authorship, canonical
from clearcue_provenance.predicates import BUILDER_ID
from clearcue_provenance.shape import format_time

CLIENT = "client"
COMPOSED = ("melody", "harmony", "rhythm", "arrangement")


def authorship_of(made: Made, predicate: Mapping[str, Any], record: str) -> dict[str, Any]:
    """The authorship predicate of a track that the engine made from a brief.

    Args:
        made: the track.
        predicate: its generation predicate.
        record: the record digest.
    """
    return authorship.predicate(
        record, elements_of(), acts_of(made, predicate), format_time(made.finished_at)
    )


def elements_of() -> dict[str, dict[str, Any]]:
    """Who made each element where nobody gave more than a brief: the engine and the sound bank."""
    bank = bank_manifest()
    composer = f"{BUILDER_ID} {ENGINE_VERSION}"
    sound = f"{bank['bank']} {bank['version']}"
    return {
        name: {
            "origin": authorship.MACHINE,
            "machine": composer if name in COMPOSED else sound,
            "persons": [],
        }
        for name in authorship.ELEMENTS
    }


def acts_of(made: Made, predicate: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The acts from brief to rendering, without numbers and links."""
    asked = dict(predicate["buildDefinition"]["externalParameters"])
    attempt, seed = asked.pop("attempt"), asked.pop("seed")
    begun, done = format_time(made.started_at), format_time(made.finished_at)
    machine = f"{BUILDER_ID} {ENGINE_VERSION}"
    candidates = [
        {
            "attempt": one.number,
            "verdict": one.verdict,
            "similarity": decimal_text(one.similarity),
        }
        for one in made.attempts
    ]
    brief = sha256(canonical.encode(asked)).hexdigest()
    score = {"score.mid": sha256(made.midi).hexdigest()}
    return [
        {"kind": "brief", "at": begun, "by": CLIENT, "after": {"brief": brief}},
        {"kind": "seed", "at": begun, "by": machine, "detail": {"seed": seed}},
        {"kind": "candidates", "at": done, "by": machine, "detail": {"attempts": candidates}},
        {
            "kind": "choice",
            "at": done,
            "by": machine,
            "after": score,
            "detail": {
                "attempt": attempt,
                "rule": "the first attempt that the originality check finds clear",
            },
        },
        {
            "kind": "render",
            "at": done,
            "by": f"{bank_manifest()['bank']} {bank_manifest()['version']}",
            "before": score,
            "after": {"track.pcm": mix_digest(made)},
        },
    ]
