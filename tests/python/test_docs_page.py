"""The docs page in a real browser: an analyst can follow a legacy column to its new place, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from dbt_project import Workshop, build_demo

WAIT_SECONDS = 30


@pytest.fixture(scope="module")
def page(workshop_18: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The page that `dbt docs generate --static` leaves, built from the demo."""
    target = tmp_path_factory.mktemp("docs")
    with workshop_18.project("demo", build_demo) as project:
        project.dbt(
            "docs",
            "generate",
            "--static",
            "--target-path",
            str(target),
            environment={"DBT_WRITE_JSON": "true"},
        ).succeeded()
        yield target / "static_index.html"


def text_of(browser: webdriver.Chrome, page: Path, place: str, wanted: str) -> str:
    """The text that the page shows at a place, once it contains `wanted`."""
    browser.get("about:blank")
    browser.get(f"{page.as_uri()}#!/{place}")
    WebDriverWait(browser, WAIT_SECONDS).until(lambda b: wanted in b.find_element(By.TAG_NAME, "body").text)
    return browser.find_element(By.TAG_NAME, "body").text


def unfold(browser: webdriver.Chrome, column: str) -> str:
    """Clicks a column's row in the table of columns; the text that unfolds."""
    cells = browser.find_elements(By.XPATH, f"//tr[td[normalize-space()='{column}']]")
    assert cells, f"the page lists no column {column}"
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()", cells[0])
    below = f"//tr[td[normalize-space()='{column}']]/following-sibling::tr[1]"
    return browser.find_element(By.XPATH, below).text


def test_the_page_opens_without_a_network_and_says_where_to_look(
    browser: webdriver.Chrome, page: Path
) -> None:
    text = text_of(browser, page, "overview", "From a legacy column to its new place")
    assert "persona_source_mapping" in text


@pytest.mark.parametrize(
    ("table", "column", "place"),
    [
        ("dh_personas", "background", "personas.description"),
        ("dh_personas", "tier", "personas.profile.tier"),
        ("dh_personas", "pharma_id", "persona_industry_mapping.industry_specific_id"),
        ("dh_personas", "primary_role_id", "persona_role_mapping"),
        ("org_personas", "key_responsibilities", "personas.responsibilities"),
        ("org_personas", "metadata", "personas.profile.metadata"),
    ],
)
def test_a_legacy_column_says_where_it_goes(
    browser: webdriver.Chrome, page: Path, table: str, column: str, place: str
) -> None:
    text_of(browser, page, f"source/source.persona_consolidation.legacy.{table}", table)
    assert place in unfold(browser, column)


@pytest.mark.parametrize(
    ("column", "origin"),
    [("description", "dh_personas.background"), ("responsibilities", "org_personas.key_responsibilities")],
)
def test_a_target_column_says_where_it_comes_from(
    browser: webdriver.Chrome, page: Path, column: str, origin: str
) -> None:
    text_of(browser, page, "model/model.persona_consolidation.personas", "One row per persona")
    assert origin in unfold(browser, column)


def test_the_lineage_leads_from_the_legacy_tables_to_the_marts(browser: webdriver.Chrome, page: Path) -> None:
    place = "model/model.persona_consolidation.personas?g_v=1&g_i=%2Bpersonas%2B"
    text_of(browser, page, place, "Lineage Graph")
    drawn = "return document.querySelectorAll('canvas').length"
    WebDriverWait(browser, WAIT_SECONDS).until(lambda b: b.execute_script(drawn) > 0)
    selected = "return [...document.querySelectorAll('input')].map(input => input.value)"
    assert "+personas+" in browser.execute_script(selected)
