"""Normalisation for linking, rule by rule, on values as the field has them."""

import json
import unicodedata
from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa
import pytest
from generated_personas import generate
from legacy_records import role_words

from personas.linking import INPUT
from personas.linking.prepare import define_macros, prepare


@pytest.fixture(scope="module")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the macros."""
    with duckdb.connect() as connection:
        define_macros(connection)
        yield connection


def value(connection: duckdb.DuckDBPyConnection, expression: str, given: str | None) -> object:
    """What `expression` makes of `given`, which is `$1` in it."""
    ((found,),) = connection.execute(f"select {expression}", [given]).fetchall()
    return found


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Dr.\u00a0Rachel Thompson", "rachel thompson"),  # non-breaking space
        ("Rachel Thompson", "rachel thompson"),
        ("Prof. Dr. Helena  Marsh", "helena marsh"),
        ("Helena Marsh, MD, PhD", "helena marsh"),
        ("Helena Marsh, Ph.D.", "helena marsh"),
        ("Helena Marsh PharmD", "helena marsh"),
        ("MARGARET O'BRIEN", "margaret obrien"),
        ("Margaret O\u2019Brien", "margaret obrien"),
        ("Zoë Öztürk", "zoe ozturk"),
        ("Zoe\u0308 O\u0308ztu\u0308rk", "zoe ozturk"),  # decomposed
        ("Łukasz Sørensen", "lukasz sorensen"),
        ("Berg, Anna van der", "anna van der berg"),
        ("Berg, Dr. Anna", "anna berg"),
        ("T. Anderson", "t anderson"),
        ("Ravi K. Joshi", "ravi k joshi"),
        ("Dr", "dr"),  # nothing would be left
        ("Md Rahman", "md rahman"),  # a given name here
        ("ليلى حداد", "ليلى حداد"),
    ],
)
def test_a_personal_name(macros: duckdb.DuckDBPyConnection, given: str, expected: str) -> None:
    """Given names first; no honorifics, post-nominals, accents, capitals, points."""
    assert value(macros, "array_to_string(name_words(fold(clean($1))), ' ')", given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Aster Labs Ltd.", "aster labs"),
        ("ASTER LABS, Inc.", "aster labs"),
        ("Labs of Aster GmbH", "aster labs"),
        ("Global Pharmaceutical / Biotech", "biotech global pharmaceutical"),
        ("AG", "ag"),  # nothing would be left
    ],
)
def test_an_organisation(macros: duckdb.DuckDBPyConnection, given: str, expected: str) -> None:
    """A set of words without its legal form."""
    assert value(macros, "array_to_string(organization_words(fold(clean($1))), ' ')", given) == expected


@pytest.mark.parametrize("blank", [None, "", " ", "\u00a0", "\n\t", "\u200b"])
def test_blank_is_null(macros: duckdb.DuckDBPyConnection, blank: str | None) -> None:
    """As in the staging models."""
    assert value(macros, "clean($1)", blank) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('["CMO", "VP Medical Affairs"]', ["CMO", "VP Medical Affairs"]),
        (json.dumps('["CMO"]'), ["CMO"]),
        (json.dumps(json.dumps('["CMO"]')), ["CMO"]),
        ("[]", []),
        ("null", []),
        ('{"first": "an object"}', []),
        ('"see notes"', []),
        ("[not json", []),
        (None, []),
    ],
)
def test_typical_titles(macros: duckdb.DuckDBPyConnection, given: str | None, expected: list[str]) -> None:
    """An array, however often it was encoded."""
    assert value(macros, "titles_in($1::varchar)", given) == expected


def prepared(*rows: Mapping[str, str | None]) -> list[dict[str, object]]:
    """The prepared rows of records of which only some columns are given, in their order."""
    table = pa.Table.from_pylist(
        [{"record_key": f"dh_personas:{place:03}", **row} for place, row in enumerate(rows)], schema=INPUT
    )
    with duckdb.connect() as connection:
        prepare(connection, table, role_words())
        found: list[dict[str, object]] = (
            connection.sql("select * from prepared order by id").to_arrow_table().to_pylist()
        )
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VP Medical Affairs", "Vice President, Medical Affairs"),
        ("SVP Clinical Development", "Senior Vice President of Clinical Development"),
        ("CMO", "Chief Medical Officer"),
        ("Head of HEOR", "Head of Health Economics & Outcomes Research"),
        ("MSL Manager", "Medical Science Liaison Mgr."),
        ("Medical Science Liaison (MSL)", "Medical Science Liaison"),
        ("Clinical Operations Dir.", "Director, Clinical Operations"),
        ("Sr. Medical Writer", "senior medical writer"),
        ("Product Manager (Digital Health)", "Digital Health Product Manager"),
        ("Product Manager - Digital Health", "Product Manager (Digital Health)"),
        ("R&D Director", "Director of Research and Development"),
        ("Medical Writer (acting)", "Medical Writer"),
        ("Chief\u00a0Nursing Officer", "CNO"),
    ],
)
def test_two_spellings_of_one_role(one: str, other: str) -> None:
    """Abbreviations are written out; punctuation, order and capitals do not count."""
    left, right = prepared({"name": one}, {"name": other})
    assert left["is_role"] is True
    assert right["is_role"] is True
    assert left["role_no"] == right["role_no"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Medical Writer", "Senior Medical Writer"),
        ("Medical Director", "Medical Monitor"),
        ("CCO", "Chief Compliance Officer"),  # may be the commercial officer as well
        ("VP Regulatory Affairs", "Regulatory Affairs Director"),
    ],
)
def test_two_roles(one: str, other: str) -> None:
    """Another rank or another job is another role; what is short for two things is left as it is."""
    left, right = prepared({"name": one}, {"name": other})
    assert left["role_no"] != right["role_no"]


@pytest.mark.parametrize(
    ("row", "is_role"),
    [
        ({"name": "Clinical Data Manager", "title": "Clinical Data Manager"}, True),
        ({"name": "Thomas Anderson", "title": "IT Infrastructure Lead"}, False),
        ({"name": "P09_DMGR"}, True),
        ({"name": None, "title": "Nameless Title"}, True),
        ({"name": "Drug Safety Associte"}, True),  # a letter is missing
        (
            {"name": "Anna Gartner", "title": "Data Scientist"},
            False,
        ),  # nearly `partner`, but a title says who
    ],
)
def test_a_role_or_a_person(row: dict[str, str | None], is_role: bool) -> None:
    """A role has no personal name; a person's role is the title."""
    (found,) = prepared(row)
    assert found["is_role"] is is_role
    assert (found["name_no"] is None) is is_role


