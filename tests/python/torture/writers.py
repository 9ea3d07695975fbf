"""Applications: each writes either side at random, and tries again what the database refuses to serialise."""

import random
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors

from torture.ledger import Ledger

Connection = psycopg.Connection[Any]
Step = Callable[["Writer", Connection], None]

HOT_ROWS = 6
# What an application tries again: somebody else was first.
CONFLICTS = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
# What it is told, and accepts: a rule of either side, a side that is closed.
REFUSALS = (
    errors.IntegrityError,
    errors.ReadOnlySqlTransaction,
    errors.DataException,
)
LEVELS = (None, None, None, psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE)


class Writer(threading.Thread):
    """One application: a connection, a random choice of steps, and what it was told in the ledger."""

    def __init__(
        self, number: int, seed: int, connect: Callable[[], Connection], ledger: Ledger, stop: threading.Event
    ) -> None:
        super().__init__(name=f"writer {number}")
        self.number = number
        self.random = random.Random(f"{seed}/{number}")
        self.connect = connect
        self.ledger = ledger
        self.stop = stop
        self.marks: list[tuple[str, str]] = []
        self.own: list[tuple[str, str]] = []
        self.born: list[tuple[str, str]] = []
        self.fault: BaseException | None = None
        self._marked = 0

    def run(self) -> None:
        """Writes until it is told to stop; a lost connection is replaced."""
        connection: Connection | None = None
        try:
            while not self.stop.is_set():
                try:
                    if connection is None or connection.closed:
                        connection = self.connect()
                    self._transaction(connection)
                except psycopg.OperationalError as error:
                    # The server went, or this session was ended; whether it was committed nobody knows.
                    if isinstance(error, CONFLICTS):
                        raise
                    self.ledger.count(f"lost connections: {str(error).splitlines()[0][:90]}")
                    connection = None
                    time.sleep(0.1)
        except BaseException as error:
            self.fault = error
        finally:
            if connection is not None:
                connection.close()

    def _transaction(self, connection: Connection) -> None:
        self.marks, self.born = [], []
        taken_back = False
        connection.isolation_level = self.random.choice(LEVELS)
        try:
            with connection.transaction():
                for _ in range(self.random.choice((1, 1, 1, 2, 4))):
                    self._step(connection)
                taken_back = self.random.random() < 0.07
                if taken_back:
                    raise psycopg.Rollback
        except psycopg.Rollback:
            # Taken back, and then the connection went.
            return
        except CONFLICTS:
            self.ledger.count("conflicts")
            return
        except REFUSALS as error:
            self.ledger.count(f"refused: {type(error).__name__}")
            return
        if not taken_back and not connection.broken:
            self._committed()

    def _step(self, connection: Connection) -> None:
        """A step, sometimes in a savepoint that is rolled back."""
        step = self.random.choices(*zip(*STEPS, strict=True))[0]
        before = len(self.marks), len(self.born)
        if self.random.random() < 0.15:
            try:
                with connection.transaction():
                    step(self, connection)
                    if self.random.random() < 0.5:
                        raise psycopg.Rollback
                    return
            except REFUSALS:
                pass
            del self.marks[before[0] :], self.born[before[1] :]
            return
        step(self, connection)

    def _committed(self) -> None:
        self.ledger.count("operations")
        for row, mark in self.marks:
            self.ledger.acknowledge(row, mark)
        self.own += self.born

    # --- what steps are made of -----------------------------------------------------------------------------

    def mark(self) -> str:
        """A word that nobody else writes."""
        self._marked += 1
        return f"w{self.number}.{self._marked}"

    def hot(self, kind: str) -> str:
        """The id of a row that all writers write."""
        return hot_id(kind, self.random.randrange(HOT_ROWS))

    def target(self, kind: str) -> str:
        """A hot row, or a cold one that this writer made."""
        mine = [row for of_kind, row in self.own if of_kind == kind]
        return self.random.choice(mine) if mine and self.random.random() < 0.5 else self.hot(kind)

    def added(self, cursor: psycopg.Cursor[Any], kind: str, row: str, mark: str) -> None:
        """Notes a mark, if there was a row to add it to."""
        if cursor.rowcount == 1:
            self.marks.append((f"{kind}:{row}", mark))


