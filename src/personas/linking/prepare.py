"""Normalisation: records → one row each of what is compared, in DuckDB whichever engine links.

In SQL, over distinct values: 400,000 records take two to five seconds on two cores. Each rule is tested with
values from the field in tests/python/test_linking_normalisation.py.

A record with a role word in its name, or without a name, is *a role* and has no personal name: its name is
its role title. So is one whose only title is its name, if that has a role word with a letter wrong. Any other
is *a person*, whose role title is `title`.
"""

from collections.abc import Iterable
from string import ascii_lowercase

import duckdb
import pyarrow as pa

from personas.linking import words

LONGEST_LABEL = 200
"""Characters of a name or title that are compared; what is longer is a text, not a label."""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _any_of(values: Iterable[str]) -> str:
    return "|".join(sorted(values, key=lambda value: (-len(value), value)))


def define_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """The normalisation of one value each, as SQL macros of this connection.

    clean(text)       one line, no white space at the ends; blank → null
    fold(text)        lower case, no accents, no apostrophes
    words_of(text)    its words, in order
    name_words(text)  of a personal name: given names first, no honorifics, no post-nominals
    organization_words(text)  sorted, without joining words and legal forms
    letters_of(text)  which of the letters a to z occur, a bit each
    one_letter_less(text)  the text, and each text that it is with a letter left out
    mask_of(list)     a bit for each of its values
    number_of(value)  a bigint, equal for equal values
    titles_in(json)   the texts of a JSON array, however often it was encoded; else an empty list
    """

    def define(head: str, body: str) -> None:
        connection.execute(f"create or replace temp macro {head} as {body}")

    def cut(text: str, pattern: str, put: str = "") -> str:
        return f"regexp_replace({text}, {_literal(pattern)}, '{put}', 'g')"

    # most texts are plain: those are told apart quickly, and are done
    plain = "strlen(value) = length(value)"
    for character in ("  ", *filter(str.isascii, words.SPACE.replace(" ", ""))):
        plain += f" and not contains(value, {_literal(character)})"
    spaced = cut(cut("value", f"[{words.UNSEEN}]+"), f"[{words.SPACE}]+", " ")
    define("clean(value)", f"nullif(trim(case when {plain} then value else {spaced} end), '')")
    unaccented = "strip_accents(lower(value))"
    for letter, letters in words.LETTERS.items():
        unaccented = f"replace({unaccented}, '{letter}', '{letters}')"
    unquoted = cut(unaccented, "['\u2019`\u00b4]")
    define(
        "fold(value)",
        "case when strlen(value) = length(value) and not contains(value, '`')"
        f" then replace(lower(value), '''', '') else {unquoted} end",
    )
    define("words_of(value)", r"regexp_extract_all(value, '[\p{L}\p{N}\p{M}]+')")

    # 'Ph.D.' and 'M.D.' are one word each; 'Berg, Anna van der' is Anna van der Berg.
    undotted = cut("value", r"\b(ph|pharm|m|b)\. ?(d|sc|a)\b\.?", r"\1\2")
    unlettered = cut(undotted, rf"([ ,(]+({_any_of(words.POST_NOMINALS)})[.)]*)+$")
    given_first = cut(unlettered, "^([^,]+),(.+)$", r"\2 \1")
    bare = cut(f"ltrim({given_first})", rf"^(({_any_of(words.HONORIFICS)})[. ]+)+")
    define("name_words(value)", f"coalesce(nullif(words_of({bare}), []), words_of(value))")

    unformed = cut("value", rf"([ ,.(]+({_any_of(words.LEGAL_FORMS)})[.)]*)+$")
    joining = ", ".join(map(_literal, sorted(words.JOINING_WORDS)))
    said = f"list_filter(words_of({unformed}), lambda word: word not in ({joining}))"
    define("organization_words(value)", f"list_sort(coalesce(nullif({said}, []), words_of(value)))")

    bits = (
        f"(contains(value, '{letter}')::bigint << {place})" for place, letter in enumerate(ascii_lowercase)
    )
    define("letters_of(value)", f"({' | '.join(bits)})")

    define(
        "mask_of(list)",
        "list_reduce(list_transform(list, lambda value: 1::bigint << (hash(value) % 62)::int),"
        " lambda one, other: one | other)",
    )
    define("number_of(value)", "(hash(value) >> 1)::bigint")
    define(
        "one_letter_less(value)",
        "list_distinct(list_concat([value], list_transform(range(1, length(value) + 1), "
        "lambda place: value[:place - 1] || value[place + 1:])))",
    )
    define(
        "unwrapped(value)",
        "case when json_valid(value) and json_type(value) = 'VARCHAR' then value ->> '$' else value end",
    )
    define(
        "array_in(value)",
        "case when json_valid(value) and json_type(value) = 'ARRAY' then (value ->> '$[*]')::varchar[] end",
    )
    define(
        "titles_in(value)",
        "coalesce(case when starts_with(value, '[') then array_in(value)"
        " else array_in(unwrapped(unwrapped(unwrapped(value)))) end, [])",
    )


