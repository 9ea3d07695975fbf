"""The review queue in the report: what waits for a person, why, and what merging would change."""

import json
from itertools import accumulate
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from dbt_project import Project
from personas.proof import review_queue
from personas.proof.places import Places
from report_page import ATTACK, opened, unfold
from verified import Console, reader

QUEUE = "personas_audit.match_review_queue"
MATCHES = "personas_intermediate.int_persona_matches"
# Of a waterfall: where 0 and another weight are on its axis, the ends of its bars, and what is written.
_AS_DRAWN = """
    const all = (what) => [...arguments[0].querySelectorAll(what)];
    const at = (line, name = "x1") => parseFloat(line.getAttribute(name));
    const words = (what) => all(what).map((text) => text.textContent);
    return {
      even: at(all(".even")[0]), tick: at(all(".tick")[0]), weight: words(".scale")[0],
      ends: all(".step").map((line) => at(line)), total: at(all(".total rect")[0], "width"),
      values: words(".value"),
    }
"""


def shown(browser: webdriver.Chrome, console: Console, page: Path) -> list[WebElement]:
    """Writes and opens the page, with everything unfolded; its pairs."""
    console.report(page)
    opened(browser, page)
    unfold(browser)
    return browser.find_elements(By.CSS_SELECTOR, ".pair")


def said(browser: webdriver.Chrome) -> str:
    """The paragraph that opens the section."""
    return browser.find_element(By.CSS_SELECTOR, "#queue + p").text


def keys(pair: WebElement) -> tuple[str, str]:
    """The ids of both rows."""
    left, right = (code.text for code in pair.find_elements(By.CSS_SELECTOR, ".two th code")[:2])
    return left, right


def number(words: str) -> float:
    """A number that is written with a minus sign."""
    return float(words.replace("\u2212", "-"))


def cells(pair: WebElement, field: str) -> list[WebElement]:
    """The cells of a field: its name, and the value of either row."""
    (row,) = (
        row
        for row in pair.find_elements(By.CSS_SELECTOR, ".two tbody tr")
        if row.find_element(By.TAG_NAME, "td").text.removesuffix("≠").strip() == field
    )
    return row.find_elements(By.TAG_NAME, "td")


def pairs_that_wait(project: Project) -> list[tuple[str, str, float, list[dict[str, Any]]]]:
    """Left id, right id, probability and reasons, the likeliest first: from the matches, without the queue.

    Nobody has decided anything in the demo, and none of its personas has rows of two tenants.
    """
    persona = dict(
        project.query(
            "select source_table || ':' || source_id, persona_id"
            " from personas_intermediate.int_persona_clusters"
        )
    )
    likeliest: dict[frozenset[Any], tuple[float, str, str, list[dict[str, Any]]]] = {}
    for left, right, probability, reasons in project.query(
        f"select left_key, right_key, match_probability, reasons from {MATCHES}"
        " order by match_weight desc, left_key, right_key"
    ):
        if persona[left] != persona[right]:
            found = (probability, left, right, reasons)
            likeliest.setdefault(frozenset({persona[left], persona[right]}), found)
    in_order = sorted(likeliest.values(), key=lambda pair: (-pair[0], pair[1], pair[2]))
    return [
        (left.split(":")[1], right.split(":")[1], probability, reasons)
        for probability, left, right, reasons in in_order
    ]


# --- what is shown ----------------------------------------------------------------------------------------


