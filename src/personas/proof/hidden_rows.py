"""Row level security: a proof that does not see all rows proves nothing (law 9)."""

from collections.abc import Sequence
from typing import Any

import psycopg

from personas.proof.places import OLD_TABLES, Places

# Every table that the relations read, however deep, with the roles whose rights count there: the reader, and
# the owner of the view through which it is read. The rule is that of PostgreSQL's `row_security_active`,
# which itself speaks for the current role only.
_HIDDEN = """\
with recursive roots as (
    select to_regclass(format('%%I.%%I', schema_name, relation)) as relation
    from unnest(%(schemas)s::text[], %(relations)s::text[]) as given (schema_name, relation)
),

read_by (relation, reader) as (
    select roots.relation::oid, pg_roles.oid
    from roots
    cross join pg_roles
    where roots.relation is not null and pg_roles.rolname = current_user

    union

    select
        pg_depend.refobjid,
        case
            when coalesce(array_to_string(views.reloptions, ','), '') ~ 'security_invoker=(true|on|1)'
                then read_by.reader
            else views.relowner
        end
    from read_by
    inner join pg_class as views on read_by.relation = views.oid and views.relkind = 'v'
    inner join pg_rewrite on views.oid = pg_rewrite.ev_class
    inner join pg_depend
        on
            pg_rewrite.oid = pg_depend.objid
            and pg_depend.classid = 'pg_rewrite'::regclass
            and pg_depend.refclassid = 'pg_class'::regclass
            and pg_depend.refobjid <> views.oid
),

readers as (
    select relation, reader from read_by
    union
    select read_by.relation, pg_roles.oid
    from read_by
    cross join pg_roles
    where pg_roles.rolname = current_user
)

select distinct format('%%I.%%I', nspname, relname) as name, rolname
from readers
inner join pg_class on readers.relation = pg_class.oid
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
inner join pg_roles on readers.reader = pg_roles.oid
where
    pg_class.relrowsecurity
    and not pg_roles.rolsuper
    and not pg_roles.rolbypassrls
    and (pg_class.relforcerowsecurity or not pg_has_role(pg_roles.oid, pg_class.relowner, 'usage'))
order by name, rolname"""


def hidden_rows(connection: psycopg.Connection[Any], places: Places, evidence: Sequence[str]) -> list[str]:
    """`row level security hides rows of X from role Y`, for each such pair among what the proof reads."""
    wanted = [(places.audit, name) for name in evidence]
    wanted += [(places.old, name) for name in OLD_TABLES]
    wanted += [(places.marts, "personas"), (places.marts, "persona_source_mapping")]
    schemas, relations = zip(*wanted, strict=True)
    found = connection.execute(_HIDDEN, {"schemas": list(schemas), "relations": list(relations)}).fetchall()
    return [f"row level security hides rows of {name} from role {role}" for name, role in found]
