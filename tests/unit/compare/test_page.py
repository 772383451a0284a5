import pytest
from tests.unit.compare._records import MACHINE, comparison

from onestage.compare import write_page, write_tables


@pytest.fixture(scope="module")
def page():
    return write_page(comparison())


def test_the_tables_come_first(page):
    assert page.startswith(write_tables(comparison()))


@pytest.mark.parametrize(
    "fact",
    [
        "Scale small: 500 steps",
        "in turns of 10 steps",
        "2,000 samples against 1,797 real ones of digits",
        "features of `digits-classifier` (sha256 0123456789ab)",
        "FID of one-stage over FID of two-stage-tuned",
        "1 of 2 cores used",
        "the paper, table 1",
        *(str(MACHINE[name]) for name in ("cpu", "torch", "python")),
    ],
)
def test_it_says_how_it_was_measured(page, fact):
    assert fact in page


def test_it_can_be_written_of_what_diverged():
    assert "diverged by step 30" in write_page(comparison(diverged=True))
