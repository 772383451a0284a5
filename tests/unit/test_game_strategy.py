"""Which strategy is taken, what is refused, and what `explain` says."""

import pytest
import torch
from tests._discriminators import (
    BATCH,
    REVERSING,
    SIX_LOSSES,
    ZOO,
    Checkpointed,
    Generator,
    MinibatchStddev,
    Patch,
    Plain,
    TwoHeads,
    batch_norm,
    group_norm,
    images,
)
from tests._measure import clear, errors
from torch import nn

from onestage import R2, OneStage, SeparableLoss
from onestage.engine._plan import is_power
from onestage.engine._probe import num_masks
from onestage.testing import reference_gradients

F64 = torch.float64


def _backward(game, generator=None, batch=BATCH, **options):
    generator = generator or Generator()
    return game.backward(images(batch), generator(torch.randn(batch, 5)), **options)


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("loss", SIX_LOSSES)
def test_auto_takes_the_cheapest_exact_one(loss, name):
    row = ZOO[name]
    real_args, fake_args = row.conditions(BATCH)
    game = OneStage(row.build(), loss)
    expected = "reversal" if loss in REVERSING else "ratio" if row.ratio else "dual"
    for _ in range(2):
        step = _backward(game, real_args=real_args, fake_args=fake_args)
        assert step.strategy == expected
    assert f"strategy: {expected}" in game.explain()


@pytest.mark.parametrize("build", [batch_norm, MinibatchStddev, Patch, TwoHeads, Checkpointed])
def test_reversal_serves_any_discriminator(build):
    assert _backward(OneStage(build(), "minimax")).strategy == "reversal"


def test_reentrant_checkpointing_is_served_by_the_reversal():
    discriminator = Checkpointed(use_reentrant=True)
    # A real batch that needs no gradient reaches no parameter through it: torch warns of that.
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad"):
        step = _backward(OneStage(discriminator, "wasserstein"))
    assert step.strategy == "reversal"


def test_reversal_is_declared_and_never_inferred():
    """Hinge's derivatives are opposite while all logits lie in (-1, 1)."""
    discriminator = Plain()
    assert _backward(OneStage(discriminator, "hinge")).strategy == "ratio"
    mine = SeparableLoss(lambda r: -r.mean(), lambda f: f.mean(), lambda _, f: -f.mean())
    assert _backward(OneStage(discriminator, mine)).strategy == "ratio"


def test_batch_of_one_takes_the_dual():
    assert _backward(OneStage(group_norm(), "hinge"), batch=1).strategy == "dual"
    assert _backward(OneStage(group_norm(), "hinge", strategy="ratio"), batch=1).strategy == "ratio"


@pytest.mark.parametrize("halves", ["autocast", "autocast inside", "module"])
def test_float16_takes_the_dual(halves):
    class Inside(Plain):
        def forward(self, sample):
            with torch.autocast("cpu", dtype=torch.float16):
                return super().forward(sample).float()

    discriminator, generator = (Inside if halves == "autocast inside" else Plain)(), Generator()
    real, fake = images(), generator(torch.randn(BATCH, 5))
    if halves == "module":
        discriminator.half()
        real, fake = real.half(), fake.half()
    game = OneStage(discriminator, "hinge")
    with torch.autocast("cpu", dtype=torch.float16, enabled=halves == "autocast"):
        step = game.backward(real, fake)
    assert step.strategy == "dual"
    assert "float16" in game.explain()


def test_bfloat16_keeps_the_ratio():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert _backward(OneStage(Plain(), "hinge")).strategy == "ratio"


def test_a_plan_is_made_anew_between_train_and_eval():
    discriminator = batch_norm()
    game = OneStage(discriminator, "hinge")
    taken = []
    for training in (True, False, True, False):
        discriminator.train(training)
        taken.append(_backward(game).strategy)
    assert taken == ["dual", "ratio", "dual", "ratio"]


def test_a_plan_is_made_anew_when_one_submodule_changes():
    discriminator = nn.Sequential(batch_norm(), nn.Identity())
    game = OneStage(lambda x: discriminator(x), "hinge")
    assert _backward(game).strategy == "dual"
    discriminator[0].norm.eval()
    assert _backward(game).strategy == "ratio"


def test_a_plan_is_made_anew_for_another_output():
    class Changing(Plain):
        def forward(self, sample):
            return self.features(sample) if self.maps else super().forward(sample)

    discriminator = Changing()
    game, taken = OneStage(discriminator, "hinge"), []
    for discriminator.maps in (False, True, False):
        taken.append(_backward(game).strategy)
    assert taken == ["ratio", "dual", "ratio"]


