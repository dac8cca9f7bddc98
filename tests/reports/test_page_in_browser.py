"""The page in headless Chromium: it loads without a complaint, sorts, filters, injects nothing."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from reports.page import FULL, hostile, many
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select

from skewcheck.reports.html import render
from skewcheck.results.audit import Audit, JudgedTest
from skewcheck.results.verdicts import Verdict

NONE = "SKEWCHECK_NO_BROWSER"
Show = Callable[[Audit], Chrome]
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """A browser; without one the tests are left out, and the end of the run says so."""
    if os.environ.get(NONE):
        pytest.skip(f"{NONE} is set")
    driver = shutil.which("chromedriver")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if driver is None or chromium is None:
        absent = "chromedriver" if driver is None else "chromium"
        pytest.skip(f"no {absent}: apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # Chromium leaves sockets in the folder of temporary files.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        service = Service(driver, env={**os.environ, "TMPDIR": folder})
        try:
            found = Chrome(options=options, service=service)
        except WebDriverException as error:
            why = str(error.msg).partition("; For documentation")[0].partition("\n")[0]
            pytest.skip(f"{chromium} does not start: {why}")
        yield found
        found.quit()


@pytest.fixture
def show(browser: Chrome, tmp_path: Path) -> Show:
    """Open the page of an audit; the console must stay empty."""

    def opened(audit: Audit) -> Chrome:
        path = tmp_path / "report.html"
        path.write_bytes(render(audit).encode("utf-8", "backslashreplace"))
        browser.get(path.as_uri())
        assert browser.get_log("browser") == []
        return browser

    return opened


def shown(browser: Chrome) -> list[WebElement]:
    rows = browser.find_elements(By.CSS_SELECTOR, "#table tbody tr")
    return [row for row in rows if row.is_displayed()]


def names(browser: Chrome) -> list[str]:
    return [row.find_element(By.TAG_NAME, "th").text for row in shown(browser)]


def column(browser: Chrome, label: str) -> list[str]:
    heads = browser.find_elements(By.CSS_SELECTOR, "#table thead th")
    place = next(i for i, head in enumerate(heads) if head.text.startswith(label))
    return [row.find_elements(By.CSS_SELECTOR, "th, td")[place].text for row in shown(browser)]


def header(browser: Chrome, label: str) -> WebElement:
    heads = browser.find_elements(By.CSS_SELECTOR, "#table thead th")
    return next(head for head in heads if head.text.startswith(label))


def test_a_header_sorts_both_ways(show: Show) -> None:
    browser = show(FULL)
    before = names(browser)
    head = header(browser, "Distance")
    assert head.get_attribute("aria-sort") is None
    button = head.find_element(By.TAG_NAME, "button")
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    # 200 features may have figures of any kind: sorted as numbers, none of them last.
    assert column(browser, "Distance") == [
        "0.41",
        "0.14",
        "0.12",
        "0.0801",
        "0.002",
        "0.002",
        "–",
        "–",
    ]
    button.send_keys(Keys.ENTER)  # by the keyboard
    assert head.get_attribute("aria-sort") == "ascending"
    assert column(browser, "Distance") == [
        "0.002",
        "0.002",
        "0.0801",
        "0.12",
        "0.14",
        "0.41",
        "–",
        "–",
    ]
    header(browser, "Feature").find_element(By.TAG_NAME, "button").send_keys(Keys.SPACE)
    assert head.get_attribute("aria-sort") is None
    assert sorted(names(browser), key=str.casefold) == names(browser)
    header(browser, "Verdict").find_element(By.TAG_NAME, "button").click()
    assert [name[:4] for name in column(browser, "Verdict")] == [
        "SKEW", "SKEW", "INCO", "WARN", "OK", "OK", "OK", "UNTE",
    ]  # fmt: skip
    assert sorted(before) == sorted(names(browser))


def test_filters(show: Show) -> None:
    browser = show(FULL)
    words = browser.find_element(By.ID, "words")
    output = browser.find_element(By.ID, "shown")
    assert output.text == "8 of 8 features"
    words.send_keys("MOVED training")
    assert names(browser) == ["fare"]
    assert output.text == "1 of 8 features"
    words.clear()
    words.send_keys("no such words")
    assert names(browser) == []
    words.clear()
    words.send_keys(" ")
    Select(browser.find_element(By.ID, "verdict")).select_by_visible_text("ok")
    assert sorted(names(browser)) == ["Größe 🚕", "tip", "trip_miles"]
    words.send_keys(Keys.ENTER)  # does not leave the page
    assert output.text == "3 of 8 features"


def test_a_slash_leads_to_the_filter_and_escape_clears_it(show: Show) -> None:
    browser = show(FULL)
    words = browser.find_element(By.ID, "words")
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    assert browser.switch_to.active_element == words
    words.send_keys("a/b")  # where one writes, a slash is a slash
    assert words.get_attribute("value") == "a/b"
    words.send_keys(Keys.ESCAPE)
    assert (words.get_attribute("value"), len(names(browser))) == ("", 8)


def test_pictures_are_no_order_and_the_map_leads_to_its_features(show: Show) -> None:
    browser = show(FULL)
    pictures = browser.find_element(By.CSS_SELECTOR, "#table thead th[data-unsorted]")
    assert pictures.text.split() == ["training", "production"]
    assert not pictures.find_elements(By.TAG_NAME, "button")
    link = browser.find_element(By.CSS_SELECTOR, ".heat tbody a")
    link.click()
    article = browser.find_element(By.CSS_SELECTOR, "article:target")
    assert article.find_element(By.TAG_NAME, "h3").text.startswith("SKEW fare")


def test_roles_of_the_table_are_there_where_rows_are_cards(show: Show) -> None:
    browser = show(FULL)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    row = shown(browser)[0]
    assert row.aria_role == "row"
    assert {cell.aria_role for cell in row.find_elements(By.TAG_NAME, "td")} == {"cell"}
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


BROKEN_NUMBERS = r"""
const broken = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; (node = walker.nextNode());) {
  if (node.parentElement.closest("script, code.long")) continue;
  for (const match of node.data.matchAll(/\d[\d,.:-]*\d/g)) {
    const range = document.createRange();
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
    if (lines.size > 1) broken.push(match[0]);
  }
}
return broken;
"""


def test_no_number_is_broken_on_a_phone(show: Show) -> None:
    browser = show(FULL)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    assert not browser.execute_script(BROKEN_NUMBERS)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_control_has_a_name(show: Show) -> None:
    browser = show(FULL)
    controls = browser.find_elements(By.CSS_SELECTOR, "input, select, button, a, svg, summary")
    visible = [control for control in controls if control.is_displayed()]
    assert len(visible) > 20
    assert all(control.accessible_name for control in visible)
    assert {s.aria_role for s in browser.find_elements(By.TAG_NAME, "svg")} <= {"image", "img"}


def test_nothing_of_the_data_runs(show: Show) -> None:
    browser = show(hostile())
    # An alert would make this raise.
    assert browser.execute_script("return document.scripts.length") == 1
    assert len(names(browser)) == 2
    assert "<script>alert(1)</script>" in names(browser)[0]


def test_the_content_policy_stops_what_would_be_injected(show: Show) -> None:
    browser = show(FULL)
    browser.execute_script(
        "const added = document.createElement('script'); added.text = 'window.injected = true';"
        "document.body.append(added)"
    )
    assert browser.execute_script("return window.injected") is None
    assert "Content Security Policy" in browser.get_log("browser")[0]["message"]


def test_a_printed_page_is_as_wide_as_paper(show: Show) -> None:
    browser = show(many(40))
    a4 = {"width": 718, "height": 1047, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", a4)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 718
    assert not browser.find_element(By.ID, "filters").is_displayed()
    assert browser.find_element(By.CSS_SELECTOR, "#table thead").is_displayed()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_figures_on_a_phone_are_beside_each_other(show: Show) -> None:
    mean = JudgedTest("mean", Verdict.OK, -0.000892, 0.000892)
    features = tuple(
        replace(f, tests=(*(t for t in f.tests if t.name != "mean"), mean)) for f in FULL.features
    )
    browser = show(replace(FULL, features=features))
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    assert any(row.text.count("-0.000892 sd") for row in shown(browser))
    over = browser.execute_script(
        "return [...document.querySelectorAll('#table tbody td')].filter(td => {"
        "const range = document.createRange(); range.selectNodeContents(td);"
        "return range.getBoundingClientRect().right > td.getBoundingClientRect().right + 1"
        "}).map(td => td.textContent)"
    )
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert over == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_sideways_scrolling_and_colours_follow(show: Show, width: int, dark: bool) -> None:
    browser = show(many(40))
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    paper = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    assert paper == ("rgba(20, 23, 27, 1)" if dark else "rgba(255, 255, 255, 1)")
    drawn = browser.find_element(By.CSS_SELECTOR, "article svg path.t")
    stroke = drawn.value_of_css_property("stroke")
    assert stroke == ("rgb(141, 180, 236)" if dark else "rgb(66, 105, 165)")
