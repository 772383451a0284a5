"""What every page keeps to, in a real browser."""

import pytest

pytestmark = pytest.mark.browser

NAMES = ("run", "runs", "comparison")
WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")

# The least contrast of what is drawn on the card of a chart, as WCAG counts it.
CONTRAST = """
(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (colour) => rgb(colour).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
  };
  const found = [];
  for (const chart of document.querySelectorAll(".chart")) {
    const card = getComputedStyle(chart).backgroundColor;
    for (const line of chart.querySelectorAll(".c0, .c1, .c2"))
      found.push(ratio(getComputedStyle(line).stroke, card));
    for (const text of chart.querySelectorAll("figcaption, .note, svg text")) {
      const style = getComputedStyle(text);
      found.push(ratio(text.tagName === "text" ? style.fill : style.color, card) / 1.5);
    }
  }
  return Math.min(...found);
})()
"""


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_and_nothing_goes_wrong(browser, pages, name, width, scheme):
    page = pages / f"{name}.html"
    browser.open(page, width, scheme=scheme)
    assert browser.complaints == []
    fetched = [url for url in browser.requests if not url.startswith("data:")]
    assert fetched == [page.as_uri()]


@pytest.mark.parametrize("width", [*WIDTHS, 768])
@pytest.mark.parametrize("name", NAMES)
def test_the_page_never_scrolls_sideways(browser, pages, name, width):
    browser.open(pages / f"{name}.html", width)
    browser.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert browser.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_can_be_seen(browser, pages, name, scheme):
    browser.open(pages / f"{name}.html", scheme=scheme)
    background = browser.run("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(15, 19, 24)"}[scheme]
    assert browser.run(CONTRAST) >= 3  # and text, at 4.5


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_told_in_words(browser, pages, name):
    browser.open(pages / f"{name}.html")
    assert browser.run("document.images.length") == {"run": 3, "runs": 9, "comparison": 0}[name]
    assert browser.run("[...document.images].every((i) => i.alt)")
    drawings = "[...document.querySelectorAll('svg:not([aria-hidden])')]"
    assert browser.run(f"{drawings}.length") > 0
    assert browser.run(
        f"{drawings}.every((s) => s.getAttribute('aria-labelledby').split(' ')"
        ".every((id) => document.getElementById(id).textContent))"
    )


def test_pictures_are_shown(browser, pages):
    browser.open(pages / "run.html")
    assert browser.run("[...document.images].every((i) => i.complete && i.naturalWidth === 68)")


@pytest.mark.parametrize("name", NAMES)
def test_wide_tables_scroll_by_keyboard(browser, pages, name):
    browser.open(pages / f"{name}.html", 360)
    browser.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    wide = "[...document.querySelectorAll('.wide')].find((w) => w.scrollWidth > w.clientWidth)"
    browser.run(f"window.wide = {wide}; wide.focus()")
    assert browser.run("document.activeElement === wide")
    for _ in range(3):
        browser.press("ArrowRight", 39)
    browser.settle("wide.scrollLeft > 0")
