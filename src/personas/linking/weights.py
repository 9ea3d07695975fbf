"""The weights: how much each agreement and disagreement says. Fixed, in this file only.

A table of a few hundred rows cannot train them, so they are stated: `m` is how often a level is seen among
records of one persona, `u` among records of different ones; log2(m / u) is the level's weight. They follow
from the field's rows: half of the columns are empty, titles and departments repeat, names hardly do.

* A level with `frequency` says as much as its value is rare: u is the value's share of all records. `Medical
  Writer` in every tenth record says little, a title that two records in 200,000 share says nearly all.
* The start is `EXPECTED_TWINS` / number of records: that many other records of a record's persona are
  expected, however large the table is. So the weight of a pair does not drift as tables grow.
* Titles, typical titles, role label and department say partly the same thing. Their weights are kept below
  what each would have alone.
* A column that is empty on either side says nothing (no level, weight 0). Codes such as P001 are no column.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

EXPECTED_TWINS = 0.2


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison: the words for it, its condition in DuckDB's SQL (`role_no_l` is the left
    record's `role_no`; only what sqlglot can say in Spark's SQL), m and u, and the column whose frequency
    replaces u."""

    label: str
    condition: str
    m: float
    u: float
    frequency: str | None = None


@dataclass(frozen=True)
class Comparison:
    """Levels from the strongest to the weakest; the first that holds counts, the last is anything else.
    `unknown`: when nothing is compared."""

    name: str
    unknown: str
    levels: tuple[Level, ...]
    otherwise: Level = field(kw_only=True)


