"""Linking: what is found, why, and that it is the same again."""

import csv
import importlib.util
import json
import random
import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from generated_personas import Generated, generate
from legacy_records import legacy_records, role_words
from linkage_scores import keys_of, law_5

from personas.linking import INPUT, PAIRS, LinkingError, Options, find_pairs
from personas.linking.weights import COMPARISONS, start

Row = Mapping[str, str | None]
Real = tuple[list[dict[str, object]], dict[str, dict[str, str | None]]]

WRITER: Row = {
    "name": "Medical Writer",
    "title": "Medical Writer",
    "organization": "Aster Labs",
    "industry_id": "i1",
}


def table(*rows: Row) -> pa.Table:
    """Records of which only some columns are given; keys in their order."""
    return pa.Table.from_pylist(
        [{"record_key": f"dh_personas:{place:06}", **row} for place, row in enumerate(rows)], schema=INPUT
    )


def strangers(count: int = 60) -> list[Row]:
    """Records that are like nobody else, so that a table is not only twins."""
    letters = "abcdefghij"
    names = [
        f"{letters[n // 10]}rom{letters[n % 10]}ul {letters[n % 10]}ast{letters[n // 10]}ik"
        for n in range(count)
    ]
    return [{"name": name, "title": f"keeper {name}"} for name in names]


def found(*rows: Row, **options: object) -> list[dict[str, object]]:
    """The pairs among `rows`, in a table with strangers."""
    pairs = find_pairs(table(*rows, *strangers()), role_words(), Options(**options))  # type: ignore[arg-type]
    listed: list[dict[str, object]] = pairs.to_pylist()
    return listed


def labels(pair: dict[str, object]) -> list[str]:
    """What a pair's reasons say."""
    return [reason["label"] for reason in json.loads(str(pair["reasons"]))]


@pytest.fixture(scope="module")
def generated() -> Generated:
    """4,000 + 4,000 personas."""
    return generate(4_000, seed=7)


@pytest.fixture(scope="module")
def linked(generated: Generated) -> pa.Table:
    """Their pairs."""
    return find_pairs(generated.records, role_words())


# --- shape


def test_the_result_has_the_stated_columns_in_order_of_its_keys(linked: pa.Table) -> None:
    """Also: left before right, no pair twice."""
    assert linked.schema == PAIRS
    keys = list(
        zip(linked.column("left_key").to_pylist(), linked.column("right_key").to_pylist(), strict=True)
    )
    assert all(left < right for left, right in keys)
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_records_have_no_pairs(rows: int) -> None:
    """`--empty` builds come this way."""
    assert find_pairs(table(*[WRITER] * rows), role_words()).schema == PAIRS
    assert find_pairs(table(*[WRITER] * rows), role_words()).num_rows == 0


def test_a_missing_column_is_named() -> None:
    with pytest.raises(LinkingError, match="no column role_label"):
        find_pairs(table(WRITER).drop_columns(["role_label"]), role_words())


def test_a_repeated_key_is_refused() -> None:
    twice = pa.concat_tables([table(WRITER), table(WRITER)])
    with pytest.raises(LinkingError, match="is there twice"):
        find_pairs(twice, role_words())


def test_a_probability_outside_0_and_1_is_refused() -> None:
    with pytest.raises(LinkingError, match="not between 0 and 1"):
        find_pairs(table(WRITER, WRITER), role_words(), Options(queue_probability=1.0))


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(LinkingError, match="not duckdb or spark"):
        find_pairs(table(WRITER, WRITER), role_words(), Options(engine="sqlite"))  # type: ignore[arg-type]


# --- reasons


def test_the_weights_of_the_reasons_add_up_to_the_match_weight(linked: pa.Table) -> None:
    """So that a waterfall can be drawn; the probability follows from their sum."""
    for pair in linked.to_pylist()[:500]:
        reasons = json.loads(pair["reasons"])
        assert reasons[0]["comparison"] == "start"
        total = sum(reason["weight"] for reason in reasons)
        assert total == pytest.approx(pair["match_weight"], abs=0.001)
        assert 1 / (1 + 2 ** -pair["match_weight"]) == pytest.approx(pair["match_probability"], abs=1e-6)