def test_all_pairs_that_wait_are_shown_the_likeliest_first_and_hinder_no_go(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    expected = pairs_that_wait(console.project)
    assert len(expected) > 20
    pairs = shown(browser, console, tmp_path / "report.html")
    assert browser.find_element(By.ID, "verdict").text == "GO"
    assert said(browser).startswith(f"{len(expected)} pairs wait for a person")
    assert "more in" not in said(browser)
    assert [keys(pair) for pair in pairs] == [(left, right) for left, right, _, _ in expected]
    for pair, (_, _, probability, _) in zip(pairs, expected, strict=True):
        words = pair.find_element(By.CSS_SELECTOR, "summary .number").text
        assert float(words.removesuffix("%").strip()) == pytest.approx(100 * probability, abs=0.5)


def test_both_rows_stand_side_by_side_as_they_are_in_the_old_tables(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    pair = shown(browser, console, tmp_path / "report.html")[0]
    rows = {
        str(row[0]): row[1:]
        for row in console.project.query(
            "select dh_personas.id, dh_personas.name, title, organization, function, tier, typical_titles,"
            " industry_name from dh_personas left join industries on industries.id = industry_id"
        )
    }
    left, right = (rows[key] for key in keys(pair))
    assert left[0].strip() == right[0].strip() == "Dr. Yara Sato", "another pair is the likeliest by now"
    for place, field in enumerate(("name", "title", "organization", "department or function", "tier")):
        name, *values = cells(pair, field)
        assert [value.text for value in values] == [str(left[place]).strip(), str(right[place]).strip()]
        assert ("≠" in name.text) is (left[place] != right[place]), field
    order = [row.text.split("\n")[0] for row in pair.find_elements(By.CSS_SELECTOR, ".two td:first-child")]
    assert [name.removesuffix("≠").strip() for name in order[:4]] == [
        *("name", "title", "organization", "department or function")
    ]


def test_a_private_row_is_said_to_be_one(browser: webdriver.Chrome, console: Console, tmp_path: Path) -> None:
    tenants = dict(console.project.query("select id::text, tenant_id::text from org_personas"))
    marked = 0
    for pair in shown(browser, console, tmp_path / "report.html"):
        heads = pair.find_elements(By.CSS_SELECTOR, ".inside > .two th")[1:]
        for key, head in zip(keys(pair), heads, strict=True):
            tenant = tenants.get(key)
            assert f"private to tenant {tenant}" in head.text if tenant else "private" not in head.text
            marked += tenant is not None
    assert marked > 5


def test_what_merging_would_change_is_what_the_queue_says(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    expected = {
        (left, right): (sentences, changes)
        for left, right, sentences, changes in console.project.query(
            f"select left_id::text, right_id::text, merging_would, changes from {QUEUE}"
        )
    }
    for pair in shown(browser, console, tmp_path / "report.html"):
        sentences, changes = expected[keys(pair)]
        rows = pair.find_elements(By.CSS_SELECTOR, ".changes tbody tr")
        gained = [change["field"] for change in changes if change["is_gained"]]
        assert len(rows) == len(changes)
        assert [row.text.split(" ")[0] for row in rows if "gained" in row.text.split("\n")[0]] == gained
        listed = [item.text for item in pair.find_elements(By.CSS_SELECTOR, ".why li")]
        assert len(listed) == len(sentences) - len(changes)
        assert listed[0] == sentences[0]
        assert set(listed) <= set(sentences)


def test_the_bars_add_up_to_the_weight_of_the_pair(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    expected = pairs_that_wait(console.project)
    pairs = shown(browser, console, tmp_path / "report.html")
    for pair, (_, _, _, reasons) in zip(pairs, expected, strict=True):
        picture = pair.find_element(By.CSS_SELECTOR, "svg.waterfall")
        drawn = browser.execute_script(_AS_DRAWN, picture)
        unit = (drawn["tick"] - drawn["even"]) / number(drawn["weight"])
        sums = list(accumulate(reason["weight"] for reason in reasons))
        assert [(end - drawn["even"]) / unit for end in drawn["ends"]] == pytest.approx(sums, abs=0.05)
        assert drawn["total"] / unit == pytest.approx(abs(sums[-1]), abs=0.05)
        values = [number(value) for value in drawn["values"]]
        assert values == pytest.approx([*(reason["weight"] for reason in reasons), sums[-1]], abs=0.051)


def test_who_may_only_look_sees_the_queue(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    expected = pairs_that_wait(console.project)
    with reader(console.project) as console.user:
        pairs = shown(browser, console, tmp_path / "report.html")
    assert len(pairs) == len(expected)
    assert pairs[0].find_elements(By.CSS_SELECTOR, ".changes tbody tr")


# --- what cannot be shown ---------------------------------------------------------------------------------


def test_nothing_of_a_pair_runs(browser: webdriver.Chrome, console: Console, tmp_path: Path) -> None:
    attack = ATTACK.replace("'", "''")
    reason = json.dumps(
        {"comparison": ATTACK, "label": ATTACK, "weight": 1.0, "bayes_factor": 2, "rarity_weight": 0}
    ).replace("'", "''")
    console.project.execute(
        f"update dh_personas set name = '{attack}', title = '{attack}' || id, notes = '{attack}' || tier,"
        f" tags = to_jsonb(array['{attack}'])",
        f"update {MATCHES} set blocking_rule = '{attack}', reasons = reasons || '{reason}'::jsonb",
        f"update industries set industry_name = '{attack}' || industry_code",
    )
    page = tmp_path / "report.html"
    pair = shown(browser, console, page)[0]
    assert "owned" not in browser.title
    assert cells(pair, "name")[1].text == ATTACK
    assert cells(pair, "title")[2].text.startswith(ATTACK)
    assert ATTACK in pair.find_element(By.TAG_NAME, "summary").text
    assert pair.text.count(ATTACK) > 8
    assert "<script>document" not in page.read_text()
    assert "<img" not in page.read_text()


def test_a_database_of_before_says_how_to_get_a_queue(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    console.project.execute(f"drop view {QUEUE}")
    assert shown(browser, console, tmp_path / "report.html") == []
    red = browser.find_elements(By.CSS_SELECTOR, ".check[data-status=red]")
    assert [check.get_attribute("data-check") for check in red] == ["last_build"], "a relation is gone"
    assert said(browser).startswith("There is no queue")
    assert "personas build" in said(browser)
    text = browser.find_element(By.TAG_NAME, "body").text
    assert "could not be read" not in text
    assert len(browser.find_elements(By.CSS_SELECTOR, ".review > input")) > 0


def test_an_unreadable_queue_leaves_the_rest_alone(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    console.project.execute(f"alter view {QUEUE} rename column changes to changed")
    assert shown(browser, console, tmp_path / "report.html") == []
    assert 'could not be read: column "changes" does not exist' in said(browser)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".review > input")) > 0


def test_an_empty_queue_says_so(browser: webdriver.Chrome, console: Console, tmp_path: Path) -> None:
    console.project.execute(f"delete from {MATCHES}")
    assert shown(browser, console, tmp_path / "report.html") == []
    assert said(browser).startswith("0 pairs wait")
    assert browser.find_elements(By.CSS_SELECTOR, ".waterfalls") == []


# --- a long queue -----------------------------------------------------------------------------------------


def test_only_the_likeliest_are_shown_and_the_rest_counted(
    browser: webdriver.Chrome, console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = pairs_that_wait(console.project)
    monkeypatch.setattr(review_queue, "PAIRS_SHOWN", 5)
    pairs = shown(browser, console, tmp_path / "report.html")
    assert [keys(pair) for pair in pairs] == [(left, right) for left, right, _, _ in expected[:5]]
    assert said(browser).startswith(f"{len(expected)} pairs wait")
    assert f"The likeliest 5 are here; {len(expected) - 5} more in {QUEUE}" in said(browser)


class Recording(psycopg.Connection[Any]):
    """A connection that keeps the plan of each query that it runs, as it was run."""

    plans: list[dict[str, Any]]

    def execute(self, query: Any, params: Any = None, **options: Any) -> psycopg.Cursor[Any]:
        """Runs the query, explained first."""
        if isinstance(query, sql.Composed):
            explain = sql.SQL("explain (analyze, timing off, format json) ") + query
            ((plan,),) = super().execute(explain, params).fetchall()
            self.plans.append(plan[0]["Plan"])
        return super().execute(query, params, **options)


def previews(plan: dict[str, Any]) -> list[int]:
    """How often each plan of what merging would change was run."""
    if "rows_of_both" in json.dumps(plan) and plan.get("Parent Relationship") == "SubPlan":
        return [plan["Actual Loops"]]
    return [loops for child in plan.get("Plans", []) for loops in previews(child)]


def test_the_previews_of_those_that_are_shown_only_are_worked_out(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review_queue, "PAIRS_SHOWN", 5)
    console.monkeypatch.setenv("PGUSER", console.user)
    with Recording.connect() as connection:
        connection.plans = []
        queue = review_queue.read(connection, Places())
    assert queue is not None
    assert len(queue.shown) == 5 < queue.count
    loops = [count for plan in connection.plans for count in previews(plan)]
    assert loops
    assert max(loops) <= 5