def prepare(connection: duckdb.DuckDBPyConnection, records: pa.Table, role_words: Iterable[str]) -> None:
    """Make table `prepared` from records of shape `schema.INPUT`: one row a record, keyed by `id`.

    id             int, in the order of record_key
    tenant_no      null: the shared library
    is_role        boolean
    exact_no       equal where law 5 sees one persona: tenancy, name, title, organisation, industry
    name_no        a person's given and family names, whatever their order, without initials
    name_text      the same as text; initials: the single letters, sorted
    given, family  first word and last; abbreviated: the first is an initial
    role_no        the set of words of the role title; role_text: the same as text, in the order found
    other_roles    further titles: the other column, the parts around a slash, typical titles, role label
    typical_nos, label_no        typical titles and role label alone
    organization_no, organization_text, organization_words
    department_no, department_words
    industry_id    text
    Numbers stand for equal values (hashes of 63 bits, which need no sorting). Signatures spare comparing in
    full: role_letters, which of the letters a to z occur; ..._mask, a bit for each value of the list.
    """
    define_macros(connection)
    connection.register("input_records", records)
    connection.register("input_role_words", pa.table({"word": sorted(set(role_words))}))
    short = pa.table({"word": list(words.SPELLED_OUT), "meant": list(words.SPELLED_OUT.values())})
    connection.register("spelled_out", short)
    joining = ", ".join(map(_literal, sorted(words.JOINING_WORDS | words.PASSING_WORDS)))
    for statement in _STEPS.replace("$joining", joining).replace("$longest", str(LONGEST_LABEL)).split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.unregister("input_records")


