import pytest
from tests.unit.report._folders import evaluation, log_of, write_run
from tests.unit.report._html import Page

from onestage.report._metrics import draw_metrics
from onestage.report._read import read_runs


def _draw(*paths):
    return Page(draw_metrics(read_runs(paths)))


def test_one_run_shows_each_evaluation(tmp_path):
    records = [evaluation(100, 9.0), evaluation(200, 4.5, recall=0.25)]
    page = _draw(write_run(tmp_path / "one", records=records))
    assert page.text("button") == ["step", "FID", "precision", "recall"]
    assert page.text("td") == ["9", "0.5", "\N{EN DASH}", "4.5", "0.5", "0.25"]
    assert page.text("p") == ["2,000 samples against 1,797 of digits; features: digits-classifier."]


def test_warnings_of_the_figures_are_shown_once(tmp_path):
    records = [evaluation(step, 9.0, warnings=["fid is of few."]) for step in (1, 2)]
    assert _draw(write_run(tmp_path / "one", records=records)).text("p")[1:] == ["fid is of few."]


def test_nothing_measured_is_no_table(tmp_path):
    assert draw_metrics(read_runs([write_run(tmp_path / "one", records=log_of(2))])) == ""


def test_several_runs_and_their_mean_over_seeds(tmp_path):
    fids = {"a": (0, 4.0), "b": (1, 6.0)}
    paths = [
        write_run(tmp_path / name, {"seed": seed}, [evaluation(9, 50.0), evaluation(300, fid)])
        for name, (seed, fid) in fids.items()
    ]
    page = _draw(*paths)
    means, last = page.text("table")
    # 5 within 6.3138 of a standard error of 1.
    assert "all25 -1.314\N{EN DASH}11.310.5" in means
    assert "a30040.5" in last
    assert "50" not in last


@pytest.mark.parametrize(
    ("settings", "step", "others"),
    [
        ({"loss": "hinge"}, 300, {}),
        ({}, 200, {}),
        ({}, 300, {"num_samples": 80}),
    ],
)
def test_what_differs_in_more_than_the_seed_is_not_averaged(tmp_path, settings, step, others):
    first = write_run(tmp_path / "a", records=[evaluation(300, 4.0)])
    second = write_run(tmp_path / "b", settings, [evaluation(step, 6.0, **others)])
    assert len(_draw(first, second).text("table")) == 1


def test_groups_are_named_by_what_sets_them_apart(tmp_path):
    paths = [
        write_run(tmp_path / f"{loss}-{seed}", {"loss": loss, "seed": seed}, [evaluation(1, 4.0)])
        for loss in ("hinge", "minimax")
        for seed in (0, 1)
    ]
    means = _draw(*paths).text("table")[0]
    assert "loss hinge24" in means
    assert "loss minimax24" in means


def test_groups_that_nothing_sets_apart_are_named_by_their_runs(tmp_path):
    steps = {"a": 300, "b": 300, "c": 200}
    paths = [write_run(tmp_path / n, records=[evaluation(s, 4.0)]) for n, s in steps.items()]
    assert "a, b240.5" in _draw(*paths).text("table")[0]


def test_figures_of_other_measures_are_said_not_to_compare(tmp_path):
    first = write_run(tmp_path / "a", records=[evaluation(300, 4.0)])
    second = write_run(tmp_path / "b", records=[evaluation(300, 4.0, num_samples=80)])
    assert _draw(first, second).text("p") == [
        "2,000 samples against 1,797 of digits; features: digits-classifier.",
        "80 samples against 1,797 of digits; features: digits-classifier.",
        "These figures were measured in different ways and cannot be compared.",
    ]


def test_a_run_that_measured_nothing_is_left_out(tmp_path):
    paths = [
        write_run(tmp_path / "a", records=[evaluation(300, 4.0)]),
        write_run(tmp_path / "b", records=log_of(2)),
    ]
    assert len(_draw(*paths).text("tr")) == 2
