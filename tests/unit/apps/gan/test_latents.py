import numpy as np
import pytest
import torch
from scipy import stats

from onestage.apps.gan import Selection, draw_latents, select_latents, truncate
from onestage.apps.gan._latents import interpolate
from onestage.training import ConfigError


def drawn(num, dim=8):
    return draw_latents(num, dim, seed=3, stream="samples")


def test_the_first_do_not_depend_on_how_many_follow():
    assert torch.equal(drawn(5), drawn(50)[:5])
    assert not torch.equal(drawn(5), draw_latents(5, 8, seed=4, stream="samples"))


@pytest.mark.parametrize("threshold", [0.1, 0.7, 2.0])
def test_truncated_latents_have_the_truncated_distribution(threshold):
    found = truncate(drawn(2000), threshold)
    assert found.abs().max() <= threshold
    reference = stats.truncnorm(-threshold, threshold)
    assert stats.kstest(found.flatten().numpy(), reference.cdf).pvalue > 0.01
    # The paper draws anew what falls outside: the same distribution.
    anew = np.random.default_rng(0).standard_normal(200_000)
    anew = anew[np.abs(anew) <= threshold][:16_000]
    assert stats.ks_2samp(found.flatten().numpy(), anew).pvalue > 0.01


def test_truncation_keeps_the_order_and_a_far_threshold_everything():
    latents = drawn(200)
    order = latents.flatten().argsort()
    assert (truncate(latents, 0.5).flatten()[order].diff() >= 0).all()
    assert torch.allclose(truncate(latents, 12.0), latents, atol=1e-6)
    far = torch.tensor([-40.0, 0.0, 40.0])
    assert truncate(far, 1.5).tolist() == [-1.5, 0.0, 1.5]
    assert truncate(far, 12.0).tolist() == [-12.0, 0.0, 12.0]


def test_the_way_between_two_latents_is_an_arc():
    start, end = drawn(2)[:1], drawn(2)[1:]
    way = interpolate(start, end, 9)
    assert way.shape == (1, 9, 8)
    torch.testing.assert_close(way[:, 0], start)
    torch.testing.assert_close(way[:, -1], end)
    unit = [torch.nn.functional.normalize(ends, dim=-1) for ends in (start, end)]
    steps = interpolate(*unit, 9)[0]
    torch.testing.assert_close(steps.norm(dim=-1), torch.ones(9))
    between = (steps[1:] * steps[:-1]).sum(-1).acos()
    torch.testing.assert_close(between, between.mean().expand(8), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("factor", [1.0, 2.0, -1.0])
def test_where_there_is_no_arc_the_way_is_straight(factor):
    start = drawn(1)
    way = interpolate(start, factor * start, 5)[0]
    shares = torch.linspace(0, 1, 5)[:, None]
    torch.testing.assert_close(way, (1 - shares) * start + shares * factor * start)


def test_rows_go_from_one_sample_to_the_next():
    samples = select_latents(Selection(seed=3), 4, 8, seed=0)
    assert torch.equal(samples, drawn(4))
    rows = select_latents(Selection(seed=3, steps=5), 15, 8, seed=0).view(3, 5, 8)
    torch.testing.assert_close(rows[:, 0], samples[:3])
    torch.testing.assert_close(rows[:, -1], samples[1:])
    less = select_latents(Selection(seed=3, steps=5, truncation=0.5), 15, 8, seed=0).view(3, 5, 8)
    torch.testing.assert_close(less[:, 0], truncate(samples[:3], 0.5))


def test_a_runs_own_pictures_are_of_its_seed():
    own = select_latents(Selection(), 4, 8, seed=7)
    assert torch.equal(own, draw_latents(4, 8, seed=7, stream="grid"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "--count is 0: it must be at least 1"),
        ({"steps": 1}, "--interpolate is 1: it must be at least 2"),
        ({"truncation": 0.0}, "--truncation is 0.0: it must be above 0"),
        ({"truncation": -1.0}, "--truncation is -1.0: it must be above 0"),
    ],
)
def test_what_cannot_be_selected(options, message):
    with pytest.raises(ConfigError, match=message):
        Selection(**options)
