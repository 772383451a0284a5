"""How p follows D's logits."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests._processes import run_together
from tests.unit.augment._processes import work
from torch import distributed

from onestage.augment import AdaptiveAugment, Augmented

BATCH = 8
RAMP = 256  # 4 updates of 8 images are an eighth of it: exact in floating point


def _augment(**options):
    return AdaptiveAugment(**{"ramp_images": RAMP, **options})


def _play(augment, logits, times):
    found = []
    for _ in range(times):
        augment.update(logits)
        found.append(augment.p.item())
    return found


def test_rises_where_all_are_taken_for_real():
    assert _play(_augment(), torch.rand(BATCH) + 0.1, 9) == [0, 0, 0, *[0.125] * 4, 0.25, 0.25]


def test_falls_where_they_are_not():
    assert _play(_augment(p=0.5), -torch.rand(BATCH), 8) == [*[0.5] * 3, *[0.375] * 4, 0.25]


def test_stays_between_0_and_the_largest():
    assert _play(_augment(p=0.0625), -torch.ones(BATCH), 8)[-1] == 0
    assert _play(_augment(p=0.875), torch.ones(BATCH), 8)[-1] == 1
    assert _play(_augment(max_p=0.75, p=0.6875), torch.ones(BATCH), 8)[-1] == 0.75


@pytest.mark.parametrize(("num_positive", "expected"), [(7, 0.625), (6, 0.375)])
def test_the_target_is_a_mean_sign(num_positive, expected):
    """7 of 8 positive: r = 0.75 > 0.6; 6 of 8: r = 0.5 < 0.6. How far is no matter."""
    logits = torch.full((BATCH,), 1e-3)
    logits[num_positive:] = -1e3
    assert _play(_augment(p=0.5), logits, 4)[-1] == expected


def test_interval_and_batch_scale_the_step():
    assert _play(_augment(interval=1), torch.ones(BATCH), 2) == [BATCH / RAMP, 2 * BATCH / RAMP]
    assert _play(_augment(interval=2), torch.ones(16), 2) == [0, 2 * 16 / RAMP]


def test_maps_of_logits_count_as_their_image():
    maps = torch.ones(BATCH, 1, 2, 2)
    maps[..., 0] = -1  # mean sign 0
    augment = _augment(p=0.5)
    augment.update(maps)
    assert (augment.sign_sum.item(), augment.num_images.item()) == (0, BATCH)


def test_logits_that_are_not_numbers_do_no_harm():
    logits = torch.full((BATCH,), torch.nan)
    assert _play(_augment(p=0.5), logits, 5)[-1] == 0.375
    assert _play(_augment(), torch.full((BATCH,), torch.inf), 4)[-1] == 0.125


@given(
    signs=st.lists(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=6), max_size=40),
    interval=st.integers(1, 5),
    target=st.sampled_from([0.2, 0.6, 0.9]),
)
@settings(deadline=None, max_examples=60)
def test_follows_the_formula(signs, interval, target):
    augment = AdaptiveAugment(target=target, interval=interval, ramp_images=64, p=0.5)
    p, recent = 0.5, []
    for i, batch in enumerate(signs, start=1):
        augment.update(torch.tensor(batch, dtype=torch.float32))
        recent += batch
        if i % interval == 0:
            excess = round(sum(recent) / len(recent) - target, 6)
            p += len(recent) / 64 * ((excess > 0) - (excess < 0))
            p, recent = min(max(p, 0.0), 1.0), []
        assert augment.p.item() == p


@pytest.mark.parametrize("after", range(5))
def test_resumes_exactly(after):
    logits = torch.randn(12, BATCH) + 0.9
    straight, first, second = (_augment(p=0.5, interval=3) for _ in range(3))
    for batch in logits:
        straight.update(batch)
    for batch in logits[:after]:
        first.update(batch)
    second.load_state_dict(first.state_dict())
    for batch in logits[after:]:
        second.update(batch)
    assert set(second.state_dict()) == {"p", "sign_sum", "num_images", "num_updates"}
    for name, value in straight.state_dict().items():
        assert torch.equal(second.state_dict()[name], value), name


def test_is_part_of_the_discriminators_state():
    network = Augmented(torch.nn.Linear(2, 1), _augment(p=0.5))
    names = set(network.state_dict())
    assert {"augmentation.p", "augmentation.num_updates", "discriminator.weight"} <= names


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_stays_in_float32(dtype):
    """A step of 8 / 500,000 is lost in bfloat16."""
    augment = AdaptiveAugment(p=0.5, interval=1).to(dtype)
    augment.update(torch.ones(BATCH, dtype=dtype))
    assert augment.p.dtype == torch.float32
    assert augment.p.item() == pytest.approx(0.5 + BATCH / 500_000, abs=1e-7)


def test_keeps_no_graph():
    augment = _augment()
    augment.update(torch.ones(BATCH, requires_grad=True) * 2)
    assert not augment.sign_sum.requires_grad


@pytest.mark.parametrize("logits", [torch.tensor(1.0), torch.ones(4, dtype=torch.int64)])
def test_refuses_logits(logits):
    with pytest.raises(ValueError, match=r"not D's logits on a batch; give \[batch, \.\.\.\]"):
        _augment().update(logits)


def test_processes_share_one_p(tmp_path):
    """One sees images taken for real, the other half of them: r = 0.5 over both."""
    if not distributed.is_available():
        pytest.skip("torch was built without distributed")
    run_together(work, tmp_path)
    assert [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)] == [0.5 - 16 / RAMP] * 2
