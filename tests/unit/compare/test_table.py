import pytest
from tests.unit.compare._records import comparison

from onestage.compare import build_tables, write_tables


def test_every_row_has_every_column():
    for table in build_tables(comparison()):
        assert {len(row) for row in table.rows} == {len(table.headings)}


def test_the_row_of_a_preset():
    quality, cost, _ = build_tables(comparison())
    assert quality.rows[0][:7] == (
        *("wgan", "2", "2.00", "2.00"),
        *("1.00 (1.00 to 1.00)", "1.00 (1.00 to 1.00)", "6.1%"),
    )
    assert "CelebA 33.30 -> 27.23" in quality.rows[0][7]
    assert quality.rows[1][7] == "-"
    assert cost.rows[0] == ("wgan", "20.0", "16.0", "1.25 (1.00)", "1.0", "1.0")


def test_the_row_of_a_run():
    runs = build_tables(comparison())[2]
    assert runs.rows[0] == (
        *("wgan", "0", "one-stage", "adam 0.001 (0.25, 0.99)", "20.0"),
        *("2.00", "4.00", "400", "0.030", "6.1%", "0.900"),
    )


def test_what_diverged_is_said():
    quality, _, runs = build_tables(comparison(diverged=True))
    assert quality.rows[0][1:4] == ("1", "2.00 (1 diverged)", "2.00")
    assert runs.rows[0][5] == "diverged by step 30"


@pytest.mark.parametrize("title", ["Quality", "Cost of a step", "Every run"])
def test_markdown_has_all_three(title):
    text = write_tables(comparison())
    assert f"## {title}" in text
    assert "| wgan | 2 | 2.00 |" in text
