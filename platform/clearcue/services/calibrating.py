"""Calibrating the check: what unrelated music tells of the index as it is now.

The thresholds themselves are part of the method, and every record names them: they change with a
version, and not from one installation to the next, so that a seed gives the same music everywhere.
What is measured here are the percentiles of the reports and the share of unrelated music that each
threshold lets through; where that is more than `MOST_SIMILAR`, the answer says so.
"""

from typing import Any

from clearcue.originality.background import false_positives
from clearcue.originality.report import NEAR_DUPLICATE, SIMILAR
from clearcue.originality.verdict import NEAR_BITS, SIMILAR_BITS
from clearcue.services.platform import Platform, Progress
from clearcue.services.training import cleared

MOST_SIMILAR = 0.001
_SHARES = (0.5, 0.9, 0.99, 0.999)


def calibrate(platform: Platform, lines: int, progress: Progress) -> dict[str, Any]:
    """Measure the background of the index anew; later reports give their percentiles among it."""
    index = platform.library.index(cleared(platform, progress), progress)
    background = platform.library.background(index, progress, lines)
    rates = false_positives(background)
    bits = background.bits
    return {
        "corpus": index.header.corpus_digest,
        "background": background.name,
        "lines": len(bits),
        "bits": {f"{100 * share:g} %": bits[int(share * len(bits))] for share in _SHARES if bits},
        "thresholds": {SIMILAR: SIMILAR_BITS, NEAR_DUPLICATE: NEAR_BITS},
        "false_positives": rates,
        "holds": rates[SIMILAR] <= MOST_SIMILAR and rates[NEAR_DUPLICATE] == 0.0,
    }
