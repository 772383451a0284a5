import pytest
from tests.unit.report._html import Page

from onestage.report import write_comparison

ATTACK = "<script>alert(1)</script>\"'"


def _record(preset, method, seed, fid):
    return {
        "preset": preset,
        "method": method,
        "recipe": "adam 0.001 (0.25, 0.99)",
        "seed": seed,
        "steps": 1500,
        "seconds": 20.0,
        "metrics": {"fid": fid, "num_samples": 2000},
        "metrics_at_equal_time": {"fid": fid - 1},
        "equal_time_steps": 1700,
        "peak_bytes": 2**21,
        "flops": 10**12,
        "config": {"secret": 77777},
    }


def _comparison():
    methods = {"one-stage": 4.0, "two-stage-tuned": 5.0}
    return {
        "machine": {"cpu": "some", "cores": 2},
        "scale": "small",
        "records": [
            _record(preset, method, seed, fid + seed)
            for preset in ("lsgan", "wgan")
            for method, fid in methods.items()
            for seed in (0, 1)
        ],
        "summary": [
            {
                "preset": preset,
                "against": "two-stage-tuned",
                "seeds": [0, 1],
                "equal_steps": {"ratio": 0.9, "low": 0.8, "high": 1.05},
                "equal_time": {"ratio": 0.7, "low": 0.6, "high": 0.85},
                "speed_up": 1.25,
                "allowed_speed_up": 1.3,
                "diverged": {"one-stage": 0},
                "paper": {"CelebA": {"one_stage": 19.31}} if preset == "lsgan" else None,
            }
            for preset in ("lsgan", "wgan")
        ],
    }


def _write(tmp_path, record):
    write_comparison(record, tmp_path / "report.html")
    return Page((tmp_path / "report.html").read_text())


def test_the_whole_page(tmp_path):
    page = _write(tmp_path, _comparison())
    assert page.text("h2") == ["Quality and speed", "Rows", "Means over the seeds", "Runs"]
    assert dict(zip(page.text("dt"), page.text("dd"), strict=True)) == {
        "cpu": "some",
        "cores": "2",
        "scale": "small",
    }
    assert page.text("desc")[0].startswith("lsgan: at equal steps 0.9 [0.8, 1.05], at equal time ")
    assert page.text("desc")[1].endswith("wgan: measured 1.25, allowed 1.3.")
    assert page.text("summary") == ["All 8 runs"]


def test_the_papers_figures_stand_beside_ours(tmp_path):
    page = _write(tmp_path, _comparison())
    rows = page.text("table")[0]
    assert "FID ratio at equal time" in rows
    assert (
        "lsgan0.9 0.8\N{EN DASH}1.050.7 0.6\N{EN DASH}0.851.251.319.31two-stage-tuned0, 10" in rows
    )
    assert page.text("button")[5] == "paper: CelebA, one stage"


def test_it_says_what_one_stage_is_held_against(tmp_path):
    page = _write(tmp_path, _comparison())
    assert page.text("title")[1:] == ["FID, one-stage over two-stage-tuned", "Speed-up"]


def test_a_run_that_diverged_has_no_figures(tmp_path):
    record = _comparison()
    nothing = {"metrics": None, "metrics_at_equal_time": None, "diverged_at": 150}
    record["records"][0] |= nothing
    record["summary"][0] |= {"equal_steps": None, "equal_time": None}
    page = _write(tmp_path, record)
    assert page.text("desc")[0].startswith("wgan: ")
    means = page.text("table")[1]
    assert "lsganone-stage2154" in means  # one of two seeds, and the other one's FIDs


def test_means_have_intervals(tmp_path):
    means = _write(tmp_path, _comparison()).text("table")[1]
    # 4.5 within 6.3138 of a standard error of 0.5
    assert "lsganone-stage24.5 1.343\N{EN DASH}7.6573.5 0.3431\N{EN DASH}6.657201.00e+122" in means


def test_every_run(tmp_path):
    runs = _write(tmp_path, _comparison()).text("table")[2]
    assert "adam 0.001 (0.25, 0.99)" in runs
    assert "2000" not in runs  # how it was measured, and with what, is in compare.json
    assert "77777" not in runs


@pytest.mark.parametrize(
    ("record", "headings"),
    [
        ({}, []),
        ({"summary": None, "records": 3, "scale": "smoke"}, []),
        ({"summary": [{"preset": "a", "verdict": {"x": [1, {"y": 2}]}}]}, ["Rows"]),
        (
            {"records": [{"preset": "a", "seed": 0, "metrics": None}]},
            ["Means over the seeds", "Runs"],
        ),
        (
            {"summary": [{"speed_up": {"ratio": 1.2, "low": 1.1, "high": 1.3}}]},
            ["Quality and speed", "Rows"],
        ),
    ],
)
def test_a_record_of_another_form(tmp_path, record, headings):
    assert _write(tmp_path, record).text("h2") == headings


def test_rows_of_the_same_preset_are_told_apart(tmp_path):
    ratio = {"ratio": 1.0}
    summary = [{"preset": "a", "against": b, "equal_time": ratio} for b in ("tuned", "naive")]
    words = _write(tmp_path, {"summary": summary}).text("desc")[0]
    assert words == "a, tuned: at equal time 1. a, naive: at equal time 1."


def test_text_from_the_record_stays_text(tmp_path):
    record = _comparison()
    record["machine"] = {ATTACK: ATTACK}
    for row in (*record["records"], *record["summary"]):
        row.update({"preset": ATTACK, ATTACK: ATTACK})
    page = _write(tmp_path, record)
    assert len(page.all("script")) == 1
    assert ATTACK in page.text("dd")


def test_one_seed_has_a_ratio_without_an_interval(tmp_path):
    record = _comparison()
    record["summary"][0]["equal_steps"] = {"ratio": 0.9, "low": None, "high": None}
    page = _write(tmp_path, record)
    assert page.text("desc")[0].startswith("lsgan: at equal steps 0.9, at equal time 0.7 [0.6, ")


def test_what_is_wrong_with_the_figures_is_said_once(tmp_path):
    record = _comparison()
    for found in record["records"]:
        found["metrics"]["warnings"] = ["the covariance is singular", ATTACK]
    record["records"][0]["metrics_at_equal_time"]["warnings"] = 3
    notes = _write(tmp_path, record).text("p")
    assert notes.count("the covariance is singular") == notes.count(ATTACK) == 1
