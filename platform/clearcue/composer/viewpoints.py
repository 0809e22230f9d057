"""Viewpoints: what each expert of the model looks at before it names the next pitch or rhythm.

Each expert is a tuple of features; its context is their joint value. A pitch is named as the
interval from the note before, so that an expert that knows the degree stepped from names degree and
octave at once. Rhythm is named before pitch: an event's own length is a feature of its pitch. The
long-term experts know the works, the memory experts what came earlier in the piece itself.

The choice among some sixty experts was made by what each saves in bits on works that were left out
(docs/evidence/model.md). After multiple viewpoints (Conklin & Witten 1995, doi
10.1080/09298219508570672) and the long- and short-term models of IDyOM (Pearce 2005).
"""

import numpy as np

from clearcue.composer.viewpoint_kernels import (
    BEAT,
    DEGREE,
    FROM_STRONG,
    HARMONY,
    IN1,
    IN2,
    IN3,
    IN4,
    IN_BAR,
    LAG_COUNT,
    LAG_IN,
    LAG_R,
    OWN,
    PLACE_IN_BAR,
    R1,
    R2,
    R3,
    R4,
    REGISTER,
    Ints,
)

Experts = tuple[tuple[int, ...], ...]

PITCH_EXPERTS: Experts = (
    (DEGREE, BEAT),
    (DEGREE, IN1, BEAT),
    (DEGREE, IN1, IN2),
    (DEGREE, IN1, IN2, IN3, IN4),
    (IN1, IN2, OWN, R1),
    (IN1, IN2, IN3, IN4),
    (DEGREE, REGISTER),
    (HARMONY, DEGREE),
    (HARMONY, DEGREE, BEAT, OWN),
    (HARMONY, DEGREE, IN1),
    (HARMONY, DEGREE, IN1, IN2),
    (DEGREE, LAG_IN),
    (DEGREE, FROM_STRONG, BEAT),
)
PITCH_MEMORY: Experts = (
    (DEGREE,),
    (IN1, OWN, R1),
    (DEGREE, IN1, IN2),
    (IN1, IN2, IN3, R1),
)
RHYTHM_EXPERTS: Experts = (
    (PLACE_IN_BAR,),
    (R1, BEAT),
    (R1, R2, R3, R4),
    (IN_BAR,),
    (IN_BAR, R1, R2, R3),
    (LAG_R, R1, PLACE_IN_BAR),
    (IN1, R1, PLACE_IN_BAR),
)
RHYTHM_MEMORY: Experts = (
    (PLACE_IN_BAR,),
    (R1, BEAT),
    (R1, R2, R3),
    (R1, R2, R3, R4),
    (IN_BAR,),
)
LAGS_OF_PITCH = 2 * LAG_COUNT
LAGS_OF_RHYTHM = LAG_COUNT
"""A lag names the rhythm of whole bars ago; for pitch, that pitch again or that interval."""


def rows_of(experts: Experts) -> Ints:
    """Experts as rows of features, filled with -1."""
    rows = np.full((len(experts), max(map(len, experts))), -1, np.int64)
    for row, expert in zip(rows, experts, strict=True):
        row[: len(expert)] = expert
    return rows
