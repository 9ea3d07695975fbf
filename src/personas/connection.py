"""The one way to a database: the user's own when PGHOST is set, else the embedded server."""

import getpass
import os

import psycopg

from personas import server
from personas.errors import PersonasError

# What libpq reads for itself stays in the environment; these are given names so that dbt sees them too.
_PASSED_ON = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")


def uses_embedded_server() -> bool:
    """False when PGHOST names a server of the user's own, which is never started nor stopped."""
    return not os.environ.get("PGHOST")


def libpq_environment() -> dict[str, str]:
    """The PG* variables for child processes; starts the embedded server if that is the one to use."""
    if uses_embedded_server():
        return {**server.start(), "PGTZ": "UTC"}
    user = os.environ.get("PGUSER") or getpass.getuser()
    given = {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}
    return {"PGPORT": "5432", "PGUSER": user, "PGDATABASE": user, **given, "PGTZ": "UTC"}


def connect(autocommit: bool = False, dbname: str | None = None) -> psycopg.Connection:
    """Connects by the PG* variables, or to the embedded server, which is started if need be.

    The session's time zone is UTC. `dbname` overrides PGDATABASE.

    Raises PersonasError when the server cannot be reached or refuses the login.
    """
    environment = libpq_environment()
    database = dbname or environment["PGDATABASE"]
    try:
        connection = psycopg.connect(
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            user=environment["PGUSER"],
            password=environment.get("PGPASSWORD"),
            dbname=database,
            connect_timeout=10,
            application_name="personas",
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        where = f"{environment['PGHOST']}:{environment['PGPORT']}, database {database}"
        reason = " ".join(str(error).split())
        raise PersonasError(
            f"cannot connect to {where} as {environment['PGUSER']}: {reason}; check PGHOST, PGPORT, PGUSER, "
            "PGPASSWORD and PGDATABASE, or unset PGHOST to use the embedded server"
        ) from error
    connection.execute("set time zone 'UTC'")
    connection.autocommit = autocommit
    return connection