def test_a_pair_is_told_why_in_words() -> None:
    (pair,) = found(
        {"name": "Dr. Ravi Joshi", "title": "Patient Access Dir."},
        {"name": "JOSHI, Ravi", "title": "Director of Patient Access"},
    )
    assert labels(pair)[1:] == [
        "same name, apart from honorifics, capitals and the order of its words",
        "same role title once abbreviations are written out, whatever the order of its words",
    ]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Tobias Lindqvist", "Tobias Lindquist", "nearly the same name: one or two letters differ"),
        ("Ravi K. Joshi", "Ravi Joshi", "same name, in one of them without the middle initial"),
        ("R. Joshi", "Ravi Joshi", "same family name, and the given name's initial fits"),
    ],
)
def test_how_two_names_agree(one: str, other: str, reason: str) -> None:
    (pair,) = found({"name": one, "title": "Access Lead"}, {"name": other, "title": "Access Lead"})
    assert reason in labels(pair)


def test_a_person_and_a_role_of_one_title_are_a_pair() -> None:
    (pair,) = found({"name": "Nancy White", "title": "Trial Nurse Lead"}, {"name": "Trial Nurse Lead"})
    assert "one record names a person, the other only a role" in labels(pair)
    assert "same role title" in labels(pair)


def test_two_people_of_one_title_are_no_pair() -> None:
    assert not found({"name": "Nancy White", "title": "Nurse"}, {"name": "Ravi Joshi", "title": "Nurse"})


def test_an_equal_middle_name_is_no_initial_that_differs() -> None:
    (same,) = found({"name": "Ravi K. Joshi", "title": "Nurse"}, {"name": "Ravi K Joshi", "title": "Nurse"})
    (other,) = found({"name": "Ravi K. Joshi", "title": "Nurse"}, {"name": "Ravi M. Joshi", "title": "Nurse"})
    assert same["match_weight"] > other["match_weight"]  # type: ignore[operator]
    assert "same name, but another middle initial" in labels(other)


def test_an_empty_value_says_nothing() -> None:
    """The organisation of one is missing: there is no reason about organisations."""
    (pair,) = found({**WRITER, "title": "Writer"}, {**WRITER, "title": "Writer", "organization": " "})
    assert not any("organisation" in label for label in labels(pair))


def test_a_rare_title_says_more_than_a_common_one() -> None:
    common = [{"name": "Medical Writer", "department": f"d{letter}"} for letter in "abcdefgh"]
    pairs = found({"name": "Trial Nurse Lead"}, {"name": "Trial Nurse Lead"}, *common)
    rare = max(pairs, key=lambda pair: float(str(pair["match_weight"])))
    assert {rare["left_key"], rare["right_key"]} == {"dh_personas:000000", "dh_personas:000001"}


# --- exact evidence, tenancy


def test_exact_evidence_is_likely_however_common_its_values_are() -> None:
    """Every second record has this name, title and organisation."""
    pairs = found(*[WRITER] * 20, *[{**WRITER, "industry_id": f"i{number}"} for number in range(2, 22)])
    exact = [pair for pair in pairs if labels(pair)[1].startswith("equal name, title, organisation")]
    assert len(exact) == 20 * 19 // 2
    assert all(pair["match_probability"] > 0.99 for pair in exact)  # type: ignore[operator]
    assert all(pair["blocking_rule"] == "equal name, title, organisation and industry" for pair in exact)


@pytest.mark.parametrize("column", ["name", "title", "organization", "industry_id"])
def test_exact_evidence_needs_each_of_the_four(column: str) -> None:
    for other in (None, "Something else"):
        for pair in found(WRITER, {**WRITER, column: other}):
            assert not any(label.startswith("equal name") for label in labels(pair))


def test_exact_evidence_is_within_one_tenancy() -> None:
    (pair,) = found(WRITER, {**WRITER, "tenant_id": "t1"})
    assert not any(label.startswith("equal name") for label in labels(pair))


def test_two_tenants_are_never_a_pair() -> None:
    own = {**WRITER, "tenant_id": "t1"}
    assert found(own, {**WRITER, "tenant_id": "t2"}, queue_probability=1e-6) == []
    assert len(found(own, own)) == 1
    assert len(found(own, WRITER)) == 1


def test_two_tenants_are_never_a_pair_among_many(generated: Generated, linked: pa.Table) -> None:
    tenants = {row["record_key"]: row["tenant_id"] for row in generated.records.to_pylist()}
    for left, right in keys_of(linked):
        assert tenants[left] is None or tenants[right] is None or tenants[left] == tenants[right]


