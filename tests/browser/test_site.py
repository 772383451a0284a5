"""The documentation in a real browser: `make docs` has built it."""

import pytest
from tests.doc._snippets import ROOT

pytestmark = pytest.mark.browser

SITE = ROOT / "docs" / "_build"
# Of every page of ours; the lists of names that Sphinx makes are among them.
PAGES = sorted(
    page.relative_to(SITE).as_posix()
    for page in SITE.rglob("*.html")
    if "_modules" not in page.parts and "_static" not in page.parts
)

# What is wider than the screen and does not lie in something that scrolls: neither does the page.
STICKS_OUT = """
[...document.querySelectorAll("article *")].filter((element) => {
  if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let box = element.parentElement; box.tagName !== "ARTICLE"; box = box.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return false;
  return true;
}).map((element) => element.outerHTML.slice(0, 80))
"""


def test_it_is_built():
    if not SITE.exists():
        pytest.skip("needs the site: make docs")
    sources = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert {f"{name}.html" for name in sources} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_on_a_phone(browser, page):
    """It never scrolls sideways, though its tables may, and fetches nothing from elsewhere."""
    browser.open(SITE / page, 360)
    assert browser.run("document.documentElement.scrollWidth") <= 360
    assert browser.run(STICKS_OUT) == []
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith(("data:", SITE.as_uri()))] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_landing_page_is_one_screen(browser, scheme):
    """What it is, what it saves and how to start, at a desk without a scroll."""
    browser.open(SITE / "index.html", 1280, 900, scheme)
    last = "[...document.querySelectorAll('article pre')].at(-1).getBoundingClientRect().bottom"
    assert browser.run(last) <= 900


def test_tables_scroll_in_themselves(browser):
    browser.open(SITE / "comparison.html", 360)
    wrapper = "[...document.querySelectorAll('.table-wrapper')]"
    assert browser.run(f"{wrapper}.some((w) => w.scrollWidth > w.clientWidth)")
    overflow = f"{wrapper}.map((w) => getComputedStyle(w).overflowX)"
    assert set(browser.run(overflow)) == {"auto"}


def test_the_search_finds(browser):
    browser.open(SITE / "search.html")
    browser.run("location.search = '?q=PerSampleRatio'")
    browser.settle("document.querySelectorAll('#search-results li').length > 0")
