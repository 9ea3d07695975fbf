"""Opens dbt's sessions as `personas.connection` opens the command line's: same settings, same database.

Expected: a hook. A hook reaches the connection of one thread, `options` in a profile only the poolers that
let it pass.
"""

import json
import os
from typing import Any

import psycopg2
from dbt.adapters.exceptions.connection import FailedToConnectError
from dbt.adapters.postgres.connections import PostgresConnectionManager
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, cursor

from personas import session

# Set by the command line: the host, port and database that it works on itself, as a JSON list.
AGREED = "PERSONAS_WORKS_ON"


def install() -> None:
    """Lets dbt-postgres open sessions our way; a second time does nothing."""
    manager: Any = PostgresConnectionManager
    if getattr(manager, "opens_our_sessions", False):
        return
    opens = PostgresConnectionManager.open.__func__  # type: ignore[attr-defined]

    def open_ours(cls: Any, connection: Any) -> Any:
        if connection.state == "open":
            return connection
        refuse_another_database(connection.credentials)
        opened = opens(cls, connection)
        settle(opened.handle)
        return opened

    manager.open = classmethod(open_ours)
    manager.opens_our_sessions = True


def settle(handle: Any) -> None:
    """Gives an open psycopg2 connection our settings, for all its transactions."""
    with handle.cursor() as look:
        look.execute(session.ONCE)
        look.execute(session.LOOK)
        looked = session.Looked(*look.fetchone())
        if not looked.fires_triggers:
            try:
                look.execute(session.TRIGGERS_ON)
            except psycopg2.errors.InsufficientPrivilege as error:
                raise FailedToConnectError(looked.refusal) from error
    # `set role`, which dbt has just run, is to stay.
    handle.commit()
    handle.set_session(isolation_level="READ COMMITTED")
    handle.set_client_encoding("UTF8")
    handle.cursor_factory = _cursor_that_opens(session.opening_of(looked))


def _cursor_that_opens(opening: str) -> type[cursor]:
    """A cursor that puts the settings before its statement wherever no transaction is open.

    dbt says COMMIT as a statement of its own. psycopg2 does not know then that the transaction is over, and
    begins none. Several statements in one query are one transaction, so the settings hold there as well.
    """

    class OpeningCursor(cursor):  # type: ignore[misc]
        def execute(self, query: Any, vars: Any = None) -> None:
            if self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE:
                text = query if isinstance(query, str) else query.as_string(self.connection)
                query = (opening.replace("%", "%%") if vars else opening) + text
            super().execute(query, vars)

        def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
            if self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE:
                super().execute(opening)
            super().copy_expert(sql, file, size)

    return OpeningCursor


def refuse_another_database(credentials: Any) -> None:
    """Raises FailedToConnectError where the command line, or PG* variables, say another database."""
    from personas.connection import libpq_environment, refuse_half_named_server
    from personas.errors import PersonasError

    profiles = [str(credentials.host), str(credentials.port), str(credentials.database)]
    agreed = os.environ.get(AGREED)
    try:
        if agreed is not None:
            _compare(profiles, json.loads(agreed), "the command line works on")
        elif os.environ.get("PGSERVICE"):
            named = libpq_environment()
            _compare(
                profiles, [named[name] for name in ("PGHOST", "PGPORT", "PGDATABASE")], "PGSERVICE names"
            )
        elif _is_embedded(profiles[0]) and not os.environ.get("PGHOST"):
            refuse_half_named_server()
    except PersonasError as error:
        raise FailedToConnectError(error.message) from error


def _compare(profiles: list[str], others: list[str], whose: str) -> None:
    if profiles != others:
        place, other = (f"{database} on {host}:{port}" for host, port, database in (profiles, others))
        raise FailedToConnectError(
            f"the target of profiles.yml is database {place}, but {whose} {other}: let the profile read "
            "PGHOST, PGPORT and PGDATABASE, as in profiles.yml.example, and set these"
        )


def _is_embedded(host: str) -> bool:
    from personas.errors import PersonasError
    from personas.server import embedded_server

    try:
        return host == str(embedded_server().socket_directory)
    except PersonasError:
        return False
