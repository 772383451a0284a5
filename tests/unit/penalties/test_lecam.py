import pytest
import torch
from tests._discriminators import (
    BATCH,
    ZOO,
    Generator,
    Plain,
    batch_norm,
    images,
)
from torch import nn

from onestage import R1, R2, LeCam, OneStage
from onestage.penalties import OutputPenalty, value_on
from onestage.testing import assert_exact

F64 = torch.float64
R, F = torch.tensor([1.0, 3.0], dtype=F64), torch.tensor([-1.0, 2.0], dtype=F64)


def _moved(weight=0.3, **options):
    """One that has seen R and F: E r = 2, E f = 1/2."""
    penalty = LeCam(weight, **options)
    penalty.commit(R, F)
    return penalty


def _values(penalty, real=R, fake=F):
    return penalty.of_logits("real", real).item(), penalty.of_logits("fake", fake).item()


def test_values_by_hand():
    """0.3 E (r - 1/2)^2 = 0.3 (0.25 + 6.25) / 2, and 0.3 E (f - 2)^2 = 0.3 (9 + 0) / 2."""
    assert _values(_moved()) == pytest.approx((0.3 * 3.25, 0.3 * 4.5))


def test_before_the_first_step_both_means_are_zero():
    """E r^2 = 5, E f^2 = 5/2."""
    assert _values(LeCam(2.0)) == pytest.approx((10.0, 5.0))


def test_running_means_by_hand():
    """Of 2, then 6, with decay 1/4: (1/4 2 + 6) / (1/4 + 1) = 5.2; of 1/2, then -2: -1.5."""
    penalty = LeCam(1.0, decay=0.25)
    penalty.commit(R, F)
    penalty.commit(R + 4, F - 2.5)
    zero = torch.zeros(1, dtype=F64)
    assert _values(penalty, zero, zero) == pytest.approx((1.5**2, 5.2**2))


def test_a_constant_is_its_own_mean_from_the_second_step_on():
    penalty, ones = LeCam(1.0), torch.ones(3, dtype=F64)
    for _ in range(50):
        penalty.commit(2 * ones, -5 * ones)
        assert _values(penalty, -5 * ones, 2 * ones) == pytest.approx((0.0, 0.0), abs=1e-20)


def test_decay_0_keeps_the_last_batch_alone():
    penalty = LeCam(1.0, decay=0.0)
    penalty.commit(R + 9, F + 9)
    penalty.commit(R, F)
    assert _values(penalty) == pytest.approx((3.25, 4.5))


def test_every_head_has_a_mean_of_its_own_and_terms_are_added():
    penalty, maps = LeCam(1.0), {"a": R, "map": (10 * R).view(1, 1, 1, 2)}
    penalty.commit(maps, {"a": F, "map": (10 * F).view(1, 1, 1, 2)})
    assert penalty.of_logits("real", maps).item() == pytest.approx(3.25 * 101)


def test_another_number_of_heads():
    with pytest.raises(ValueError, match=r"running means of 1 heads.*returned 2.*one penalty"):
        _moved().of_logits("real", [R, R])
    with pytest.raises(ValueError, match=r"found no logits.*logits="):
        LeCam(1.0).of_logits("real", None)


def test_a_batch_that_is_not_finite_moves_nothing():
    penalty, before = _moved(), _values(_moved())
    penalty.commit(R * float("inf"), F * float("nan"))
    assert _values(penalty) == before


def test_the_means_are_constants():
    logits = R.clone().requires_grad_()
    penalty = _moved()
    (slope,) = torch.autograd.grad(penalty.of_logits("real", logits), logits)
    assert slope.tolist() == pytest.approx([0.3 * (1 - 0.5), 0.3 * (3 - 0.5)])


def test_value_on_is_what_two_stages_need():
    sample = torch.randn(3, 2, requires_grad=True)
    logits = sample.sum(1)
    for side in ("real", "fake"):
        found = value_on(side, LeCam(1.0), sample, logits)
        assert found.equal(LeCam(1.0).of_logits(side, logits))
    assert value_on("real", R1(1.0), sample, logits).item() == pytest.approx(1.0)
    assert value_on("fake", R1(1.0), sample, logits) is None
    assert isinstance(LeCam(1.0), OutputPenalty) and not isinstance(R1(1.0), OutputPenalty)


@pytest.mark.parametrize("penalties", [(), (R1(0.7),), (R2(1.3),)], ids=["alone", "r1", "r2"])
@pytest.mark.parametrize("name", [name for name in ZOO if name != "checkpoint"])
@pytest.mark.parametrize("loss", ["minimax", "hinge", "relativistic", "fisher"])
def test_one_stage_is_exact(loss, name, penalties):
    row = ZOO[name]
    discriminator, generator = row.build().to(F64), Generator().to(F64)
    real_args, fake_args = row.conditions(BATCH)
    lecam = LeCam(0.3, every=3)
    heads = 2 if name == "two_heads" else 1
    lecam.commit([R + 1] * heads, [F - 2] * heads)
    found = assert_exact(
        discriminator,
        loss,
        images(dtype=F64),
        generator(torch.randn(BATCH, 5, dtype=F64)),
        real_args=real_args,
        fake_args=fake_args,
        penalties=[lecam, *penalties],
    )
    if_independent = "shared_penalty" if R2 in map(type, penalties) else "ratio"
    assert found.strategy == (if_independent if row.ratio else "dual")


def _linear():
    discriminator = nn.Linear(1, 1, bias=False).to(F64)
    nn.init.ones_(discriminator.weight)  # the logits are the samples
    return discriminator


