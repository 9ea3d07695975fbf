"""What every session of ours sets, whatever the database, the role or PGOPTIONS say.

`personas.connection` opens the command line's sessions, `dbt_personas` those of dbt; both send
`opening_of` with the first statement of each transaction. All of it is `set local`: behind a pooler in
transaction mode the next transaction may run in another session, and this one may be lent to an application.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# The macro `reading_settings` gives those that decide a text to the functions in the database.
SETTINGS: Mapping[str, str] = {
    # Which text stands for a value: the same row must give the same bytes.
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "iso_8601",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    # What a statement means.
    "transform_null_equals": "off",
    "array_nulls": "on",
    "xmloption": "content",
    # Which rows a statement sees.
    "row_security": "on",
    "gin_fuzzy_search_limit": "0",
    # What would end a command in the middle.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "exit_on_error": "off",
    # The views of the proof are large and read few rows: compiling a plan takes minutes, running it a second.
    "jit": "off",
}

# One row; `opening_of` takes it.
LOOK = (
    "select pg_catalog.current_setting('search_path'),"
    " pg_catalog.current_setting('session_replication_role'),"
    " pg_catalog.current_setting('transaction_timeout', true),"
    " current_user::pg_catalog.text, pg_catalog.current_database()::pg_catalog.text"
)
# Asked of a session whose triggers are off; fails where the role may not.
TRIGGERS_ON = "set local session_replication_role = origin"
# What must hold before a statement is read, or between transactions, cannot be local. A pooler carries the
# first from session to session as its client's; the second says what a pooler's own sessions want as well.
ONCE = "set standard_conforming_strings = on; set idle_session_timeout = 0"


@dataclass(frozen=True)
class Looked:
    """What a new session says of itself: the columns of `LOOK`."""

    search_path: str
    replication_role: str
    transaction_timeout: str | None
    user: str
    database: str

    @property
    def fires_triggers(self) -> bool:
        return self.replication_role == "origin"

    @property
    def refusal(self) -> str:
        """Why nothing is done in a session whose triggers stay off."""
        return (
            f"session_replication_role is {self.replication_role} for {self.user} in database "
            f"{self.database}, so triggers and foreign keys would not work, and {self.user} may not set it "
            f"to origin: let a superuser run `alter role {self.user} reset session_replication_role` (or "
            "`alter database`), or take it out of PGOPTIONS"
        )


def opening_of(looked: Looked) -> str:
    """The settings as SQL on one line, to be put in front of a transaction's first statement.

    The search path stays what it was, since triggers of applications fire in our sessions too; but no name of
    another schema hides one of PostgreSQL's. Only `set`, which takes no snapshot: a transaction may still be
    given one.
    """
    settings = dict(SETTINGS)
    if looked.transaction_timeout is not None:
        settings["transaction_timeout"] = "0"
    if not looked.fires_triggers:
        settings["session_replication_role"] = "origin"
    statements = [f"set local {name} = '{value}'" for name, value in settings.items()]
    if "pg_catalog" in looked.search_path:
        # Where it does not stand, it counts as the first.
        statements.append(f"set local search_path = pg_catalog, {looked.search_path}")
    return "; ".join([*statements, ""])