def test_every_exact_pair_is_found(generated: Generated, linked: pa.Table) -> None:
    exact = law_5(generated.records)
    assert len(exact) > 100
    likely = {
        (pair["left_key"], pair["right_key"])
        for pair in linked.to_pylist()
        if pair["match_probability"] > 0.99
    }
    assert exact <= likely


def test_codes_are_not_looked_at() -> None:
    """A column of codes changes nothing."""
    records = table(WRITER, WRITER, *strangers())
    codes = records.append_column("code", pa.array(["P001"] * records.num_rows))
    assert find_pairs(codes, role_words()).equals(find_pairs(records, role_words()))


# --- the same again


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(
    generated: Generated, linked: pa.Table
) -> None:
    order = list(range(generated.records.num_rows))
    random.Random(3).shuffle(order)
    for threads in (1, 4):
        again = find_pairs(generated.records.take(order), role_words(), Options(threads=threads))
        assert again.equals(linked)


def test_a_higher_threshold_leaves_out_and_changes_nothing_else(
    generated: Generated, linked: pa.Table
) -> None:
    least = 0.1
    fewer = find_pairs(generated.records, role_words(), Options(queue_probability=least))
    kept = [pair for pair in linked.to_pylist() if pair["match_probability"] >= least]
    assert 0 < fewer.num_rows < linked.num_rows
    assert fewer.to_pylist() == kept


# --- blocks


def test_a_block_too_large_is_chained() -> None:
    """3,000 equal records: all are reached from one another, by far fewer pairs than all."""
    count = 3_000
    pairs = find_pairs(table(*[WRITER] * count), role_words())
    reached = {"dh_personas:000000"}
    for left, right in sorted(keys_of(pairs)):
        if left in reached:
            reached.add(right)
    assert len(reached) == count
    assert pairs.num_rows < count * 24


def test_in_a_large_block_what_is_most_alike_is_compared() -> None:
    """A title in every record; the two of one organisation and department lie side by side."""
    many = [
        {"name": "Medical Writer", "title": "Medical Writer", "organization": f"Firm {one}{other}"}
        for one in "abcdefghijklmnop"
        for other in "abcdefghijklmnop"
    ]
    twins = {"name": "Medical Writer", "title": "Medical Writer", "organization": "Aster Labs"}
    pairs = find_pairs(table(*many, twins, twins), role_words(), Options(queue_probability=0.001))
    assert ("dh_personas:000256", "dh_personas:000257") in keys_of(pairs)


def test_each_tenant_is_compared_within_itself_in_a_large_block() -> None:
    """200 tenants with two equal roles each: the other tenants' do not come between them."""
    rows = [
        {
            "name": "Medical Writer",
            "tenant_id": f"t{tenant:03}",
            "department": f"d{tenant}",
            "industry_id": "i1",
        }
        for tenant in range(200)
    ]
    pairs = find_pairs(table(*rows, *rows), role_words(), Options(queue_probability=1e-6))
    own = {(f"dh_personas:{tenant:06}", f"dh_personas:{tenant + 200:06}") for tenant in range(200)}
    assert keys_of(pairs) == own


# --- weights


def test_each_comparison_has_sound_weights() -> None:
    """m and u are probabilities; the m of what may be found of one pair are one at most; labels differ."""
    for comparison in COMPARISONS:
        levels = (*comparison.levels, comparison.otherwise)
        assert all(0 < level.m < 1 and 0 < level.u < 1 for level in levels)
        # whether one is a person and the other a role is seen before any name is compared
        exclusive = [level for level in levels if level.condition != "is_role_l <> is_role_r"]
        assert sum(level.m for level in exclusive) <= 1.001
        assert len({level.label for level in levels}) == len(levels)


def test_the_start_follows_the_number_of_records() -> None:
    """So that a rare value's weight and the start balance each other, however large the table."""
    assert start(1_000) == pytest.approx(1_000 * start(1_000_000))
    assert start(0) <= 0.5


# --- quality


def test_what_is_the_same_is_found_and_the_queue_is_short(generated: Generated, linked: pa.Table) -> None:
    """The bounds of issue 4, on a small set; `make linkage` has the large one."""
    tenants = {row["record_key"]: row["tenant_id"] for row in generated.records.to_pylist()}
    groups: dict[int, list[str]] = {}
    for key, entity in sorted(generated.entities.items()):
        groups.setdefault(entity, []).append(key)
    true = {
        (left, right)
        for keys in groups.values()
        for place, left in enumerate(keys)
        for right in keys[place + 1 :]
        if len({tenants[left], tenants[right]} - {None}) < 2
    }
    exact, pairs = law_5(generated.records), keys_of(linked)
    assert exact <= true
    assert len(pairs & true) >= 0.98 * len(true)
    assert len(pairs - exact) <= 3 * len(true - exact)


