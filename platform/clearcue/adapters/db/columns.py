"""Column types that the models share.

A moment is stored in UTC and comes back timezone-aware: SQLite keeps no zone, and PostgreSQL gives
the session's. A naive moment is refused, for nobody could say when it was.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, LargeBinary, String, TypeDecorator
from sqlalchemy.orm import mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware moment, kept in UTC to the microsecond.

    Raises:
        ValueError: when a naive datetime is to be stored (SQLAlchemy wraps it in StatementError).
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give a stored moment its zone back."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Id = Annotated[str, mapped_column(String(36))]
"""An id that the caller made: a UUID, a ULID, at most 36 characters."""

Digest = Annotated[str, mapped_column(String(64))]
"""64 hexadecimal digits of a SHA-256."""

Moment = Annotated[datetime, mapped_column(UtcDateTime())]

Blob = Annotated[bytes, mapped_column(LargeBinary())]
