"""Repositories of what guards the HTTP interface: keys, and requests that are done once."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from clearcue.adapters.db.models import ApiKeyRow, IdempotencyKeyRow
from clearcue.adapters.db.repositories import lock_by_name
from clearcue.services.stored import Answer, ApiKey, Claimed, DuplicateError, MissingError

IDEMPOTENCY_LOCK = 0x434C_0004


class SqlApiKeys:
    """Keys to the HTTP interface in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, key: ApiKey) -> None:
        """Add a key; DuplicateError when its id or prefix is taken."""
        same = or_(ApiKeyRow.id == key.id, ApiKeyRow.prefix == key.prefix)
        if self._session.scalar(select(ApiKeyRow.id).where(same)) is not None:
            raise DuplicateError(f"there is a key {key.prefix} already")
        self._session.add(ApiKeyRow(**asdict(key)))
        self._session.flush()

    def by_prefix(self, prefix: str) -> ApiKey | None:
        """The key of that prefix, revoked or not; None when there is none."""
        row = self._session.scalar(select(ApiKeyRow).where(ApiKeyRow.prefix == prefix))
        return None if row is None else _key(row)

    def list(self, organisation_id: str) -> tuple[ApiKey, ...]:
        """The organisation's keys, oldest first."""
        rows = self._session.scalars(
            select(ApiKeyRow)
            .where(ApiKeyRow.organisation_id == organisation_id)
            .order_by(ApiKeyRow.created_at, ApiKeyRow.id)
        )
        return tuple(map(_key, rows))

    def revoke(self, organisation_id: str, prefix: str, at: datetime) -> ApiKey:
        """Close a key for good, or MissingError."""
        row = self._session.scalar(
            select(ApiKeyRow).where(
                ApiKeyRow.organisation_id == organisation_id, ApiKeyRow.prefix == prefix
            )
        )
        if row is None:
            raise MissingError(f"there is no key {prefix} in this organisation")
        row.revoked_at = row.revoked_at or at
        self._session.flush()
        return _key(row)


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        organisation_id=row.organisation_id,
        account_id=row.account_id,
        name=row.name,
        prefix=row.prefix,
        secret_digest=row.secret_digest,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


class SqlIdempotencyKeys:
    """The keys of requests in the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def claim(
        self, organisation_id: str, key: str, request_digest: str, now: datetime,
        stale_before: datetime, expired_before: datetime,
    ) -> Claimed:  # fmt: skip
        """Take a key, or learn what an earlier request with it came to."""
        lock_by_name(self._session, IDEMPOTENCY_LOCK)
        self._session.execute(
            delete(IdempotencyKeyRow).where(
                or_(
                    IdempotencyKeyRow.taken_at < expired_before,
                    IdempotencyKeyRow.status.is_(None)
                    & (IdempotencyKeyRow.taken_at < stale_before),
                )
            )
        )
        row = self._session.get(IdempotencyKeyRow, (organisation_id, key))
        if row is None:
            self._session.add(
                IdempotencyKeyRow(
                    organisation_id=organisation_id,
                    key=key,
                    request_digest=request_digest,
                    taken_at=now,
                )
            )
            self._session.flush()
            return Claimed(True, request_digest, None)
        answer = None
        if row.status is not None:
            answer = Answer(row.status, row.headers or {}, row.body or b"")
        return Claimed(False, row.request_digest, answer)

    def answer(self, organisation_id: str, key: str, answer: Answer) -> None:
        """Keep the answer for later requests with the key."""
        self._session.execute(
            update(IdempotencyKeyRow)
            .where(
                IdempotencyKeyRow.organisation_id == organisation_id, IdempotencyKeyRow.key == key
            )
            .values(status=answer.status, headers=dict(answer.headers), body=answer.body)
        )

    def release(self, organisation_id: str, key: str) -> None:
        """Forget the key: nothing was done, and the next request may try again."""
        self._session.execute(
            delete(IdempotencyKeyRow).where(
                IdempotencyKeyRow.organisation_id == organisation_id,
                IdempotencyKeyRow.key == key,
                IdempotencyKeyRow.status.is_(None),
            )
        )
