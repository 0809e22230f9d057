"""The same training set and seed give the same model and the same piece in any process."""

import os
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1] / "support"
COMPOSE = """
import hashlib, json
from fractions import Fraction
from small_corpus import small_model
from clearcue.composer.brief import Brief
from clearcue.composer.compose import compose
from clearcue.services.lineage_file import lineage_json
model = small_model()
piece = compose(model, Brief("romantic", "film", Fraction(20)), 5, candidates=2)
said = model.to_bytes() + repr(piece.score).encode() + json.dumps(lineage_json(piece)).encode()
print(hashlib.sha256(said).hexdigest())
"""


def composed(hash_seed: str) -> str:
    """The digest of model, score and lineage, as a fresh process makes them."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(SUPPORT)}
    done = subprocess.run(
        [sys.executable, "-c", COMPOSE], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_processes_agree_to_the_byte():
    """Two processes with other hash seeds learn, compose and ascribe the same."""
    first, second = composed("1"), composed("4242")
    assert len(first) == 64
    assert first == second
