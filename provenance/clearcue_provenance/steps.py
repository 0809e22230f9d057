"""Steps 1 to 7 of verifying, which every bundle of every kind passes; `verify` lists them all."""

from clearcue_provenance import (
    bundle,
    checkpoint,
    envelope,
    leaf,
    predicates,
    shape,
    statement,
    trust,
)
from clearcue_provenance.errors import ProvenanceError, StatementError
from clearcue_provenance.keys import PublicKey


def check_bundle(
    stored: bytes, trust_root: trust.TrustRoot | None
) -> tuple[bundle.Bundle, statement.Statement, PublicKey]:
    """Steps 1 to 7 for a bundle of any kind: the bundle, its statement and the signing key.

    Raises:
        ProvenanceError: at the first step that fails; its `check` says which.
    """
    parsed = bundle.parse(stored)  # 1
    key = _signer(parsed, trust_root)  # 2
    payload = envelope.verify(parsed.envelope, key)  # 3
    bundle.check_inclusion(parsed, key)  # 4
    log_id = parsed.log_id
    if trust_root is not None:  # 5
        log_key = trust_root.verify_checkpoint(parsed.checkpoint).key
        log_id = checkpoint.log_id(parsed.checkpoint.origin, log_key)
    elif log_id[: len(parsed.checkpoint.key_hash)] != parsed.checkpoint.key_hash:
        raise ProvenanceError("the bundle names another log key", check="log proof")
    bundle.check_fields(parsed, key, log_id)  # 6
    stated = statement.parse(payload)  # 7
    if trust_root is not None:
        _check_signing(parsed, stated, trust_root.key(key.key_id, trust.RECORDS))
    return parsed, stated, key


def _signer(parsed: bundle.Bundle, trust_root: trust.TrustRoot | None) -> PublicKey:
    if trust_root is not None:
        return trust_root.key(parsed.envelope.key_id, trust.RECORDS).key
    return leaf.stated_key(parsed.body)


def _check_signing(
    parsed: bundle.Bundle, stated: statement.Statement, trusted: trust.TrustedKey
) -> None:
    text = predicates.signed_at(stated.predicate_type, stated.predicate)
    if not trusted.allows(shape.parse_time(text)):
        raise StatementError(
            f"the statement was made at {text}, when its key was not allowed to sign"
        )
    if not trusted.allows_leaf(parsed.checkpoint.origin, parsed.index):
        raise StatementError("the statement was logged after its key had been revoked")
