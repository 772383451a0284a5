import json

import pytest

from onestage.compare import ComparisonFile, read_comparison
from onestage.training import RunError


def records_of(unit):
    """What `play` would give, without the training."""
    from dataclasses import asdict

    return [
        {
            "preset": unit.preset,
            "method": method,
            "recipe": "adam",
            "seed": unit.seed,
            "steps_per_second": 10.0,
            "diverged_at": None,
            "metrics": {"fid": 2.0},
            "metrics_at_equal_time": {"fid": 2.0},
            "flops": 100,
            "peak_bytes": 100,
            "config": asdict(unit.config(method)),
        }
        for method in unit.methods
    ]


@pytest.fixture
def done(tmp_path, tiny):
    """A comparison of one unit out of two."""
    plan = tiny(seeds=2)
    file = ComparisonFile(tmp_path / "out", plan)
    file.add(records_of(plan.unit("lsgan", 0)))
    return plan, tmp_path / "out"


def test_what_is_finished_is_on_the_disk_and_not_missing(done):
    plan, folder = done
    found = read_comparison(folder / "compare.json")
    assert [record["seed"] for record in found["records"]] == [0, 0]
    assert found["summary"][0]["equal_steps"]["ratio"] == pytest.approx(1.0)
    assert found["scale"] == "smoke"
    assert found["machine"]["torch"]
    assert [unit.seed for unit in ComparisonFile(folder, plan).missing()] == [1]


def test_more_seeds_and_presets_may_be_asked_for(done, tiny):
    _, folder = done
    units = ComparisonFile(folder, tiny(presets=("wgan", "lsgan"), seeds=3)).missing()
    expected = [("wgan", 0), ("wgan", 1), ("lsgan", 1), ("wgan", 2), ("lsgan", 2)]
    assert [(unit.preset, unit.seed) for unit in units] == expected


def test_records_stand_in_the_order_of_the_plan(done, tiny):
    _, folder = done
    plan = tiny(presets=("wgan", "lsgan"), seeds=2)
    file = ComparisonFile(folder, plan)
    for unit in file.missing()[::-1]:
        file.add(records_of(unit))
    keys = [(r["preset"], r["seed"], r["method"]) for r in file.record["records"]]
    assert keys == [
        (preset, seed, method)
        for preset in ("wgan", "lsgan")
        for seed in (0, 1)
        for method in plan.methods
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale": "small"}, "made with scale smoke, and now it is small"),
        ({"features": None}, "made with features pixels, and now it is None"),
        ({"settings": {"steps": 21}}, r"settings.batch_size 4, and now it is None"),
        ({"methods": ("one-stage", "two-stage-naive")}, "made with methods"),
    ],
)
def test_a_change_is_refused_with_the_difference(done, tiny, changes, message):
    plan, folder = done
    before = (folder / "compare.json").read_bytes()
    with pytest.raises(RunError, match=message) as caught:
        ComparisonFile(folder, tiny(**{"seeds": plan.seeds, **changes}))
    assert "\n" not in str(caught.value)
    assert (folder / "compare.json").read_bytes() == before


def test_a_preset_that_has_changed_since_is_refused(done):
    plan, folder = done
    path = folder / "compare.json"
    found = json.loads(path.read_text())
    found["records"][0]["config"]["generator"]["beta1"] = 0.123  # which no recipe has
    path.write_text(json.dumps(found))
    with pytest.raises(RunError, match=r"made when lsgan.generator.beta1 was 0.123, and now it is"):
        ComparisonFile(folder, plan).missing()


def test_a_setting_that_was_added_since_is_at_its_default(done):
    plan, folder = done
    path = folder / "compare.json"
    found = json.loads(path.read_text())
    for record in found["records"]:
        del record["config"]["compile"], record["config"]["generator"]["decay_factor"]
    path.write_text(json.dumps(found))
    assert ComparisonFile(folder, plan).missing() == [plan.unit("lsgan", 1)]


@pytest.mark.parametrize("text", ["", "[1, 2", "[]", '{"records": []}'])
def test_another_file_of_that_name_is_refused_and_left(tmp_path, tiny, text):
    (tmp_path / "compare.json").write_text(text)
    with pytest.raises(RunError, match=r"is not JSON|is no comparison"):
        ComparisonFile(tmp_path, tiny())
    assert (tmp_path / "compare.json").read_text() == text


def test_a_folder_with_something_else_in_it_is_refused(tmp_path, tiny):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="holds something else"):
        ComparisonFile(tmp_path, tiny())
    with pytest.raises(RunError, match=r"mine.txt is a file"):
        ComparisonFile(tmp_path / "mine.txt", tiny())


def test_a_comparison_that_is_not_there_is_said_to_be(tmp_path):
    with pytest.raises(RunError, match="There is no comparison"):
        read_comparison(tmp_path / "compare.json")
