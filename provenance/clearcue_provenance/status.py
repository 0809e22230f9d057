"""The signed status of a licence: that it is in force, or not, as of a moment, and for how long.

A bundle says nothing of what came after its checkpoint. A status does, for a short time: it is a
statement in an envelope, signed by a records key when it is asked for, and it names the log's state
then. It is not logged: it is evidence for a day, and what ends a licence is logged itself.
Specified in docs/formats/status.md.

The steps, each tagged with its number below:

1. The envelope is signed by a key that the trust root holds for records, which was allowed to sign
   at the time that the status states. Without a trust root a status says nothing.
2. It is a status, and fresh at the time given.
3. It names the licence by its digest.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from clearcue_provenance import canonical, envelope, predicates, shape, statement, trust
from clearcue_provenance.errors import EncodingError, EnvelopeError, StatementError

CLOCK_TOLERANCE = timedelta(minutes=5)
"""By how much the clocks of signer and verifier may differ."""


def is_status(data: bytes) -> bool:
    """Whether bytes are an envelope whose statement calls itself a status."""
    try:
        value = canonical.parse(envelope.parse(data).payload, envelope.MAX_PAYLOAD_BYTES)
    except (EncodingError, EnvelopeError):
        return False
    return isinstance(value, dict) and value.get("predicateType") == predicates.STATUS


def check(
    stored: bytes, trust_root: trust.TrustRoot, licence_digest: str, now: datetime
) -> Mapping[str, Any]:
    """The predicate of a fresh status of this licence.

    Raises:
        ProvenanceError: at the first step that fails.
    """
    signed = envelope.parse(stored)
    trusted = trust_root.key(signed.key_id, trust.RECORDS)  # 1
    stated = statement.parse(envelope.verify(signed, trusted.key))
    if stated.predicate_type != predicates.STATUS:  # 2
        raise StatementError("this file does not state a status")
    said = stated.predicate
    begun = shape.parse_time(said["stated_at"])
    if not trusted.allows(begun):
        raise StatementError("the status was made when its key was not allowed to sign")
    if begun > now + CLOCK_TOLERANCE:
        raise StatementError(f"the status is from the future: {said['stated_at']}")
    if now >= shape.parse_time(said["fresh_until"]):
        raise StatementError(f"the status is stale since {said['fresh_until']}: ask for another")
    if said["licence"]["sha256"] != licence_digest:  # 3
        raise StatementError("this is another licence's status")
    return said
