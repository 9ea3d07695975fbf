"""The GO/NO-GO page in a real browser."""

from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By

ATTACK = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


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
