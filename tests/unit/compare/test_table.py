import pytest

from onestage.compare import build_tables, summarize, write_tables

METHODS = ("one-stage", "two-stage-tuned")


def comparison(diverged=False):
    records = [
        {
            "preset": preset,
            "method": method,
            "recipe": "adam 0.001 (0.25, 0.99)",
            "seed": seed,
            "steps_per_second": 20.0 if method == METHODS[0] else 16.0,
            "diverged_at": None,
            "metrics": {"fid": 2.0, "kid": 0.03, "smallest_class": 0.061, "confidence": 0.9},
            "metrics_at_equal_time": {"fid": 4.0},
            "equal_time_steps": 400,
            "flops": 100,
            "peak_bytes": 2**20,
        }
        for preset in ("wgan", "r3gan")
        for seed in (0, 1)
        for method in METHODS
    ]
    if diverged:
        records[0].update(metrics=None, metrics_at_equal_time=None, diverged_at=30)
    return {"methods": METHODS, "records": records, "summary": summarize(records, METHODS[1])}


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