class _Counting(torch.utils._python_dispatch.TorchDispatchMode):
    """Counts how often a NaN is sent back: one `masked_fill_` for each mask."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.sent += func is torch.ops.aten.masked_fill_.Scalar
        return func(*args, **(kwargs or {}))


def test_one_probe_per_situation():
    discriminator = group_norm()
    game = OneStage(discriminator, "hinge")
    with _Counting() as counting:
        sent = []
        for _ in range(3):
            _backward(game)
            sent.append(counting.sent)
    assert sent == [num_masks(BATCH)] * 3


def test_an_inconclusive_probe_is_tried_again_at_calls_2_4_8():  # and, once it told, at 16
    """Dead units hide the paths; once they live, the ratio is taken."""

    class Dead(Plain):
        def features(self, sample):
            return (super().features(sample) + self.lift).relu()

    discriminator = Dead()
    discriminator.lift = -1e3
    game, taken = OneStage(discriminator, "hinge"), []
    probed_at = []
    with _Counting() as counting:
        for call in range(1, 20):
            discriminator.lift = -1e3 if call < 7 else 10.0
            before = counting.sent
            taken.append(_backward(game).strategy)
            if counting.sent > before:
                probed_at.append(call)
    assert probed_at == [1, 2, 4, 8, 16]
    assert taken == ["dual"] * 7 + ["ratio"] * 12


class LateCoupling(Plain):
    """A branch that mixes the samples, and whose units are dead until they are not."""

    lift = -1e3

    def features(self, sample):
        hidden = super().features(sample)
        return hidden + (hidden.mean(0, keepdim=True) + self.lift).relu()


@pytest.mark.parametrize("strategy", ["auto", "ratio"])
def test_samples_that_were_found_independent_are_looked_at_again(strategy):
    """A dead branch hides a coupling, and comes alive as training goes on."""
    discriminator, generator = LateCoupling().double(), Generator().double()
    game, taken = OneStage(discriminator, "hinge", strategy=strategy), []

    def call():
        real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
        reference = reference_gradients(discriminator, "hinge", real, fake)
        clear(discriminator, generator)
        taken.append(game.backward(real, fake).strategy)
        return max(errors(discriminator, generator, reference))

    for _ in range(15):
        assert call() <= 1e-12
    discriminator.lift = 1.0
    if strategy == "ratio":
        with pytest.raises(ValueError, match=r"cannot be exact.*depends on another sample"):
            call()
        return
    assert all(call() <= 1e-12 for _ in range(3))
    assert taken == ["ratio"] * 15 + ["dual"] * 3


def test_a_look_that_tells_nothing_takes_nothing_back():
    """Dead units at call 16: what was found before stands."""

    class Dies(Plain):
        lift = 10.0

        def features(self, sample):
            return (super().features(sample) + self.lift).relu()

    discriminator = Dies()
    game = OneStage(discriminator, "hinge")
    taken = []
    for call in range(1, 19):
        discriminator.lift = -1e3 if call == 16 else 10.0
        taken.append(_backward(game).strategy)
    assert taken == ["ratio"] * 18


@pytest.mark.parametrize(
    ("number", "base", "expected"),
    [(1, 2, False), (2, 2, True), (6, 2, False), (64, 16, False), (16, 16, True), (256, 16, True),
     (16**7, 16, True), (16**7 + 1, 16, False), (16, 0, False), (2**40, 2, True)],
)  # fmt: skip
def test_powers(number, base, expected):
    assert is_power(number, base) is expected


@pytest.mark.parametrize("loss", SIX_LOSSES)
def test_r2_under_float16_takes_the_dual(loss):
    """The penalty walks D without the loss scale, and float16 rounds what it finds to 0."""
    discriminator, generator = Plain(), Generator()
    with torch.no_grad():
        discriminator.head.weight.mul_(1e-3)
    real, fake = images(), generator(torch.randn(BATCH, 5))
    reference = reference_gradients(discriminator, loss, real, fake)
    game = OneStage(discriminator, loss, penalties=[R2(1.0)])
    with torch.autocast("cpu", dtype=torch.float16):
        step, at_fake = game.gradients(real, fake, scale=2.0**12)
    assert step.strategy == "dual"
    assert "float16" in game.explain()
    expected = reference.fake[0]
    assert (at_fake / 2.0**12 - expected).norm() <= 1e-2 * expected.norm()


def test_zero_initialised_batch_norm_is_caught_at_the_first_step():
    game = OneStage(ZOO["zero_residual"].build(), "nonsaturating")
    assert _backward(game).strategy == "dual"
    assert "couple" in game.explain()


REFUSED = {
    "batch_norm": (batch_norm, "BatchNorm"),
    "minibatch_stddev": (MinibatchStddev, "minibatch"),
    "patch": (Patch, "not one logit per sample"),
    "two_heads": (TwoHeads, "not one logit per sample"),
}


@pytest.mark.parametrize(("build", "found"), REFUSED.values(), ids=REFUSED)
def test_ratio_by_name_is_refused(build, found):
    game = OneStage(build(), "hinge", strategy="ratio")
    with pytest.raises(ValueError, match=found) as error:
        _backward(game)
    message = str(error.value)
    assert "strategy='ratio' cannot be exact here" in message
    assert "GroupNorm" in message or "One logit per sample" in message  # the fix
    assert "Slower way out: strategy='auto'" in message
    assert "\n" not in message


def test_ratio_under_float16_is_refused():
    with (
        torch.autocast("cpu", dtype=torch.float16),
        pytest.raises(ValueError, match=r"float16.*bfloat16"),
    ):
        _backward(OneStage(Plain(), "hinge", strategy="ratio"))


@pytest.mark.parametrize("loss", [name for name in SIX_LOSSES if name not in REVERSING])
def test_reversal_without_a_declaration_is_refused(loss):
    with pytest.raises(ValueError, match=r"declares no reversal.*Declare.*strategy='auto'"):
        OneStage(Plain(), loss, strategy="reversal")


def test_explain_before_and_after():
    game = OneStage(group_norm(), "hinge")
    assert "Not planned yet" in game.explain()
    _backward(game)
    text = game.explain()
    for word in ("ratio", "PerSampleRatio", "3 G + 6 D", "3 G + 8 D", "cheaper:"):
        assert word in text


def test_explain_says_what_would_be_cheaper():
    game = OneStage(batch_norm(), "hinge")
    _backward(game)
    text = game.explain()
    for word in ("DualCotangent", "3 G + 7 D", "GroupNorm", "minimax"):
        assert word in text