def _unknown(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _near(column: str, long_enough: int) -> str:
    """One letter otherwise, or two in a longer text. What is cheap to see comes first: the lengths."""
    shorter = f"least(length({column}_l), length({column}_r))"
    allowed = f"case when {shorter} >= {long_enough} then 2 else 1 end"
    return (
        f"{shorter} >= 5 and abs(length({column}_l) - length({column}_r)) <= 2"
        f" and levenshtein({column}_l, {column}_r) <= {allowed}"
    )


def _near_role() -> str:
    """Two changes take away two letters of the alphabet and bring two at most."""
    left, right = "role_letters_l", "role_letters_r"
    differing = f"bit_count({left}) + bit_count({right}) - 2 * bit_count({left} & {right})"
    return f"{differing} <= 4 and {_near('role_text', 12)}"


def _overlap(column: str) -> str:
    return f"array_length(array_intersect({column}_l, {column}_r))"


def _longer_role() -> str:
    """Two words at least are the same, all of the shorter, and the longer has two more at most."""
    left, right = "array_length(role_words_l)", "array_length(role_words_r)"
    return (
        "((role_mask_l & role_mask_r) = role_mask_l or (role_mask_l & role_mask_r) = role_mask_r)"
        f" and least({left}, {right}) >= 2 and abs({left} - {right}) <= 2"
        f" and {_overlap('role_words')} = least({left}, {right})"
    )


def _at_least(count: int, values: str, mask: str) -> str:
    """So many values of the list are in both; the masks, which are cheap to see, first."""
    return f"({mask}_l & {mask}_r) <> 0 and {_overlap(values)} >= {count}"


def _shorter_organization() -> str:
    left, right = "organization_mask_l", "organization_mask_r"
    shorter = "least(array_length(organization_words_l), array_length(organization_words_r))"
    return (
        f"(({left} & {right}) = {left} or ({left} & {right}) = {right})"
        f" and {_overlap('organization_words')} = {shorter}"
    )


EXACT = Comparison(
    "exact evidence",
    _unknown("exact_no"),
    (
        Level(
            "equal name, title, organisation and industry, within one tenancy",
            "exact_no_l = exact_no_r",
            0.5,
            5e-7,
        ),
    ),
    # Says nothing: the other comparisons say what differs.
    otherwise=Level("name, title, organisation and industry are not all equal", "", 0.5, 0.5),
)
"""Law 5: what merges by itself. Such a pair is among the most likely whatever its values."""

COMPARISONS: tuple[Comparison, ...] = (
    EXACT,
    Comparison(
        "name",
        "(is_role_l and is_role_r) or (not is_role_l and given_l is null)"
        " or (not is_role_r and given_r is null)",
        (
            Level("one record names a person, the other only a role", "is_role_l <> is_role_r", 0.35, 0.5),
            Level(
                "same name, apart from honorifics, capitals and the order of its words",
                "name_no_l = name_no_r and initials_l = initials_r",
                0.62,
                0.0002,
                "name_no",
            ),
            Level(
                "same name, in one of them without the middle initial",
                "name_no_l = name_no_r and (initials_l = '' or initials_r = '')",
                0.1,
                0.0002,
                "name_no",
            ),
            Level("same name, but another middle initial", "name_no_l = name_no_r", 0.005, 0.001),
            Level(
                "same family name, and the given name's initial fits",
                "family_l = family_r and (abbreviated_l or abbreviated_r)"
                " and substring(given_l, 1, 1) = substring(given_r, 1, 1)",
                0.08,
                0.0006,
            ),
            Level(
                "nearly the same name: one or two letters differ",
                _near("name_text", 10),
                0.05,
                0.0003,
                "name_no",
            ),
            Level("same family name, another given name", "family_l = family_r", 0.02, 0.01),
        ),
        otherwise=Level("different names", "", 0.025, 0.98),
    ),
    Comparison(
        "role title",
        _unknown("role_no"),
        (
            Level("same role title", "role_text_l = role_text_r", 0.45, 0.0003, "role_no"),
            Level(
                "same role title once abbreviations are written out, whatever the order of its words",
                "role_no_l = role_no_r",
                0.3,
                0.0003,
                "role_no",
            ),
            Level(
                "nearly the same role title: one or two letters differ", _near_role(), 0.05, 0.0003, "role_no"
            ),
            Level(
                "the role title of one is among the other titles of the other",
                "list_contains(other_roles_l, role_no_r) or list_contains(other_roles_r, role_no_l)",
                0.03,
                0.0003,
                "role_no",
            ),
            Level("one role title has a word or two more", _longer_role(), 0.02, 0.0003, "role_no"),
        ),
        otherwise=Level("different role titles", "", 0.07, 0.99),
    ),
    Comparison(
        "typical titles",
        _unknown("typical_nos"),
        (
            Level(
                "two or more typical titles in common", _at_least(2, "typical_nos", "typical_mask"), 0.5, 0.02
            ),
            Level("a typical title in common", _at_least(1, "typical_nos", "typical_mask"), 0.25, 0.04),
        ),
        otherwise=Level("no typical title in common", "", 0.25, 0.94),
    ),
    Comparison(
        "organisation",
        _unknown("organization_no"),
        (
            Level(
                "same organisation", "organization_no_l = organization_no_r", 0.8, 0.001, "organization_no"
            ),
            Level(
                "nearly the same organisation: one or two letters differ",
                _near("organization_text", 12),
                0.06,
                0.001,
                "organization_no",
            ),
            Level(
                "the organisation's name is shorter in one of them",
                _shorter_organization(),
                0.05,
                0.001,
                "organization_no",
            ),
        ),
        otherwise=Level("different organisations", "", 0.09, 0.99),
    ),
    Comparison(
        "department or function",
        _unknown("department_no"),
        (
            Level("same department or function", "department_no_l = department_no_r", 0.5, 0.25),
            Level("departments share a word", _at_least(1, "department_words", "department_mask"), 0.25, 0.2),
        ),
        otherwise=Level("different departments", "", 0.25, 0.55),
    ),
    Comparison(
        "industry",
        _unknown("industry_id"),
        (Level("same industry", "industry_id_l = industry_id_r", 0.92, 0.3),),
        otherwise=Level("different industries", "", 0.08, 0.7),
    ),
    Comparison(
        "role label",
        _unknown("label_no"),
        (Level("listed under the same role", "label_no_l = label_no_r", 0.7, 0.35),),
        otherwise=Level("listed under different roles", "", 0.3, 0.65),
    ),
)


def column_of(comparison: Comparison) -> str:
    """The comparison's name as part of a column's: `role_title`."""
    return comparison.name.replace(" ", "_")


def start(records: int) -> float:
    """The probability that two records drawn by chance are one persona."""
    return min(0.5, EXPECTED_TWINS / max(records, 1))


Trained = Mapping[tuple[str, str], tuple[float, float]]
"""(comparison, level's label) → m, u; what `training.train` found."""
