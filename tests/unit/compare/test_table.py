import pytest
from tests.unit.compare._records import comparison

from onestage.compare import build_tables, find_warnings, write_tables


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
    assert quality.rows[0][4:6] == ("1.00", "1.00")  # of one seed there is no interval
    assert runs.rows[0][5] == "diverged by step 30"


@pytest.mark.parametrize("title", ["Quality", "Cost of a step", "Every run"])
def test_markdown_has_all_three(title):
    text = write_tables(comparison())
    assert f"## {title}" in text
    assert "| wgan | 2 | 2.00 |" in text


def test_what_is_wrong_with_the_figures_stands_below_the_first_table_once():
    record = comparison()
    assert find_warnings(record) == []
    for number, found in enumerate(record["records"]):
        found["metrics"] = {**found["metrics"], "warnings": ["singular", "few"][: 1 + number % 2]}
        found["metrics_at_equal_time"]["warnings"] = ["at equal time"]
    assert find_warnings(record) == ["singular", "at equal time", "few"]
    first, _, rest = write_tables(record).partition("## Cost of a step")
    for line in ("singular", "at equal time", "few"):
        assert first.count(f"\n\nWarning: {line}\n\n") == 1
        assert line not in rest


def test_warnings_of_what_diverged():
    assert find_warnings(comparison(diverged=True)) == []