_STEPS = r"""
create or replace temp table cleaned as
select
    row_number() over (order by record_key)::int as id,
    record_key,
    case when tenant_id <> '' then dense_rank() over (order by nullif(tenant_id, '')) end::int as tenant_no,
    clean(name) as name,
    clean(title) as title,
    clean(organization) as organization,
    left(clean(department), $longest) as department,
    nullif(industry_id, '') as industry_id,
    nullif(typical_titles, '[]') as typical_titles,
    left(clean(role_label), $longest) as role_label
from input_records;

-- Words go on with a number for their text, which may be long.
create or replace temp table names as
select row_number() over () as name_id, name
from (select distinct name from cleaned where name is not null);

-- as the macro persona_type has it, one of the words between anything else, also once it is written out
create or replace temp table name_words_found as
select name_id, unnest(words_of(lower(name))) as word from names;

create or replace temp table role_word_forms as
select word from input_role_words
union
select word from spelled_out
where list_has_any(string_split(meant, ' '), (select list(word) from input_role_words));

create or replace temp table name_kinds as
select name_id, bool_or(role_word_forms.word is not null) as is_role
from name_words_found left join role_word_forms using (word)
group by name_id;

-- 'Drug Safety Associte': where no title tells otherwise, a role word with a letter wrong is one, too
create or replace temp table typed_role_words as
select unnest(one_letter_less(word)) as typed from input_role_words where length(word) >= 6;

create or replace temp table mistyped_kinds as
select distinct name_id
from (
    select distinct name_id, unnest(one_letter_less(word)) as typed
    from name_words_found inner join name_kinds using (name_id)
    where not is_role and length(word) between 5 and 20
        and name_id in (
            select name_id from names inner join cleaned using (name) where title is null or title = name
        )
)
where typed in (select typed from typed_role_words);

create or replace temp table record_kinds as
select
    id,
    coalesce(
        is_role or (title is null or title = name) and name_id in (select name_id from mistyped_kinds), true
    ) as is_role
from cleaned left join names using (name) left join name_kinds using (name_id);

create or replace temp table kinds as
select
    id,
    is_role,
    left(case when is_role then coalesce(name, title) else title end, $longest) as role_label,
    left(case when is_role and title <> name then title end, $longest) as other_label
from cleaned inner join record_kinds using (id);

create or replace temp table typical_lists as
select row_number() over () as list_id, typical_titles
from (select distinct typical_titles from cleaned where typical_titles is not null);

create or replace temp table typical as
select list_id, left(clean(label), $longest) as label
from (select list_id, unnest(titles_in(typical_titles)) as label from typical_lists);

create or replace temp table role_sources as
select distinct label
from (
    select role_label as label from kinds
    union all select other_label from kinds
);

-- 'CTO/Technical Co-founder': each part that names a role by itself
create or replace temp table role_parts as
select label, part
from (select label, unnest(string_split(label, '/')) as part from role_sources where contains(label, '/'))
where list_has_any(words_of(lower(part)), (select list(word) from input_role_words));

create or replace temp table labels as
select row_number() over () as text_no, label from (select distinct label from (
    select label from role_sources
    union all select part from role_parts
    union all select label from typical
    union all select role_label from cleaned
    union all select department from cleaned
) where label is not null);

create or replace temp table label_words as
with tokens as (
    select
        text_no,
        unnest(words) as word,
        generate_subscripts(words, 1) as place
    from (
        select text_no, words_of(replace(fold(label), 'r&d', 'research development')) as words from labels
    )
),
-- a word with letters and digits is a code, which identifies nobody
vocabulary as (
    select word, coalesce(meant, word) as meant
    from (select distinct word from tokens) left join spelled_out using (word)
    where word not in ($joining) and not regexp_matches(word, '\d\p{L}|\p{L}\d')
)
select text_no, string_agg(meant, ' ' order by place) as text
from tokens inner join vocabulary using (word)
group by text_no;

create or replace temp table role_sets as
select
    text,
    words,
    letters_of(text) as letters,
    mask_of(words) as mask
from (
    select text, list_sort(list_distinct(string_split(text, ' '))) as words
    from (select distinct text from label_words)
);

create or replace temp table label_nos as
select label, role_sets.*, number_of(words) as label_no
from labels inner join label_words using (text_no) inner join role_sets using (text);

create or replace temp table organizations as
select organization, text, words, number_of(words) as organization_no
from (
    select organization, array_to_string(words_of(fold(left(organization, $longest))), ' ') as text,
        organization_words(fold(left(organization, $longest))) as words
    from (select distinct organization from cleaned where organization is not null)
)
where len(words) > 0;

create or replace temp table person_names as
with split as (
    select name, name_words(fold(left(name, $longest))) as words
    from (select distinct name from cleaned inner join record_kinds using (id) where not is_role)
    where name is not null
),
parts as (
    select
        name,
        words,
        list_filter(words, lambda word: length(word) > 1) as long_words,
        array_to_string(list_sort(list_filter(words[2:], lambda word: length(word) = 1)), '') as initials
    from split
    where len(words) > 0
)
select
    name,
    case
        when len(long_words) > 1 or len(words) = 1
            then number_of(list_sort(long_words))
    end as name_no,
    array_to_string(list_sort(long_words), ' ') as name_text,
    initials,
    words[1] as given,
    case when len(words) > 1 then words[-1] end as family,
    length(words[1]) = 1 as abbreviated
from parts;

create or replace temp table typical_numbers as
select
    list_id,
    list_sort(list(distinct label_no)) as typical_nos,
    mask_of(list(distinct label_no)) as typical_mask
from typical inner join label_nos using (label)
group by list_id;

create or replace temp table part_numbers as
select role_parts.label, list(distinct label_no) as part_nos
from role_parts inner join label_nos on role_parts.part = label_nos.label
group by role_parts.label;

create or replace temp table exact_numbers as
select id, min(id) over (
    partition by tenant_no, lower(name), lower(title), lower(organization), industry_id
)::int as exact_no
from cleaned
where name is not null and title is not null and organization is not null and industry_id is not null;

create or replace temp table prepared as
select
    cleaned.id,
    cleaned.tenant_no,
    kinds.is_role,
    exact_numbers.exact_no,
    person_names.name_no,
    person_names.name_text,
    person_names.initials,
    person_names.given,
    person_names.family,
    person_names.abbreviated,
    roles.label_no as role_no,
    roles.text as role_text,
    roles.letters as role_letters,
    roles.words as role_words,
    roles.mask as role_mask,
    list_sort(list_distinct(list_filter(
        list_concat(
            [others.label_no, labelled.label_no], role_slashed.part_nos, other_slashed.part_nos, typical_nos
        ),
        lambda number: number is not null and number is distinct from roles.label_no
    ))) as other_roles,
    typical_nos,
    typical_mask,
    labelled.label_no as label_no,
    organizations.organization_no,
    organizations.text as organization_text,
    organizations.words as organization_words,
    mask_of(organizations.words) as organization_mask,
    departments.label_no as department_no,
    departments.words as department_words,
    departments.mask as department_mask,
    cleaned.industry_id
from cleaned
inner join kinds using (id)
left join exact_numbers using (id)
left join person_names on not kinds.is_role and cleaned.name = person_names.name
left join label_nos as roles on kinds.role_label = roles.label
left join label_nos as others on kinds.other_label = others.label
left join part_numbers as role_slashed on kinds.role_label = role_slashed.label
left join part_numbers as other_slashed on kinds.other_label = other_slashed.label
left join typical_lists on cleaned.typical_titles = typical_lists.typical_titles
left join typical_numbers using (list_id)
left join label_nos as labelled on cleaned.role_label = labelled.label
left join label_nos as departments on cleaned.department = departments.label
left join organizations on cleaned.organization = organizations.organization
"""