def hot_id(kind: str, number: int) -> str:
    """The ids that the hot rows have."""
    return str(uuid.UUID(int=(1 if kind == "dh" else 2) << 64 | 1 << 32 | number, version=4))


def _mark_legacy(writer: Writer, connection: Connection) -> None:
    kind, table, column = writer.random.choice(
        (("dh", "dh_personas", "notes"), ("org", "org_personas", "department"))
    )
    row, mark = writer.target(kind), writer.mark()
    query = f"update {table} set {column} = concat_ws(' ', {column}, %s::text) where id = %s"
    writer.added(connection.execute(query, [mark, row]), kind, row, mark)


def _mark_new(writer: Writer, connection: Connection) -> None:
    kind, key = writer.random.choice((("dh", "notes"), ("org", "department")))
    row, mark = writer.target(kind), writer.mark()
    query = f"""
        update personas.personas
        set profile = profile || jsonb_build_object('{key}', concat_ws(' ', profile ->> '{key}', %s::text))
        where id = %s
    """
    writer.added(connection.execute(query, [mark, row]), kind, row, mark)


def _edit_legacy(writer: Writer, connection: Connection) -> None:
    kind = writer.random.choice(("dh", "org"))
    row = writer.target(kind)
    if kind == "dh":
        connection.execute(
            """
            update dh_personas set
                title = %s, decision_authority = %s, key_need = %s, tier = %s, unique_id = %s,
                persona_code = %s, pharma_id = %s,
                industry_id = (select id from industries order by md5(id::text || %s) limit 1),
                primary_role_id = (select id from org_roles order by md5(id::text || %s) limit 1)
            where id = %s
            """,
            [
                _words(writer),
                writer.random.choice((None, "HIGH", "$1M budget", "low")),
                _words(writer),
                writer.random.randint(1, 5),
                f"u-{uuid.uuid4()}",
                f"c-{uuid.uuid4()}",
                writer.random.choice((None, "P001", "P002")),
                str(writer.random.random()),
                str(writer.random.random()),
                row,
            ],
        )
    else:
        connection.execute(
            "update org_personas set name = %s, description = %s, code = %s, goals = %s, dx_id = %s"
            " where id = %s",
            [
                _words(writer),
                _words(writer),
                f"c-{uuid.uuid4()}",
                f'["{_words(writer)}"]',
                writer.random.choice((None, "D1")),
                row,
            ],
        )


def _edit_new(writer: Writer, connection: Connection) -> None:
    row = writer.target(writer.random.choice(("dh", "org")))
    column, value = writer.random.choice(
        (
            ("name", _words(writer)),
            ("description", writer.random.choice((None, _words(writer)))),
            ("seniority_level", writer.random.choice((None, "Junior", "Executive"))),
            ("decision_authority", writer.random.choice((None, "HIGH", "ADVISORY"))),
            ("persona_type", writer.random.choice(("archetype", "individual"))),
            ("unique_id", f"n-{uuid.uuid4()}"),
            ("created_by", _words(writer)),
        )
    )
    connection.execute(f"update personas.personas set {column} = %s where id = %s", [value, row])


def _chain_of_application(writer: Writer, connection: Connection) -> None:
    """An edit that the application's own trigger on the legacy table answers with another write."""
    query = """
        update personas.personas set profile = profile || jsonb_build_object('key_need', %s::text)
        where id = %s
    """
    connection.execute(query, [_words(writer), writer.hot("dh")])


