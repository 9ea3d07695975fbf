"""Dual-write on generated values: what is put on either side is got on both, whatever came before."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from dbt_project import Project, Workshop
from test_dual_write import LIBRARY, PRIVATE, agree, build_and_switch_on

NO_WIDTH = "\u200b"
BLANK = " \t\n\u00a0\u2003" + NO_WIDTH
# Legacy table, its row, its column → the field of the persona, and how its value is cleaned.
FIELDS = {
    ("dh_personas", LIBRARY, "name"): ("name", "label"),
    ("dh_personas", LIBRARY, "background"): ("description", "text"),
    ("dh_personas", LIBRARY, "notes"): ("profile.notes", "text"),
    ("dh_personas", LIBRARY, "organization"): ("profile.organization", "label"),
    ("dh_personas", LIBRARY, "tier"): ("profile.tier", "number"),
    ("dh_personas", LIBRARY, "goals"): ("goals", "json"),
    ("org_personas", PRIVATE, "name"): ("name", "label"),
    ("org_personas", PRIVATE, "description"): ("description", "text"),
    ("org_personas", PRIVATE, "department"): ("profile.department", "text"),
    ("org_personas", PRIVATE, "education"): ("profile.education", "json"),
}
texts = st.text(alphabet="aB\u00e4'\"\\{}%$" + BLANK, max_size=12)
names = st.text(alphabet="aB\u00e4'" + BLANK, min_size=1, max_size=12).filter(lambda text: text.strip(BLANK))
values = {
    "label": names,
    "text": st.none() | texts,
    "number": st.none() | st.integers(1, 5),
    "json": st.recursive(
        st.integers(-9, 9) | texts.filter(lambda text: not re.match(r"\s*[\[{\"]", text)) | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2),
        max_leaves=4,
    ).map(lambda value: [value]),
}


@st.composite
def puts(draw: st.DrawFn) -> tuple[bool, tuple[str, str, str], Any]:
    """On which side, which field, which value."""
    place = draw(st.sampled_from(sorted(FIELDS)))
    return draw(st.booleans()), place, draw(values[FIELDS[place][1]])


@pytest.fixture(scope="module")
def live(workshop_18: Workshop) -> Iterator[Project]:
    """One database for all examples: each begins where the last one ended."""
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        yield project


def cleaned(value: Any, how: str) -> Any:
    """The stated cleaning (README, seeds/column_mapping.csv)."""
    if how == "label":
        return re.sub(f"[{BLANK}]+", " ", value.replace(NO_WIDTH, "")).strip(BLANK)
    if how == "text" and value is not None:
        return value.strip(BLANK) or None
    return value


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(put=puts())
def test_what_is_put_on_either_side_is_got_on_both(live: Project, put: tuple[bool, Any, Any]) -> None:
    on_legacy, (table, row, column), value = put
    field, how = FIELDS[table, row, column]
    given = Jsonb(value) if how == "json" else value
    key = field.removeprefix("profile.")
    if on_legacy:
        statement, parameters = f"update {table} set {column} = %s where id = {row}", [given]
    elif key == field:
        statement, parameters = f"update personas.personas set {field} = %s where id = {row}", [given]
    else:
        statement = f"""
            update personas.personas set profile = case
                when %s::jsonb is null then profile - %s::text
                else profile || jsonb_build_object(%s::text, %s::jsonb)
            end where id = {row}
        """
        as_json = None if value is None else Jsonb(value)
        parameters = [as_json, key, key, as_json]
    shown = field if key == field else f"profile -> '{key}'"
    new = f"select {shown} from personas.personas where id = {row}"
    old = f"select {column} from {table} where id = {row}"
    # What was shown already is no edit: the legacy side keeps its bytes.
    expected = live.value(old) if not on_legacy and live.value(new) == value else value
    with live.connect() as connection:
        connection.execute(statement, parameters)
    assert live.value(new) == cleaned(value, how)
    # On the legacy side the bytes are those that were written: spaces at the ends as well.
    assert live.value(old) == expected
    assert agree(live) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(put=puts())
def test_what_is_got_can_be_put_back_and_changes_no_byte(live: Project, put: tuple[bool, Any, Any]) -> None:
    test_what_is_put_on_either_side_is_got_on_both.hypothesis.inner_test(live, put)  # type: ignore[attr-defined]
    images = "select array_agg(t::text order by id) from {} as t"
    before = [live.value(images.format(table)) for table in ("dh_personas", "org_personas")]
    live.execute(
        f"""update personas.personas as p
        set (name, description, profile, goals) = (
            select name, description, profile, goals from personas.personas as q where q.id = p.id
        ) where id in ({LIBRARY}, {PRIVATE})"""
    )
    assert [live.value(images.format(table)) for table in ("dh_personas", "org_personas")] == before
