"""A licence's signed status: believed while it is fresh, and for its own licence only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from make_provenance_vectors import (
    CHECKPOINTS,
    RECORDS,
    STATUS_AT,
    ExampleSigner,
    digest,
    example_set,
    status_file,
    status_predicate,
    trust_root,
)

from clearcue_provenance import envelope, predicates, statement
from clearcue_provenance.errors import StatementError
from clearcue_provenance.verify import NamedFile, Report, verify

SET = example_set()


def _verified(
    status: bytes, now: datetime = STATUS_AT, *, root: Any = None, licence: bool = True
) -> Report:
    files = [NamedFile("status.json", status)]
    if licence:
        files.insert(0, NamedFile("licence.json", SET["licence.json"]))
    known = trust_root() if root is None else root
    return verify(NamedFile("bundle.json", SET["bundle.json"]), files, known, now)


def _failure(report: Report) -> str:
    failed = [check for check in report.checks if check.passed is False]
    assert [check.check for check in failed] == ["status"]
    return failed[0].message


def _stated(signer: ExampleSigner = RECORDS, **changes: Any) -> bytes:
    said = {**status_predicate(), **changes}
    subject = statement.Subject(predicates.LICENCE_NAME, said["licence"]["sha256"])
    return envelope.sign(statement.encode([subject], predicates.STATUS, said), signer)


@pytest.mark.parametrize("state", ["in force", "revoked", "superseded", "expired"])
def test_a_fresh_status_is_reported(state: str) -> None:
    """Its state replaces what the dates show, with the moment that it is of."""
    end = {"sha256": "ab" * 32} if state in predicates.LICENCE_ENDS else None
    report = _verified(_stated(state=state, end=end))
    assert report.verified
    assert report.licence["state"] == state
    assert report.licence["status_at"] == "2026-11-23T09:00:00Z"
    assert f"{state} as of 2026-11-23T09:00:00Z" in report.checks[-1].message


def test_a_stale_status_and_one_from_the_future_are_refused() -> None:
    """It is good from five minutes before its time until its end."""
    fresh = status_file()
    assert "stale since" in _failure(_verified(fresh, STATUS_AT + timedelta(days=1)))
    assert "from the future" in _failure(_verified(fresh, STATUS_AT - timedelta(minutes=6)))
    assert _verified(fresh, STATUS_AT - timedelta(minutes=4)).verified
    assert _verified(fresh, STATUS_AT + timedelta(hours=23, minutes=59)).verified


def test_a_replayed_status_of_another_licence_is_refused() -> None:
    """A genuine status beside another licence."""
    other = _stated(licence={"sha256": digest(b"another licence")})
    assert "another licence's status" in _failure(_verified(other))


@pytest.mark.parametrize("signer", [ExampleSigner("somebody else"), CHECKPOINTS])
def test_a_status_by_another_key_is_refused(signer: ExampleSigner) -> None:
    """Neither a stranger's key nor the log's own key signs a status."""
    assert "does not hold for records" in _failure(_verified(_stated(signer)))


def test_no_flipped_byte_of_a_status_is_believed() -> None:
    """Whichever byte is changed, it is not taken for a status of that licence."""
    data = status_file()
    for position in range(0, len(data), 2):
        flipped = data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]
        assert not _verified(flipped).verified, position


def test_a_status_that_contradicts_itself_is_not_made() -> None:
    """It ends after it begins, and names an end just where there is one."""
    for changes, words in (
        ({"fresh_until": "2026-11-23T09:00:00Z"}, "stale before"),
        ({"state": "revoked"}, "names an end"),
        ({"end": {"sha256": "ab" * 32}}, "names an end"),
        ({"state": "in force for ever"}, "must be one of"),
    ):
        with pytest.raises(StatementError, match=words):
            _stated(**changes)


def test_a_status_needs_its_licence_and_a_trust_root() -> None:
    """Without either it is not checked, rather than believed."""
    alone = _verified(status_file(), licence=False)
    assert [check.passed for check in alone.checks][-1] is None
    files = [NamedFile("licence.json", SET["licence.json"]), NamedFile("s.json", status_file())]
    main = NamedFile("bundle.json", SET["bundle.json"])
    unknown = verify(main, files, None, datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert unknown.checks[-1].passed is None
    assert not unknown.verified