def _bulk_legacy(writer: Writer, connection: Connection) -> None:
    table, column = writer.random.choice((("dh_personas", "focus"), ("org_personas", "category_code")))
    connection.execute(
        f"update {table} set {column} = %s"
        f" where id in (select id from {table} order by id offset %s limit 25)",
        [_words(writer), writer.random.randrange(60)],
    )


def _bulk_new(writer: Writer, connection: Connection) -> None:
    connection.execute(
        "update personas.personas set goals = %s"
        " where id in (select id from personas.personas order by id offset %s limit 15)",
        [f'["{_words(writer)}"]', writer.random.randrange(120)],
    )


def _insert_legacy(writer: Writer, connection: Connection) -> None:
    kind, row, mark = writer.random.choice(("dh", "org")), str(uuid.uuid4()), writer.mark()
    if kind == "dh":
        connection.execute(
            "insert into dh_personas (id, unique_id, persona_code, name, title, notes)"
            " values (%s, %s, %s, %s, %s, %s)",
            [row, row, row, f"Cold {row[:8]}", _words(writer), mark],
        )
    else:
        connection.execute(
            "insert into org_personas (id, tenant_id, code, name, unique_id, department)"
            " select %s, min(id::text)::uuid, %s, %s, %s, %s from tenants",
            [row, row, f"Cold {row[:8]}", row, mark],
        )
    writer.marks.append((f"{kind}:{row}", mark))
    writer.born.append((kind, row))


def _insert_new(writer: Writer, connection: Connection) -> None:
    kind, row, mark = writer.random.choice(("dh", "org")), str(uuid.uuid4()), writer.mark()
    connection.execute(
        """
        insert into personas.personas (id, unique_id, name, persona_type, profile, tenant_id, is_public)
        select %s, %s, %s, 'individual', jsonb_build_object(%s::text, %s::text, 'unheard_of', 1), %s, %s
        """,
        [
            row,
            row,
            f"Born {row[:8]}",
            "notes" if kind == "dh" else "department",
            mark,
            None
            if kind == "dh"
            else connection.execute("select min(id::text)::uuid from tenants").fetchone()[0],  # type: ignore[index]
            kind == "dh",
        ],
    )
    writer.marks.append((f"{kind}:{row}", mark))
    writer.born.append((kind, row))


def _remove(writer: Writer, connection: Connection) -> None:
    """A row that this writer made is deleted for good, on either side."""
    if not writer.own:
        return
    kind, row = writer.random.choice(writer.own)
    # Noted first: a check that comes in between must not miss it.
    writer.ledger.remove(f"{kind}:{row}")
    writer.own.remove((kind, row))
    if writer.random.random() < 0.5:
        connection.execute("delete from personas.personas where id = %s", [row])
    else:
        connection.execute("delete from jtbd_org_persona_mapping where persona_id = %s", [row])
        connection.execute(f"delete from {'dh' if kind == 'dh' else 'org'}_personas where id = %s", [row])


def _soft_delete(writer: Writer, connection: Connection) -> None:
    row = writer.target(writer.random.choice(("dh", "org")))
    connection.execute(
        "update personas.personas set deleted_at = case when deleted_at is null then now() end where id = %s",
        [row],
    )


def _deactivate(writer: Writer, connection: Connection) -> None:
    connection.execute(
        "update dh_personas set is_active = not is_active where id = %s", [writer.target("dh")]
    )


