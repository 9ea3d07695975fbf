"""The checks of `personas verify`, as data: each one reads a relation of evidence that the build leaves.

In the SQL, `{audit}`, `{marts}`, … stand for schemas and `{rows_of_<old table>}` for a count (`places.py`).
"""

from dataclasses import dataclass

from personas.proof.places import LINK_TABLES, PERSONA_TABLES


@dataclass(frozen=True)
class Part:
    """A query of a check. Where it names a table, it is asked once for each share of that table's ids.

    `{id_in_share}` stands for the condition; a share has about `share_rows` rows.
    """

    query: str
    table: str | None = None
    share_rows: int = 0


@dataclass(frozen=True)
class Check:
    """One law, and the queries that prove it on the database as it stands.

    Each query of `parts` yields one row of counts; the rows of all parts add up by column, so that a part may
    be a share of the work. The column `problems` decides: none is green. `green` and `red` are the figure
    shown, with the sums in it. `offenders` lists the rows that are wrong; a limit is put to it.
    """

    name: str
    law: str
    relation: str
    parts: tuple[Part, ...]
    green: str
    red: str
    offenders: str


EXPLAINED = (
    *("cleaned", "filled in", "crosswalked", "no entry", "overridden"),
    *("lost a merge", "kept private", "unmapped"),
)
"""The reasons for which a value may be shown otherwise than it was (design, section 3)."""

_UNEXPLAINED = "reason is null or reason not in ({})".format(", ".join(f"'{word}'" for word in EXPLAINED))

# One pass over both sides, by the old key. A row that is there twice is one joined row too many.
_ROUND_TRIP = """\
select
    count(*) filter (
        where legacy.id is null or rebuilt.id is null or record_image_ne(legacy::record, rebuilt::record)
    ) + count(legacy.id) - count(distinct legacy.id) as problems,
    count(distinct legacy.id) as legacy_rows
from (select * from {{old}}.{0} where {{id_in_share}}) as legacy
full join (select * from {{legacy}}.legacy_{0} where {{id_in_share}}) as rebuilt on legacy.id = rebuilt.id"""

_LINK_ROUND_TRIP = """\
select count(*) as problems, {{rows_of_{0}}} as legacy_rows
from {{audit}}.audit_round_trip
where source_table = '{0}'"""

_FIDELITY = f"""\
select count(*) filter (where {_UNEXPLAINED}) as problems, count(*) as kept_values
from {{audit}}.audit_fidelity
where source_table """  # noqa: S608 - put together from constants