def _call(game, method="backward"):
    fake = F.view(2, 1).clone().requires_grad_()
    return getattr(game, method)(R.view(2, 1), fake)


@pytest.mark.parametrize("loss", ["wasserstein", "relativistic"])
@pytest.mark.parametrize("every", [1, 2])
def test_in_a_game_by_hand(loss, every):
    """d/dw of E (w r - a)^2 is 2 E r (r - a): its gradient is D's alone."""
    found = {}
    for weight in (0.0, 0.3):
        discriminator = _linear()
        penalty = _moved(weight, every=every)
        game = OneStage(discriminator, loss, penalties=[penalty])
        step, at_fake = _call(game, "gradients")
        assert step.penalties["lecam"].item() == pytest.approx(weight * (3.25 + 4.5))
        found[weight] = discriminator.weight.grad.item(), at_fake
    # 2 E r (r - 1/2) = 2 (1/2 + 15/2) / 2, 2 E f (f - 2) = 2 (3 + 0) / 2
    assert found[0.3][0] - found[0.0][0] == pytest.approx(every * 0.3 * (8 + 3))
    torch.testing.assert_close(found[0.3][1], found[0.0][1])


def test_the_means_move_once_for_each_call_also_where_it_is_not_due():
    discriminator = _linear()
    game = OneStage(discriminator, "hinge", penalties=[LeCam(1.0, every=3)])
    optimizer = torch.optim.SGD(discriminator.parameters(), lr=0.0)
    applied, weights = [], []
    for method in ("backward", "gradients", "discriminator_backward", "backward"):
        optimizer.zero_grad()
        for _ in range(2):  # accumulated micro-batches are one optimiser step, and two calls
            result = _call(game, method)
            step = result[0] if method == "gradients" else result
            applied.append("lecam" in step.penalties)
            weights.append(game.state_dict()["penalties"]["lecam"]["real"][1].item())
        optimizer.step()
    assert applied == [True] * 2 + [False] * 4 + [True] * 2
    assert weights == pytest.approx([1 - 0.99**n for n in range(1, 9)])


def test_the_means_are_saved_with_the_game():
    game = OneStage(_linear(), "hinge", penalties=[LeCam(1.0)])
    for _ in range(3):
        _call(game)
    resumed = OneStage(_linear(), "hinge", penalties=[LeCam(1.0)])
    resumed.load_state_dict(game.state_dict())
    values = [_call(each).penalties["lecam"].item() for each in (game, resumed)]
    assert values[0] == values[1] == pytest.approx(3.25 + 4.5)


def test_a_state_that_knows_of_no_penalty_begins_anew():
    game = OneStage(_linear(), "hinge", penalties=[LeCam(1.0)])
    game.load_state_dict(OneStage(_linear(), "hinge").state_dict())
    assert _call(game).penalties["lecam"].item() == pytest.approx(5.0 + 2.5)


@pytest.mark.parametrize("method", ["backward", "gradients", "discriminator_backward"])
def test_it_needs_real_samples(method):
    game = OneStage(_linear(), "minimax", penalties=[LeCam(1.0)])
    with pytest.raises(ValueError, match=r"'lecam' needs real samples.*leave out"):
        getattr(game, method)(None, F.view(2, 1).clone().requires_grad_())


def test_a_declared_reversal_does_not_hold_with_it():
    game = OneStage(Plain(), "minimax", penalties=[LeCam(1.0, every=2)])
    optimizer = torch.optim.SGD(game._discriminator.parameters(), 1e-3)
    generator, taken = Generator(), []
    for _ in range(4):
        optimizer.zero_grad()
        taken.append(game.backward(images(), generator(torch.randn(BATCH, 5))).strategy)
        optimizer.step()
        assert ("reversal is not taken" in game.explain()) == (taken[-1] == "ratio")
    assert taken == ["ratio", "reversal", "ratio", "reversal"]


def test_reversal_by_name_is_refused():
    discriminator = Plain()
    game = OneStage(discriminator, "minimax", penalties=[LeCam(1.0)], strategy="reversal")
    words = r"Found: .*no fixed multiple.*Fix: Leave out.*LeCam.*Slower way out: strategy='auto'"
    with pytest.raises(ValueError, match=words):
        game.backward(images(), Generator()(torch.randn(BATCH, 5)))
    assert all(parameter.grad is None for parameter in discriminator.parameters())


def test_explain_says_what_it_costs_and_what_is_in_its_way():
    game = OneStage(batch_norm(), "wasserstein", penalties=[LeCam(1.0)])
    game.backward(images(), Generator()(torch.randn(BATCH, 5)))
    text = game.explain()
    for words in ("lecam on D's outputs", "no further cost", "3 G + 7 D", "outputs left out"):
        assert words in text


def test_under_autocast_it_is_taken_in_float32():
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge", penalties=[LeCam(1.0)])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        step = game.backward(images(), generator(torch.randn(BATCH, 5)))
    assert step.penalties["lecam"].dtype == torch.float32
    state = game.state_dict()["penalties"]["lecam"]
    assert {side.dtype for side in state.values()} == {torch.float32}


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"weight": -1.0}, "a penalty's weight is a number >= 0"),
        ({"weight": 1.0, "every": 0}, "every=0"),
        ({"weight": 1.0, "decay": 1.0}, r"decay=1\.0: it is a number from 0"),
    ],
)
def test_impossible_options(options, match):
    with pytest.raises(ValueError, match=match):
        LeCam(**options)