def _link_legacy(writer: Writer, connection: Connection) -> None:
    row, dice = writer.target("org"), writer.random.random()
    if dice < 0.4:
        connection.execute(
            "insert into persona_role_mapping"
            " (id, persona_id, org_role_id, match_type, match_confidence, role_context, is_primary_role)"
            " select gen_random_uuid(), %s, id, 'm', 'high', %s, %s from org_roles order by random() limit 2"
            " on conflict do nothing",
            [row, _words(writer), writer.random.random() < 0.3],
        )
    elif dice < 0.7:
        connection.execute(
            "insert into jtbd_org_persona_mapping (id, jtbd_id, persona_id, persona_dh_id, relevance_score)"
            " select gen_random_uuid(), id, %s, %s, 4 from jtbd_library order by random() limit 2"
            " on conflict do nothing",
            [row, writer.random.choice((None, writer.hot("dh")))],
        )
    elif dice < 0.85:
        connection.execute(
            "update persona_role_mapping set role_context = %s where persona_id = %s", [_words(writer), row]
        )
        connection.execute(
            "update jtbd_org_persona_mapping set use_case_examples = %s where persona_id = %s",
            [_words(writer), row],
        )
    else:
        connection.execute("delete from jtbd_org_persona_mapping where persona_id = %s", [row])
        connection.execute("delete from persona_role_mapping where persona_id = %s", [row])


def _map_new(writer: Writer, connection: Connection) -> None:
    row, dice = writer.target(writer.random.choice(("dh", "org"))), writer.random.random()
    if dice < 0.2:
        connection.execute(
            "insert into personas.persona_industry_mapping"
            " (persona_id, industry_id, is_primary, industry_specific_id)"
            " select %s, id, %s, %s from industries order by random() limit 1"
            " on conflict (persona_id, industry_id) do nothing",
            [row, writer.random.random() < 0.5, writer.random.choice((None, "X1"))],
        )
    elif dice < 0.35:
        connection.execute(
            "update personas.persona_industry_mapping set is_primary = true where persona_id = %s"
            " and industry_id = (select max(industry_id::text)::uuid"
            " from personas.persona_industry_mapping where persona_id = %s)",
            [row, row],
        )
    elif dice < 0.55:
        connection.execute(
            "insert into personas.persona_role_mapping (persona_id, role_id, is_primary, responsibilities)"
            " select %s, id, %s, %s from org_roles order by random() limit 1 on conflict do nothing",
            [row, writer.random.random() < 0.4, writer.random.choice(("[]", '["does it"]', '["a", "b"]'))],
        )
    elif dice < 0.7:
        connection.execute(
            "insert into personas.persona_jtbd_mapping"
            " (persona_id, jtbd_id, relevance_score, use_case_examples)"
            " select %s, id, 3, %s from jtbd_library order by random() limit 2 on conflict do nothing",
            [row, _words(writer)],
        )
    elif dice < 0.8:
        connection.execute(
            "update personas.persona_jtbd_mapping set relevance_score = 9 where persona_id = %s", [row]
        )
    else:
        mapping = writer.random.choice(("industry", "role", "jtbd"))
        connection.execute(
            f"delete from personas.persona_{mapping}_mapping where (persona_id, {mapping}_id) in"
            f" (select persona_id, {mapping}_id from personas.persona_{mapping}_mapping"
            f" where persona_id = %s limit 1)",
            [row],
        )


def _neighbours(writer: Writer, connection: Connection) -> None:
    connection.execute(
        "update org_roles set seniority_level = %s"
        " where id = (select id from org_roles order by random() limit 1)",
        [writer.random.choice(("Junior", "Senior", "Executive"))],
    )


def _words(writer: Writer) -> str:
    return (
        " ".join(
            writer.random.choices(
                ("Senior", "Nurse", "  Lead", "Data", "\u00a0", "Manager ", "of", "Trials"), k=3
            )
        )
        + "x"
    )


# With how often each is chosen.
STEPS: tuple[tuple[Step, int], ...] = (
    (_mark_legacy, 20),
    (_mark_new, 20),
    (_edit_legacy, 8),
    (_edit_new, 8),
    (_chain_of_application, 3),
    (_bulk_legacy, 3),
    (_bulk_new, 2),
    (_insert_legacy, 4),
    (_insert_new, 4),
    (_remove, 3),
    (_soft_delete, 4),
    (_deactivate, 3),
    (_link_legacy, 6),
    (_map_new, 8),
    (_neighbours, 1),
)