CHECKS = (
    Check(
        name="table_shapes",
        law="The rebuilt tables have the names, the order and the types of the legacy columns.",
        relation="audit_table_shapes",
        parts=(
            # A view that lists nothing proves nothing.
            Part(
                "select count(problem) + (count(*) = 0)::int as problems, count(*) as legacy_columns\n"
                "from {audit}.audit_table_shapes"
            ),
        ),
        green="{legacy_columns} columns rebuilt, same names, order and types",
        red="{problems} of {legacy_columns} columns differ",
        offenders="select\n    source_table, position, legacy_column, legacy_type,\n"
        "    rebuilt_column, rebuilt_type, problem\n"
        "from {audit}.audit_table_shapes\nwhere problem is not null\norder by source_table, position",
    ),
    Check(
        name="round_trip",
        law="All four legacy tables can be rebuilt from the new ones, byte for byte.",
        relation="audit_round_trip",
        parts=(
            *(Part(_ROUND_TRIP.format(table), table, 100_000) for table in PERSONA_TABLES),
            *(Part(_LINK_ROUND_TRIP.format(table)) for table in LINK_TABLES),
            # a way back that repeats the way there's mistake
            Part("select count(*) as problems\nfrom {audit}.audit_misplaced_values"),
        ),
        green="{legacy_rows} of {legacy_rows} rows rebuilt byte for byte",
        red="{problems} rows not rebuilt as they were ({legacy_rows} legacy rows)",
        offenders="select source_table, source_id, problem, columns\nfrom {audit}.audit_round_trip",
    ),
    Check(
        name="fidelity",
        law="Every value that is shown otherwise than it was has a reason that holds.",
        relation="audit_fidelity",
        parts=(
            # Not in shares: each would work out anew what the merged personas should show.
            Part(f"{_FIDELITY}in {PERSONA_TABLES}"),
            Part(f"{_FIDELITY}not in {PERSONA_TABLES}"),
        ),
        green="{kept_values} values shown otherwise, each for a reason that was checked",
        red="{problems} of {kept_values} values shown otherwise have no reason that holds",
        offenders="select\n    source_table, source_id, pointer, persona_id, column_name,\n"
        f"    legacy_value, shown_value, reason\nfrom {{audit}}.audit_fidelity\nwhere {_UNEXPLAINED}",
    ),
    Check(
        name="column_coverage",
        law="Every legacy column has a stated place, and the type that was stated.",
        relation="audit_column_coverage",
        parts=(
            Part(
                "select\n    count(problem) + (count(*) = 0)::int as problems,\n"
                "    count(*) as legacy_columns,\n"
                "    count(*) filter (\n"
                "        where source_table in ('dh_personas', 'org_personas')\n"
                "    ) as persona_columns\n"
                "from {audit}.audit_column_coverage"
            ),
        ),
        green="{legacy_columns} columns, {persona_columns} of personas, each with its stated place",
        red="{problems} of {legacy_columns} columns are not as stated",
        offenders="select source_table, position, column_name, data_type, goes_to, how, problem\n"
        "from {audit}.audit_column_coverage\nwhere problem is not null\norder by source_table, position",
    ),
    Check(
        name="row_accounting",
        law="Every legacy row is accounted for, per table and tenant; the sums close.",
        relation="audit_row_accounting",
        parts=(
            Part(
                "select\n    count(problem) as problems,\n"
                "    coalesce(sum(legacy_rows) filter (where source_table = 'org_personas'), 0)\n"
                "        as org_rows,\n"
                "    coalesce(sum(legacy_rows) filter (where source_table = 'dh_personas'), 0)\n"
                "        as dh_rows,\n"
                "    coalesce(sum(mapped_rows) filter (where source_table <> 'personas'), 0)\n"
                "        as mapped_rows\n"
                "from {audit}.audit_row_accounting"
            ),
        ),
        green="{dh_rows} + {org_rows} persona rows and their links: {mapped_rows} mapped; the sums close",
        red="{problems} sums do not close ({dh_rows} + {org_rows} legacy persona rows)",
        offenders="select\n    source_table, tenant_id, legacy_rows, mapped_rows, deleted_rows, personas,\n"
        "    merged_rows, problem\nfrom {audit}.audit_row_accounting\nwhere problem is not null",
    ),
    Check(
        name="relationship_parity",
        law="What a legacy row pointed at its persona reaches by the new mappings, and nothing else.",
        relation="audit_relationship_parity",
        parts=(Part("select count(*) as problems\nfrom {audit}.audit_relationship_parity"),),
        green="no relationship lost, none added",
        red="{problems} relationships lost or added",
        offenders="select relationship, source_table, source_id, persona_id, target_id, problem\n"
        "from {audit}.audit_relationship_parity",
    ),
    Check(
        name="query_parity",
        law="The application finds in the new tables what it found in the old; each difference is explained.",
        relation="audit_query_parity",
        parts=(
            Part(
                "select count(*) filter (where explained_by is null) as problems, count(*) as differences\n"
                "from {audit}.audit_query_parity"
            ),
        ),
        green="{differences} results differ, each explained",
        red="{problems} of {differences} results differ without an explanation",
        offenders="select query, parameter, persona_id, found_in\n"
        "from {audit}.audit_query_parity\nwhere explained_by is null",
    ),
    Check(
        name="shown_values",
        law="What has no legacy column to compare with shows what the stated rules give.",
        relation="audit_shown_values",
        parts=(Part("select count(*) as problems\nfrom {audit}.audit_shown_values"),),
        green="every derived value is what its rule gives",
        red="{problems} values are not what their rules give",
        offenders="select persona_id, field, shown_value, expected_value, problem\n"
        "from {audit}.audit_shown_values",
    ),
    Check(
        name="integrity",
        law="Keys are unique, references lead somewhere, and the promised constraints stand.",
        relation="audit_integrity",
        parts=(Part("select count(*) as problems\nfrom {audit}.audit_integrity"),),
        green="keys, references and constraints hold",
        red="{problems} keys, references or constraints are broken",
        offenders="select relation, key, problem\nfrom {audit}.audit_integrity",
    ),
)
"""All but `last_build`, which also looks outside the database (`last_build.py`)."""
