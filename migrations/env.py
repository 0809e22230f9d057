"""Runs the migrations: on the connection that `migrate` hands over, or on `-x url=...`.

For a developer: `alembic -c migrations/alembic.ini -x url=sqlite:////tmp/draft.db revision
--autogenerate -m "what changes"` writes a draft of the next revision.
"""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from clearcue.adapters.db.columns import UtcDateTime
from clearcue.adapters.db.engine import open_engine
from clearcue.adapters.db.models import Base


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    # A migration must not depend on the program's own types, which may change after it.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite can alter little; a batch builds the table anew
        render_item=_render,
        compare_type=True,
        compare_server_default=True,
        transactional_ddl=True,  # ours on SQLite too: the driver's own handling is off
    )
    with context.begin_transaction():
        context.run_migrations()


def _main() -> None:
    if context.is_offline_mode():
        raise SystemExit("migrations run on a database, not as a script; leave --sql out")
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    engine = open_engine(context.get_x_argument(as_dictionary=True)["url"], foreign_keys=False)
    with engine.begin() as connection:
        _run(connection)


_main()
