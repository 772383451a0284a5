import pytest

from onestage.compare._cost import _cycle, measure_cost
from onestage.training import PenaltyConfig


@pytest.fixture
def cost(tiny):
    def measure(method="one-stage", **changes):
        plan = tiny()
        settings = {**plan.settings, **changes}
        return measure_cost(tiny(settings=settings).unit("lsgan", 0).config(method))

    return measure


def test_work_grows_with_the_batch_and_memory_too(cost):
    small, large = cost(batch_size=4), cost(batch_size=8)
    assert large.flops == 2 * small.flops
    assert large.peak_bytes > 1.2 * small.peak_bytes


def test_two_stages_work_more(cost):
    assert cost().flops < cost("two-stage-tuned").flops < cost("two-stage-naive").flops


def test_a_lazy_penalty_counts_by_its_share(cost):
    """Applied on every third step it adds a third of what it adds on each."""
    none, each, third = (
        cost(penalties={"r1": weight, "r1_every": every}).flops
        for weight, every in ((0.0, 1), (1.0, 1), (1.0, 3))
    )
    assert third - none == pytest.approx((each - none) / 3, abs=1)


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({}, 1),
        ({"r1": 1.0, "r1_every": 4}, 4),
        ({"r1": 1.0, "r1_every": 4, "r2": 1.0, "r2_every": 6}, 12),
        ({"r1": 0.0, "r1_every": 16, "r2": 1.0, "r2_every": 6}, 6),
    ],
)
def test_a_cycle_ends_where_all_lazy_penalties_begin_anew(options, steps):
    assert _cycle(PenaltyConfig(**options)) == steps
