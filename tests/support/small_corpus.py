"""A small ClearedCorpus and a model of it, parsed once for a whole test session."""

import os
from functools import cache
from pathlib import Path

from clearcue.adapters.corpus_music21.loading import load_cleared_corpus
from clearcue.composer.model import Model, learn
from clearcue.rights.corpus import ClearedCorpus
from clearcue.rights.manifest import builtin_manifest
from clearcue.rights.policy import builtin_policy

WORKS = (
    "music21:corelli/opus3no1/1grave",
    "music21:liliuokalani/aloha_oe",
    "music21:lusitano/allor_che_ignuda",
    "music21:mozart/k156/movement4",
)


@cache
def small_corpus(withdrawn: frozenset[str] = frozenset()) -> ClearedCorpus:
    """Four short works in four, cleared under the default policy, less those withdrawn."""
    folder = Path(os.environ["CLEARCUE_HOME"]) / "cache" / "parsed"
    return load_cleared_corpus(
        builtin_manifest(),
        builtin_policy("default"),
        folder,
        processes=1,
        only=[work for work in WORKS if work not in withdrawn],
        withdrawn=withdrawn,
    )


@cache
def small_model(withdrawn: frozenset[str] = frozenset()) -> Model:
    """The model learnt from `small_corpus`."""
    return learn(small_corpus(withdrawn))
