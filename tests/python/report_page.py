"""The GO/NO-GO page in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from test_docs_page import CHROMEDRIVER, CHROMIUM, QUIET

ATTACK = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@contextmanager
def headless(profile: Path) -> Iterator[webdriver.Chrome]:
    """Headless Chromium with its profile in a directory; skips the test where there is none."""
    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("no chromium and chromedriver; install the packages chromium and chromium-driver")
    options = Options()
    options.binary_location = CHROMIUM
    for argument in (*QUIET, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def opened(browser: webdriver.Chrome, page: Path, width: int = 1200) -> str:
    """Opens the page at a width in pixels; the verdict that it shows."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(page.as_uri())
    return browser.find_element(By.ID, "verdict").text


def unfold(browser: webdriver.Chrome) -> None:
    """Unfolds everything."""
    browser.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")


def overflow(browser: webdriver.Chrome) -> int:
    """By how many pixels the page is wider than its window, with everything unfolded."""
    unfold(browser)
    root = "document.documentElement"
    return int(browser.execute_script(f"return {root}.scrollWidth - {root}.clientWidth"))
