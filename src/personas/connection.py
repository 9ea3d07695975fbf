"""The one way to a database: the user's own when the environment names one, else the embedded server."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import Conninfo, TransactionStatus

from personas import server, session
from personas.errors import PersonasError

# What libpq reads for itself stays in the environment; these are given names so that dbt sees them too.
_PASSED_ON = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
# Without a host, whoever sets one of these means some database, and not the embedded one.
_MEANS_A_SERVER = ("PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE")


def uses_embedded_server() -> bool:
    """False when PGHOST, PGHOSTADDR or PGSERVICE name a server of the user's own, which is never started.

    Raises PersonasError where the environment is about some server without naming it.
    """
    if any(os.environ.get(name) for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE")):
        return False
    refuse_half_named_server()
    return True


def refuse_half_named_server() -> None:
    """Raises PersonasError when PG* variables are set, and the one that names the server is not."""
    if "PGHOST" in os.environ and not os.environ["PGHOST"]:
        found, are = "PGHOST is set, but empty", "it"
    else:
        names = [name for name in _MEANS_A_SERVER if os.environ.get(name)]
        if not names:
            return
        verb, are = ("are", "them") if names[1:] else ("is", "it")
        found = f"{' and '.join(names)} {verb} set, but PGHOST is not"
    raise PersonasError(
        f"{found}: set PGHOST to the host of your database (or the directory of its socket), or unset {are} "
        "to use the embedded server"
    )


def libpq_environment() -> dict[str, str]:
    """The PG* variables for child processes; starts the embedded server if that is the one to use."""
    if uses_embedded_server():
        return {**server.start(), "PGTZ": "UTC"}
    given = _resolved_by_libpq() if os.environ.get("PGSERVICE") else {}
    given = {**{name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}, **given}
    if "PGHOST" not in given:
        given["PGHOST"] = os.environ.get("PGHOSTADDR", "")
    if not given["PGHOST"]:
        raise PersonasError("the service that PGSERVICE names has no host: give it one")
    user = given.get("PGUSER") or getpass.getuser()
    return {"PGPORT": "5432", "PGUSER": user, "PGDATABASE": user, **given, "PGTZ": "UTC"}


def _resolved_by_libpq() -> dict[str, str]:
    """What libpq makes of PGSERVICE and the other variables: as in psql, the service comes first."""
    keywords = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    found = {option.keyword.decode(): option.val for option in Conninfo.get_defaults()}
    return {name: value.decode() for keyword, name in keywords.items() if (value := found.get(keyword))}


class Session(psycopg.Connection[Any]):
    """A connection that opens each transaction with our settings (`personas.session`).

    With autocommit, each statement is a transaction of its own.
    """

    opening = ""

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[psycopg.Transaction]:
        begins = self.info.transaction_status == TransactionStatus.IDLE
        with super().transaction(savepoint_name, force_rollback) as transaction:
            if begins:
                psycopg.Cursor(self).execute(self.opening.encode())
            yield transaction


class _Cursor(psycopg.Cursor[Any]):
    """Opens the transaction where its statement is the first."""

    def execute(self, *arguments: Any, **options: Any) -> "_Cursor":
        connection = self.connection
        assert isinstance(connection, Session)  # noqa: S101 - `connect` makes no other
        if connection.info.transaction_status != TransactionStatus.IDLE:
            return super().execute(*arguments, **options)
        if connection.autocommit:
            with connection.transaction():
                return super().execute(*arguments, **options)
        super().execute(connection.opening.encode())
        return super().execute(*arguments, **options)


def connect(autocommit: bool = False, dbname: str | None = None) -> Session:
    """Connects by the PG* variables, or to the embedded server, which is started if need be.

    Whatever the database or the role set, the session has our settings. It prepares no statements: behind a
    pooler they would be another client's. `dbname` overrides PGDATABASE.

    Raises PersonasError when the server cannot be reached, refuses the login, or keeps triggers off.
    """
    environment = libpq_environment()
    database = dbname or environment["PGDATABASE"]
    try:
        connection = Session.connect(
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            user=environment["PGUSER"],
            password=environment.get("PGPASSWORD"),
            dbname=database,
            connect_timeout=10,
            application_name="personas",
            client_encoding="UTF8",
            prepare_threshold=None,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        where = f"{environment['PGHOST']}:{environment['PGPORT']}, database {database}"
        reason = " ".join(str(error).split())
        raise PersonasError(
            f"cannot connect to {where} as {environment['PGUSER']}: {reason}; check PGHOST, PGPORT, PGUSER, "
            "PGPASSWORD and PGDATABASE, or unset PGHOST to use the embedded server"
        ) from error
    try:
        _settle(connection)
    except BaseException:
        connection.close()
        raise
    connection.autocommit = autocommit
    return connection


def _settle(connection: Session) -> None:
    connection.execute(session.ONCE)
    looked = session.Looked(*connection.execute(session.LOOK).fetchall()[0])
    if not looked.fires_triggers:
        try:
            with connection.transaction():
                connection.execute(session.TRIGGERS_ON)
        except psycopg.errors.InsufficientPrivilege as error:
            raise PersonasError(looked.refusal) from error
    connection.opening = session.opening_of(looked)
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    connection.cursor_factory = _Cursor


def address(connection: psycopg.Connection[Any]) -> str:
    """The database and the server, as every verdict names them: `app on db.example:5432`."""
    info = connection.info
    through = f" ({info.hostaddr})" if info.hostaddr and os.environ.get("PGHOSTADDR") else ""
    return f"{info.dbname} on {info.host}:{info.port}{through}"