def test_codes_are_no_words_of_a_role() -> None:
    """P001 identifies nobody."""
    left, right = prepared({"name": "P001 Medical Writer"}, {"name": "P002 Medical Writer"})
    assert left["role_text"] == right["role_text"] == "medical writer"


def test_titles_around_a_slash_and_typical_titles_are_other_titles() -> None:
    """Each part that names a role by itself; typical titles; the role it is listed under."""
    slashed, officer, typical = prepared(
        {"name": "VP Medical Affairs / Chief Medical Officer"},
        {"name": "Chief Medical Officer"},
        {"name": "Head of Medicine", "typical_titles": '["CMO"]', "role_label": "VP Medical Affairs"},
    )
    others = slashed["other_roles"]
    assert isinstance(others, list)
    assert officer["role_no"] in others
    assert isinstance(typical["other_roles"], list)
    assert set(typical["other_roles"]) == set(others)


def test_initials_are_apart_from_the_name() -> None:
    """So that a record without them can be the same."""
    with_initial, without = prepared({"name": "Dr. Ravi K. Joshi"}, {"name": "Joshi, Ravi"})
    assert with_initial["name_no"] == without["name_no"]
    assert (with_initial["initials"], without["initials"]) == ("k", "")


def test_capitals_spaces_honorifics_and_order_never_make_another_name() -> None:
    """For names of many kinds, as the generator makes them."""
    made = generate(300, seed=11).records.to_pylist()
    names = sorted({row["name"] for row in made if row["title"] and row["title"] != row["name"]})
    people = [name for name in names if not role_words() & set(name.lower().split())]
    plain = [name for name in people if name.count(" ") == 1 and "." not in name and "\u00a0" not in name]
    assert len(plain) > 50
    variants = [
        variant
        for name in plain
        for given, family in [name.split(" ")]
        for variant in (
            name,
            name.upper(),
            name.replace(" ", "\u00a0"),
            f" Prof. Dr. {name} ",
            f"{name}, PhD",
            f"{family}, {given}",
        )
    ]
    found = prepared(*({"name": name, "title": "Keeper"} for name in variants))
    numbers = [row["name_no"] for row in found]
    for start in range(0, len(numbers), 6):
        assert len(set(numbers[start : start + 6])) == 1, variants[start]
    bare = {unicodedata.normalize("NFD", name.lower()) for name in plain}
    bare = {"".join(letter for letter in name if not unicodedata.combining(letter)) for name in bare}
    assert len(set(numbers)) == len(
        {" ".join(sorted(name.split())) for name in bare}
    )  # and no two fall together
