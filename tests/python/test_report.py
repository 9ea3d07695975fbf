"""The GO/NO-GO page in a real browser: the verdict is there, nothing is fetched, nothing foreign runs."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from selenium import webdriver
from selenium.webdriver.common.by import By

from personas import cli
from personas.proof.evidence import Evidence, outcome_of_tests
from personas.proof.page import render
from personas.proof.verdict import Build, Finding, Status, Verdict
from report_page import ATTACK, opened, overflow
from verified import Console

NOW = datetime.now(UTC)
BUILD = Build("the-build", NOW, NOW, 70, 160, 0, 0, NOW + timedelta(hours=24))
GREEN = Finding("round_trip", "The law.", "a.b", Status.GREEN, "3 of 3 rows", 0.1, "select 1")
VERDICT = Verdict((GREEN,), NOW, "db on host", "me", "personas", BUILD)


def written(path: Path, verdict: Verdict, evidence: Evidence | None = None) -> Path:
    """The page as a file."""
    path.write_text(render(verdict, evidence), encoding="utf-8")
    return path


# --- of a database ----------------------------------------------------------------------------------------


def test_a_go_is_found_with_its_evidence(browser: webdriver.Chrome, console: Console, tmp_path: Path) -> None:
    page = tmp_path / "new folder" / "report.html"
    result = console.report(page)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == f"Report: {page}"
    assert opened(browser, page) == "GO"
    assert browser.title.startswith("GO · under_test on ")
    text = browser.find_element(By.TAG_NAME, "body").text
    for section in (
        *("Checks", "Row flow", "Where each legacy column goes"),
        *("What is shown otherwise than it was, and why", "Merges", "Review queue", "Tests"),
        *("Old beside new: personas of tier 1", "Decision"),
    ):
        assert section in text
    assert "could not be read" not in text
    # 182 + 35 rows, three groups of equal ones (personas demo load); 59 + 37 columns.
    assert "4 rows were merged" in text
    counts = "return [...document.querySelectorAll('svg.wide .rows')].map((rows) => rows.textContent)"
    assert {"182", "35", "217", "213"} <= set(browser.execute_script(counts))
    cells = browser.find_elements(By.CSS_SELECTOR, ".grid li")
    assert len(cells) == 59 + 37 + 11 + 11
    tier_1 = (
        "select count(distinct persona_id) from personas.persona_source_mapping"
        " join dh_personas on id = source_id"
    )
    assert len(browser.find_elements(By.CSS_SELECTOR, ".review > input")) == console.project.value(
        f"{tier_1} where tier = 1"
    )
    assert "no reason listed" not in page.read_text()
    checks = browser.find_elements(By.CSS_SELECTOR, ".check")
    assert [check.get_attribute("data-status") for check in checks] == ["green"] * 10
    for check in checks:
        assert "select" in (check.find_element(By.TAG_NAME, "pre").get_attribute("textContent") or "")


def test_it_needs_no_network_and_fits_a_phone(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    console.report(page)
    html = page.read_text()
    assert not re.search(r"https?://|//[a-z]|url\(|@import|\bsrc=|<link", html), "it would fetch something"
    opened(browser, page, width=390)
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert overflow(browser) == 0
    opened(browser, page, width=1200)
    assert overflow(browser) == 0
    log = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in log if entry["level"] == "SEVERE"] == []


def test_a_no_go_says_why_and_shows_the_rows(
    browser: webdriver.Chrome, console: Console, tmp_path: Path
) -> None:
    lost = console.project.value("select min(source_id::text) from personas.persona_source_mapping")
    console.project.execute(f"delete from personas.persona_source_mapping where source_id = '{lost}'")
    page = tmp_path / "report.html"
    assert console.report(page).exit_code == 1
    assert opened(browser, page, width=390) == "NO-GO"
    first = browser.find_element(By.CSS_SELECTOR, ".check")
    assert (first.get_attribute("data-status"), first.get_attribute("open")) == ("red", "true")
    assert lost in first.text
    assert overflow(browser) == 0


def test_nothing_from_the_database_runs(browser: webdriver.Chrome, console: Console, tmp_path: Path) -> None:
    project = console.project
    attack = ATTACK.replace("'", "''")
    project.execute(
        f"update dh_personas set name = '{attack}', background = '{attack}', tier = 1",
        f"update org_personas set name = '{attack}' || code, goals = to_jsonb('{attack}'::text)",
    )
    page = tmp_path / "report.html"
    assert console.report(page).exit_code == 1, "the marts are older than the rows"
    assert opened(browser, page) == "NO-GO"
    assert browser.title.startswith("NO-GO")
    project.build()
    console.report(page)
    opened(browser, page)
    assert "owned" not in browser.title
    assert ATTACK in browser.find_element(By.ID, "review").find_element(By.XPATH, "..").text
    assert "<script>document" not in page.read_text()


def test_only_the_first_personas_of_tier_1_are_shown_and_the_rest_counted(
    console: Console, tmp_path: Path, browser: webdriver.Chrome
) -> None:
    console.project.execute("update dh_personas set tier = 1")
    page = tmp_path / "report.html"
    console.report(page)
    opened(browser, page)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".review > input")) == 100
    # 182 rows, of which four are merged into others.
    assert "178 personas of high value" in browser.find_element(By.TAG_NAME, "body").text
    assert "78 more are not" in browser.find_element(By.TAG_NAME, "body").text


def test_the_page_and_the_json_agree(console: Console, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    result = console.run("report", "--json", "--output", str(page))
    verdict: dict[str, Any] = json.loads(result.stdout)
    assert verdict["verdict"] == "GO"
    assert f"<title>{verdict['verdict']} · " in page.read_text()
    assert result.stderr == f"Report: {page}\n"


def test_where_nobody_can_tell_no_older_page_stays(
    browser: webdriver.Chrome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = written(tmp_path / "report.html", VERDICT)
    assert opened(browser, page) == "GO"
    monkeypatch.setenv("PGHOST", str(tmp_path))
    assert CliRunner().invoke(cli.main, ["report", "--output", str(page)]).exit_code == 2
    assert opened(browser, page) == "CANNOT TELL"
    assert "cannot connect to" in browser.find_element(By.TAG_NAME, "body").text


# --- of its age -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "shown", "is_stale"), [(1, "GO", False), (-1, "NO-GO", True)])
def test_the_page_itself_grows_old(
    browser: webdriver.Chrome, tmp_path: Path, hours: int, shown: str, is_stale: bool
) -> None:
    until = NOW + timedelta(hours=hours)
    verdict = replace(VERDICT, build=replace(BUILD, valid_until=until))
    page = written(tmp_path / "report.html", verdict)
    assert '<h1 id="verdict" class="verdict">GO</h1>' in page.read_text(), (
        "also without JavaScript the verdict of then"
    )
    assert opened(browser, page) == shown
    banner = browser.find_element(By.ID, "stale")
    assert banner.is_displayed() is is_stale
    if is_stale:
        assert banner.text.startswith("STALE · NO-GO")
        assert browser.title == "STALE · NO-GO"
        words = [word.text for word in browser.find_elements(By.CLASS_NAME, "verdict")]
        assert set(words) == {"NO-GO"}
        assert browser.find_element(By.ID, "reason").text.startswith(
            "When this was written: all 1 checks hold"
        )


def test_a_build_is_judged_by_its_own_evidence_only() -> None:
    assert VERDICT.is_of("the-build")
    assert not VERDICT.is_of("a-later-partial-build")
    assert not replace(VERDICT, build=None).is_of("the-build")


# --- of dbt's artifacts -----------------------------------------------------------------------------------


def test_tests_are_those_of_the_recorded_build_or_not_listed() -> None:
    results = {
        "metadata": {"invocation_id": "the-build"},
        "results": [
            {"unique_id": "model.p.m", "status": "success"},
            {"unique_id": "test.p.good.1", "status": "pass"},
            {"unique_id": "test.p.loud.1", "status": "warn"},
            {
                "unique_id": "test.p.bad.1",
                "status": "fail",
                "message": "Got 2\nresults",
                "relation_name": '"r"',
            },
            {"unique_id": "unit_test.p.m.broken", "status": "error", "message": "oh"},
        ],
    }
    run = outcome_of_tests(results, BUILD)
    assert run is not None
    assert (run.passed, run.failed, run.errors) == (2, 1, 1)
    assert run.failures == (("bad", "Got 2 results", '"r"'), ("m", "oh", None))
    other = outcome_of_tests(results, replace(BUILD, invocation_id="another"))
    assert other is not None
    assert (other.passed, other.failed, other.failures) == (160, 0, ())
    assert "of another run" in other.source
    assert outcome_of_tests(results, None) is None