def test_weights_can_be_trained_and_are_the_same_again() -> None:
    """On 12,000 records: other weights, the same for the same seed, whatever the order and threads."""
    made = generate(6_000, seed=5)
    trained = find_pairs(made.records, role_words(), Options(train=True))
    order = list(range(made.records.num_rows))
    random.Random(1).shuffle(order)
    again = find_pairs(made.records.take(order), role_words(), Options(train=True, threads=1))
    assert trained.equals(again)
    assert not trained.equals(find_pairs(made.records, role_words()))
    assert law_5(made.records) <= keys_of(trained)


def test_a_small_table_trains_nothing(generated: Generated, linked: pa.Table) -> None:
    assert find_pairs(generated.records, role_words(), Options(train=True)).equals(linked)


# --- the real rows


@pytest.fixture(scope="module")
def real(shared_legacy: Path) -> Real:
    """The pairs of the real rows, and the rows."""
    records = legacy_records(shared_legacy)
    rows = {row["record_key"]: row for row in records.to_pylist()}
    return find_pairs(records, role_words()).to_pylist(), rows


def between(real: Real, one: str, other: str) -> list[dict[str, object]]:
    """The pairs of a record that is called `one`, and one called `other`; by name or title."""
    pairs, rows = real

    def called(key: object, label: str) -> bool:
        row = rows[str(key)]
        return label in (row["name"], row["title"])

    return [
        pair
        for pair in pairs
        if (called(pair["left_key"], one) and called(pair["right_key"], other))
        or (called(pair["left_key"], other) and called(pair["right_key"], one))
    ]


def test_the_three_medical_writers_are_in_the_queue(
    real: Real,
) -> None:
    pairs = between(real, "Medical Writer", "Medical Writer")
    assert len(pairs) == 3
    assert all("same role title" in labels(pair) for pair in pairs)


def test_the_two_thomas_andersons_are_in_the_queue(
    real: Real,
) -> None:
    (pair,) = between(real, "Thomas Anderson", "Thomas Anderson")
    assert labels(pair)[1:] == [
        "same name, apart from honorifics, capitals and the order of its words",
        "same role title",
    ]


def test_the_clinical_operations_director_of_both_tables_is_in_the_queue(
    real: Real,
) -> None:
    pairs = between(real, "Clinical Operations Director", "Clinical Operations Director")
    tables = sorted((str(pair["left_key"])[:3], str(pair["right_key"])[:3]) for pair in pairs)
    assert tables == [("dh_", "org"), ("dh_", "org"), ("org", "org")]


def test_the_product_manager_for_digital_health_is_in_the_queue(
    real: Real,
) -> None:
    (pair,) = between(real, "Product Manager (Digital Health)", "Digital Health Product Manager")
    assert "same role title once abbreviations are written out, whatever the order of its words" in labels(
        pair
    )


def test_none_of_the_real_rows_has_exact_evidence(
    real: Real,
) -> None:
    assert not any(label.startswith("equal name") for pair in real[0] for label in labels(pair))


def test_every_pair_that_was_labelled_same_is_in_the_queue(real: Real, project_root: Path) -> None:
    with (project_root / "tests" / "python" / "linkage" / "labelled_pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    same = {(row["left_key"], row["right_key"]) for row in rows if row["label"] == "same"}
    assert all(row["reason"] and row["label"] in ("same", "different", "cannot tell") for row in rows)
    assert same <= {(pair["left_key"], pair["right_key"]) for pair in real[0]}


# --- Spark


@pytest.mark.long
def test_spark_finds_the_same_pairs() -> None:
    """50,000 records."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("no pyspark; .ci/long installs it")
    if shutil.which("java") is None:
        pytest.skip("no java; Spark needs Java 17 or newer")
    records = generate(25_000, seed=3).records
    on_duckdb = find_pairs(records, role_words())
    on_spark = find_pairs(records, role_words(), Options(engine="spark"))
    assert on_duckdb.num_rows > 10_000
    assert on_spark.equals(on_duckdb)
