"""The slider and the tables, by keyboard and by mouse."""

import pytest

pytestmark = pytest.mark.browser

SHOWN = "[...document.querySelectorAll('.grids img')].filter((i) => !i.hidden)"
STEPS = f"{SHOWN}.map((i) => Number(i.dataset.step))"
FIRST = "[...table.tBodies[0].rows].map((r) => r.cells[0].textContent)"


@pytest.fixture
def run_page(browser, pages):
    browser.open(pages / "run.html")
    return browser


def _tab_to(browser, condition):
    """Press Tab until the focus is where it should be: no mouse is needed to get there."""
    for _ in range(40):
        browser.press("Tab", 9)
        if browser.run(f"(() => {{ const e = document.activeElement; return {condition}; }})()"):
            return
    raise AssertionError(f"Tab does not reach {condition}")


def test_the_steps_are_walked_by_arrow_keys(run_page):
    assert run_page.run(STEPS) == [300]
    _tab_to(run_page, "e.id === 'walk'")
    for key, code, step in (
        ("ArrowLeft", 37, 200),
        ("ArrowLeft", 37, 100),
        ("ArrowLeft", 37, 100),
        ("ArrowRight", 39, 200),
        ("End", 35, 300),
        ("Home", 36, 100),
    ):
        run_page.press(key, code)
        assert run_page.run(STEPS) == [step]
        assert run_page.run("document.querySelector('output').value") == str(step)
        assert run_page.run("walk.getAttribute('aria-valuetext')") == f"step {step}"


def test_the_steps_are_walked_by_mouse(run_page):
    run_page.click("#walk")  # its middle
    assert run_page.run(STEPS) == [200]


def test_the_steps_are_walked_by_touch(browser, pages):
    browser.open(pages / "runs.html", 360)
    browser.touch("#walk")
    assert browser.run(STEPS) == [200, 200, 200]


def test_several_runs_walk_together(browser, pages):
    browser.open(pages / "runs.html")
    assert browser.run(STEPS) == [300, 300, 300]
    browser.run("walk.focus()")
    browser.press("ArrowLeft", 37)
    assert browser.run(STEPS) == [200, 200, 200]


def test_a_table_sorts_by_keyboard(run_page):
    run_page.run("window.table = document.querySelector('table.sorts')")
    assert run_page.run(FIRST) == ["100", "200", "300"]
    _tab_to(run_page, "e.textContent === 'FID'")
    run_page.press("Enter", 13, "\r")
    assert run_page.run(FIRST) == ["300", "200", "100"]
    sort = "[...table.tHead.rows[0].cells].map((c) => c.getAttribute('aria-sort'))"
    assert run_page.run(sort) == [None, "ascending", None]
    run_page.press(" ", 32, " ")
    assert run_page.run(FIRST) == ["100", "200", "300"]
    assert run_page.run(sort) == [None, "descending", None]


def test_a_table_sorts_by_mouse(browser, pages):
    browser.open(pages / "comparison.html")
    browser.run("window.table = document.querySelector('table.sorts')")
    assert browser.run(FIRST) == ["bgan", "cgan", "wgan"]
    for _ in range(2):  # up, then down
        browser.click("table.sorts th:last-child button")
    assert browser.run(FIRST) == ["wgan", "cgan", "bgan"]


def test_what_has_no_number_comes_last(run_page):
    run_page.run(
        "window.table = document.querySelector('table.sorts');"
        "delete table.tBodies[0].rows[0].cells[1].dataset.value;"
        "table.tHead.rows[0].cells[1].firstChild.click()"
    )
    assert run_page.run(FIRST) == ["300", "200", "100"]


def test_what_is_folded_opens_by_keyboard(browser, pages):
    browser.open(pages / "runs.html")
    _tab_to(browser, "e.tagName === 'SUMMARY'")
    browser.press("Enter", 13, "\r")
    assert browser.run("document.querySelector('details').open")


def test_the_last_step_is_shown_without_script(browser, pages):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages / "run.html")
        assert browser.run(STEPS) == [300]
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
