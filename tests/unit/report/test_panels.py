import re
from pathlib import Path

import pytest
from tests.unit.report._folders import evaluation, log_of, write_run
from tests.unit.report._html import Page

from onestage.report._panels import PANELS, draw_panels
from onestage.report._read import read_runs


def _draw(*paths):
    return Page(draw_panels(read_runs(paths)))


def test_a_chart_for_what_the_log_has_and_for_nothing_else(tmp_path):
    page = _draw(write_run(tmp_path / "one"))
    assert page.text("figcaption") == ["Losses", "Scores", "Ratio", "Fakes at the floor"]
    assert page.text("li") == ["D", "G", "real", "fakes"]
    assert len(page.all("polygon")) == 1


def test_gradient_norms_and_penalties(tmp_path):
    names = ("discriminator_grad_norm", "generator_grad_norm", "r1", "augment_p")
    records = [{"step": step, **dict.fromkeys(names, 0.5)} for step in (1, 2)]
    page = _draw(write_run(tmp_path / "one", records=records))
    assert page.text("figcaption") == ["Gradient norms", "Penalties", "Augmentation"]


def test_metrics_that_were_measured_more_than_once(tmp_path):
    records = [evaluation(100, 9.0), evaluation(200, 4.0), evaluation(200, 5.0)]
    page = _draw(write_run(tmp_path / "one", records=records))
    assert page.text("figcaption") == ["FID", "precision"]
    assert page.text("desc")[0] == "FID: 9 at step 100, 5 at step 200; least 5, greatest 9."


OTHER = {"feature_network": "inception-v3-2015-12-05"}


def test_figures_of_different_ways_share_no_chart(tmp_path):
    """An evaluation by hand, with another network, is no point of the run's curve."""
    records = [evaluation(step, fid) for step, fid in ((100, 9.0), (200, 7.0), (300, 6.0))]
    records.append(evaluation(300, 141.0, **OTHER))
    run = write_run(tmp_path / "one", records=records)
    page = _draw(run)
    assert page.text("figcaption") == ["FID, digits-classifier", "precision, digits-classifier"]
    assert page.text("desc")[0].endswith(": 9 at step 100, 6 at step 300; least 6, greatest 9.")


def test_each_way_that_was_measured_more_than_once_has_a_chart(tmp_path):
    ways = ({}, OTHER, {"num_samples": 500})
    records = [evaluation(step, 9.0 + k, **w) for k, w in enumerate(ways) for step in (100, 200)]
    titles = _draw(write_run(tmp_path / "one", records=records)).text("figcaption")
    assert titles[:3] == [
        "FID, digits-classifier, num samples 2000",
        "FID, inception-v3-2015-12-05, num samples 2000",
        "FID, digits-classifier, num samples 500",
    ]


def test_weights_of_one_name_are_told_apart_by_their_hash(tmp_path):
    records = [
        evaluation(step, 9.0, feature_network_sha256=letter * 64)
        for letter in "ab"
        for step in (100, 200)
    ]
    titles = _draw(write_run(tmp_path / "one", records=records)).text("figcaption")
    assert titles[:2] == [f"FID, feature network sha256 {letter * 12}" for letter in "ab"]


def test_runs_that_were_measured_differently_share_no_chart(tmp_path):
    paths = [
        write_run(tmp_path / name, records=[evaluation(s, 9.0, **way) for s in (100, 200)])
        for name, way in (("one", {}), ("two", OTHER))
    ]
    page = _draw(*paths)
    found = [title for title in page.text("figcaption") if title.startswith("FID")]
    assert found == ["FID, digits-classifier", "FID, inception-v3-2015-12-05"]


def test_a_quantity_that_is_not_known_has_a_chart_too(tmp_path):
    records = [{"step": 1, "cycle_loss": 2.0, "note": "text", "flag": True}]
    assert _draw(write_run(tmp_path / "one", records=records)).text("figcaption") == ["cycle loss"]


def test_of_several_runs_a_line_each(tmp_path):
    paths = [write_run(tmp_path / name, records=log_of(3)) for name in ("one", "two")]
    page = _draw(*paths)
    assert page.text("figcaption")[:3] == ["Losses: D", "Losses: G", "Scores: real"]
    assert page.text("li")[:2] == ["one", "two"]
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)


def test_a_run_without_the_quantity_is_not_in_its_chart(tmp_path):
    paths = [write_run(tmp_path / "one"), write_run(tmp_path / "two", records=[{"step": 1}])]
    assert "two" not in _draw(*paths).text("li")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, "1", True])
def test_what_is_no_number_is_not_drawn(tmp_path, value):
    records = [{"step": step, "r1": 1.0 if step == 1 else value} for step in (1, 2)]
    page = _draw(write_run(tmp_path / "one", records=records))
    assert (len(page.all("circle")), page.all("polyline")) == (1, [])


def test_of_ratios_the_size_is_drawn(tmp_path):
    """A loss whose two derivatives have opposite signs looks like one where they have the same."""
    drawn = []
    for name, sign in (("one", 1), ("two", -1)):
        ends = sorted((sign * 0.01, sign * 100.0))
        values = dict(zip(("ratio_q05", "ratio_q95"), ends, strict=True))
        records = [{"step": step, "ratio_q50": sign * 1.0, **values} for step in (1, 2)]
        page = _draw(write_run(tmp_path / name, records=records))
        drawn.append((page.all("polygon"), page.all("polyline"), page.text("text")))
    assert drawn[0] == drawn[1]
    assert drawn[0][2][:5] == ["0.01", "0.1", "1", "10", "100"]


def test_ratios_of_both_signs_stay_as_they_are(tmp_path):
    """The band holds the median in any case."""
    values = {"ratio_q05": -12.5, "ratio_q50": -0.6, "ratio_q95": 9.8}
    page = _draw(write_run(tmp_path / "one", records=[{"step": s, **values} for s in (1, 2)]))
    heights = [float(place.split(",")[1]) for place in page.all("polygon")[0]["points"].split()]
    (median,) = {float(p.split(",")[1]) for p in page.all("polyline")[0]["points"].split()}
    assert min(heights) < median < max(heights)
    assert "-10" in page.text("text")


def test_a_band_that_is_not_known_everywhere(tmp_path):
    records = [{"step": 1, "ratio_q50": 1.0}, {"step": 2, "ratio_q50": 1.0, "ratio_q05": 0.5}]
    page = _draw(write_run(tmp_path / "one", records=records))
    assert (len(page.all("polyline")), page.all("polygon")) == (1, [])


def test_the_docs_list_every_name():
    page = (Path(__file__).parents[3] / "docs" / "reports.md").read_text(encoding="utf-8")
    table = page.split("## The curves")[1].split("\n\n")[1]
    rows = {
        row.split("|")[1].split(",")[0].strip(): row.split("|")[2] for row in table.splitlines()[3:]
    }
    assert {title: set(re.findall("`([a-z0-9_]+)`", names)) for title, names in rows.items()} == {
        panel.title: {*panel.names, *(panel.band or ())} for panel in PANELS
    }
