"""Blocking: which records are compared at all. Linear in the number of records, by construction.

A *block* is a set of records with one key; its records are compared with one another. Keys are of the kinds
below. Of a block of more than `MOST_IN_A_BLOCK` records, all pairs would be too many:

* a *main* kind is told apart by tenancy first: once the records of each tenancy among themselves, once all
  of them. Then its records are put in order of their other values (organisation, title, name, industry,
  department, id) and cut into windows of half as many, twice, the second time half a window further on.
  So any two records less than half a window apart are compared, and a record is in four windows at most.
  Records that are equal in all these values lie side by side: they are chained, each to its neighbours, and
  one is reached from another without all pairs;
* any other kind says too little when so many share it: the block is left out. For the *loose* kinds, which
  bring many together who are not the same, that is so from `MOST_IN_A_LOOSE_BLOCK` records on.
"""

from string import Template

import duckdb

MOST_IN_A_BLOCK = 24
MOST_IN_A_LOOSE_BLOCK = 12

RULES: dict[int, str] = {
    0: "equal name, title, organisation and industry",
    1: "same personal name",
    2: "same role title",
    3: "role title among the other's titles",
    4: "personal name but for a letter",
    5: "role title but for a letter",
    6: "part of the name, and organisation or role title",
    7: "same organisation and role title",
    8: "role title but for a word",
    9: "same family name and initial",
}
"""Number of the kind → what its records share. A pair is told the first kind that it shares."""
MAIN = (0, 1, 2)
ROLES_ONLY = (2, 3)
"""Kinds that compare two records only if one of them is a role: two persons of one title are two persons."""

LOOSE = (8, 9)

KINDS = 16  # a block's number is told its kind by the remainder

_LONGEST_TYPED = 48  # characters of a text whose typing errors are looked for: one key for each character


def add_blocks(connection: duckdb.DuckDBPyConnection, most: int = MOST_IN_A_BLOCK) -> None:
    """Make table `blocked`: `prepared` with `blocks`, the numbers of a record's blocks, a list of bigint."""
    values = {
        "most": most,
        "window": max(2, most // 2),
        "longest": _LONGEST_TYPED,
        "main_kinds": ", ".join(map(str, MAIN)),
        "loose_kinds": ", ".join(map(str, LOOSE)),
        "fewer": min(most, MOST_IN_A_LOOSE_BLOCK),
    }
    for statement in Template(_STEPS).substitute(values).split(";\n"):
        if statement.strip():
            connection.execute(statement)


_STEPS = r"""
create or replace temp macro key_of(kind, value) as
    (((hash(value) >> 6)::bigint // 16) * 16 + kind)::bigint;

create or replace temp table typed_names as
select name_no, unnest(list_transform(one_letter_less(name_text), lambda text: key_of(4, text))) as key
from (select distinct name_no, name_text from prepared where name_no is not null)
where length(name_text) between 5 and $longest;

create or replace temp table typed_roles as
select role_text, unnest(list_transform(one_letter_less(role_text), lambda text: key_of(5, text))) as key
from (select distinct role_text from prepared where is_role and array_length(role_words) <= 4)
where length(role_text) between 8 and $longest;

create or replace temp table shared_typed_names as
select * from typed_names
where key in (select key from typed_names group by key having count(*) > 1);

create or replace temp table shared_typed_roles as
select * from typed_roles
where key in (select key from typed_roles group by key having count(*) > 1);

create or replace temp view name_parts as
select id, organization_no, role_no, unnest(list_distinct([given, family])) as part
from prepared where not is_role;

create or replace temp table keys as
select id, key_of(0, exact_no) as key from prepared where exact_no is not null
union all
select id, key_of(1, name_no) from prepared where name_no is not null
union all
select id, key_of(2, role_no) from prepared where role_no is not null
union all
select id, key_of(3, unnest(list_append(other_roles, role_no))) from prepared where is_role
union all
select id, key_of(3, role_no) from prepared where not is_role and role_no is not null
union all
select prepared.id, key from prepared inner join shared_typed_names using (name_no)
union all
select prepared.id, key from prepared inner join shared_typed_roles using (role_text) where is_role
union all
select id, key_of(6, part || '|o' || organization_no)
from name_parts
where length(part) > 1 and organization_no is not null
union all
select id, key_of(6, part || '|r' || role_no)
from name_parts
where length(part) > 1 and role_no is not null
union all
select id, key_of(7, organization_no || '|' || role_no)
from prepared where organization_no is not null and role_no is not null
union all
select id, key_of(8, unnest(list_append(
    case when len(role_words) > 2 then list_transform(
        role_words, lambda word: array_to_string(list_filter(role_words, lambda other: other <> word), ' ')
    ) else [] end,
    array_to_string(role_words, ' ')
)))
from prepared where is_role and len(role_words) between 2 and 8
union all
select id, key_of(9, family || '|' || given[1]) from prepared where not is_role and family is not null;

create or replace temp table sizes as
select key, count(*) as size from keys group by key having count(*) > 1;

create or replace temp table large as
select
    prepared.id,
    keys.key,
    prepared.tenant_no,
    row_number() over (by_values) - 1 as place,
    row_number() over (within_tenancy) - 1 as tenancy_place,
    count(*) over (partition by keys.key, prepared.tenant_no) as tenancy_size
from keys
inner join sizes on keys.key = sizes.key
inner join prepared on keys.id = prepared.id
where sizes.size > $most and keys.key % 16 in ($main_kinds)
window
    by_values as (
        partition by keys.key
        order by organization_no, role_no, name_no, industry_id, department_no, prepared.id
    ),
    within_tenancy as (
        partition by keys.key, prepared.tenant_no
        order by organization_no, role_no, name_no, industry_id, department_no, prepared.id
    );

create or replace temp table block_members as
select keys.id, keys.key as block
from keys inner join sizes on keys.key = sizes.key
where sizes.size <= case when sizes.key % 16 in ($loose_kinds) then $fewer else $most end
union all
select id, key_of(key % 16, key || '/' || half || '/' || (place + half * ($window // 2)) // $window)
from large cross join (select unnest([0, 1]) as half)
union all
select id, key_of(
    key % 16,
    key || '/' || coalesce(tenant_no, 0) || '/' || half || '/'
    || (tenancy_place + half * ($window // 2)) // $window
)
from large cross join (select unnest([0, 1]) as half)
where tenancy_size > 1;

create or replace temp table blocked as
select prepared.*, blocks
from prepared
left join (
    select id, list_sort(list(distinct block)) as blocks from block_members group by id
) using (id)
"""
