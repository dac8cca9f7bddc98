"""The page of a history in headless Chromium: it loads without a complaint, moves, opens nights."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from reports.nights_of_page import ACCEPTED, HOSTILE, hostile, month
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from skewcheck.reports.history_page import render


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chrome]:
    """A browser; without one, or where none is wanted, these tests are left out."""
    driver = shutil.which("chromedriver")
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    if driver is None or binary is None or os.environ.get("SKEWCHECK_NO_BROWSER"):
        pytest.skip("no browser: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        service = Service(driver, env={**os.environ, "TMPDIR": folder})
        try:
            started = Chrome(options=options, service=service)
        except WebDriverException as error:
            pytest.skip(f"{binary} does not start: {str(error.msg).partition(chr(10))[0]}")
        yield started
        started.quit()


def opened(chromium: Chrome, folder: Path, text: str) -> Chrome:
    path = folder / "history.html"
    path.write_text(text)
    chromium.get(path.as_uri())
    assert chromium.get_log("browser") == []
    return chromium


def test_keys_and_clicks_lead_to_a_night(chromium: Chrome, tmp_path: Path) -> None:
    page = opened(chromium, tmp_path, render(month(), ACCEPTED))
    table = page.find_element(By.CSS_SELECTOR, ".map")
    status = page.find_element(By.CSS_SELECTOR, ".status")
    page.execute_script("arguments[0].focus()", table)
    assert status.text.startswith(
        "tip: warn, half to one of its threshold. 2026-02-02 03:00: warn, 1 of 4 features"
    )
    table.send_keys(Keys.ARROW_DOWN, *[Keys.ARROW_LEFT] * 16)
    assert status.text.startswith("fare: skew, 2 to 5 times its threshold. 2026-01-14 03:00: skew")
    table.send_keys(Keys.ENTER)
    assert page.current_url.endswith("#n1-14")
    assert page.switch_to.active_element.get_attribute("id") == "n1-14"
    # The bars of the verdicts are links without the script too.
    links = page.find_elements(By.CSS_SELECTOR, ".verdicts a")
    assert [link.get_dom_attribute("href") for link in links] == [f"#n1-{i + 1}" for i in range(30)]
    strip = page.find_elements(By.CSS_SELECTOR, "tbody.features .strip svg")[1]
    page.execute_script(
        "const box = arguments[0].getBoundingClientRect();"
        "const at = {bubbles: true, clientX: box.left + 10.5 / 30 * box.width, clientY: box.top};"
        "arguments[0].dispatchEvent(new MouseEvent('click', at))",
        strip,
    )
    assert page.current_url.endswith("#n1-11")


def test_the_filter_leaves_what_has_the_words(chromium: Chrome, tmp_path: Path) -> None:
    page = opened(chromium, tmp_path, render(month()))
    page.find_element(By.CSS_SELECTOR, ".words").send_keys("FARE")
    rows = page.find_elements(By.CSS_SELECTOR, "tbody.features tr")
    assert [row.find_element(By.TAG_NAME, "th").text for row in rows if row.is_displayed()] == [
        "fare"
    ]
    assert page.find_element(By.CSS_SELECTOR, ".shown").text == "1 of 4 features"


@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_is_wider_than_the_page(chromium: Chrome, tmp_path: Path, width: int) -> None:
    page = opened(chromium, tmp_path, render(month(), ACCEPTED))
    page.set_window_size(1200, 900)
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    wide = page.execute_script("return document.documentElement.scrollWidth")
    # The sheet of the night's page holds here too, and must not style the legend.
    (legend,) = page.find_elements(By.CSS_SELECTOR, ".key")
    assert legend.size["height"] < (60 if width == 1200 else 180)
    assert legend.value_of_css_property("background-color") == "rgba(0, 0, 0, 0)"
    rows = page.find_elements(By.CSS_SELECTOR, "tbody.features tr")
    assert max(row.size["height"] for row in rows) < 120  # no letter below another
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide <= width


def test_no_name_runs(chromium: Chrome, tmp_path: Path) -> None:
    page = opened(chromium, tmp_path, render(hostile(HOSTILE)))
    assert HOSTILE in page.find_element(By.TAG_NAME, "body").text
    assert page.find_elements(By.CSS_SELECTOR, "script:not(:last-of-type)") == []


def test_without_the_script_a_night_is_a_link(chromium: Chrome, tmp_path: Path) -> None:
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page = opened(chromium, tmp_path, render(month(), ACCEPTED))
        assert not page.find_element(By.CSS_SELECTOR, ".filters").is_displayed()
        page.find_elements(By.CSS_SELECTOR, ".verdicts a")[10].send_keys(Keys.ENTER)
        assert page.current_url.endswith("#n1-11")
        page.find_element(By.LINK_TEXT, "2026-02-02 03:00").click()
        assert page.current_url.endswith("#n1-30")
        assert page.find_element(By.ID, "n1-30").is_displayed()
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
