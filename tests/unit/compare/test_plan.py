import pytest

from onestage.compare import ROWS, Plan, published
from onestage.presets import load_preset
from onestage.training import ConfigError


def test_paper_is_its_ten_rows():
    assert Plan(presets=("paper",)).presets == ROWS
    assert len(ROWS) == 10


def test_a_preset_that_is_named_twice_is_compared_once():
    assert Plan(presets=("wgan", "paper")).presets == ("wgan", *(r for r in ROWS if r != "wgan"))


def test_a_seed_of_all_presets_comes_before_the_next_seed():
    units = Plan(presets=("lsgan", "wgan"), seeds=2).units()
    assert [(unit.preset, unit.seed) for unit in units] == [
        ("lsgan", 0),
        ("wgan", 0),
        ("lsgan", 1),
        ("wgan", 1),
    ]


def test_one_stage_is_held_against_the_tuned_scheme_where_it_takes_part():
    assert Plan(presets=("lsgan",)).against == "two-stage-tuned"
    naive = Plan(presets=("lsgan",), methods=("one-stage", "two-stage-naive"))
    assert naive.against == "two-stage-naive"


def test_settings_win_over_the_preset_and_the_unit_over_both():
    plan = Plan(presets=("lsgan",), settings={"steps": 7, "seed": 5, "method": "one-stage"})
    config = plan.unit("lsgan", 2).config("two-stage-naive")
    assert (config.steps, config.seed, config.method) == (7, 2, "two-stage-naive")
    assert config.loss == "least_squares"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"presets": ()}, "--preset names none"),
        ({"seeds": 0}, "--seeds is 0"),
        ({"methods": ("one-stage", "two-stage")}, "--methods has 'two-stage'; choose from one-st"),
        ({"methods": ("two-stage-tuned", "two-stage-naive")}, "it must have one-stage and what"),
        ({"methods": ("one-stage",)}, "it must have one-stage and what it is held against"),
    ],
)
def test_what_makes_no_comparison_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        Plan(**{"presets": ("lsgan",), **changes})


@pytest.mark.parametrize("preset", ROWS)
def test_the_papers_figures_are_those_that_the_preset_announces(preset):
    for found in published(preset).values():
        assert f"{found.two_stage:.2f} -> {found.one_stage:.2f}" in load_preset(preset).expected


def test_what_is_no_row_of_the_paper_has_no_figures():
    assert published("r3gan") == {}
