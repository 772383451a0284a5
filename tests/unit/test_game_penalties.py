"""Penalties of one's own, and what a sample may be made of under any penalty."""

import pytest
import torch
from tests._discriminators import BATCH, SIX_LOSSES, Generator, Plain, images
from tests._measure import errors, grads
from torch import nn

from onestage import R1, R2, GradientPenalty, OneStage, SeparableLoss
from onestage.penalties import DRAGAN
from onestage.testing import reference_gradients, relative_error

F64 = torch.float64


class TwoTasks(Plain):
    """A discriminator whose second head no output has: it tells how an image was turned."""

    def __init__(self):
        super().__init__()
        self.rotation = nn.LazyLinear(4)

    def turned(self, sample):
        return self.rotation(self.features(sample).flatten(1))


class Rotation:
    """Self-supervision (Chen et al. 2019): the loss of the second head, on one side."""

    name, every = "rotation", 2

    def __init__(self, discriminator, branch):
        self._discriminator, self.branch = discriminator, branch

    def points(self, real, fake):
        return real + fake

    def __call__(self, sample, logits):
        told = self._discriminator.turned(torch.rot90(sample, 1, (2, 3)))
        return nn.functional.cross_entropy(told, torch.ones(len(sample), dtype=torch.long))


@pytest.mark.parametrize("branch", ["real", "fake", "between"])
@pytest.mark.parametrize("method", ["backward", "discriminator_backward"])
@pytest.mark.parametrize("loss", SIX_LOSSES)
def test_weights_that_a_penalty_alone_uses_are_trained(loss, method, branch):
    discriminator, generator = TwoTasks().double(), Generator().double()
    discriminator.turned(images(dtype=F64))
    penalty = Rotation(discriminator, branch)
    real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
    reference = reference_gradients(discriminator, loss, real, fake, penalties=[penalty])
    assert reference.discriminator[discriminator.rotation.weight].any()
    getattr(OneStage(discriminator, loss, penalties=[penalty]), method)(real, fake)
    assert relative_error(grads(discriminator), reference.discriminator) <= 1e-12
    if method == "backward":
        assert relative_error(grads(generator), reference.generator) <= 1e-12


def test_such_weights_keep_their_gradient_when_a_call_fails():
    class Fails(Rotation):
        def __call__(self, sample, logits):
            return super().__call__(sample, logits) * float("nan")

    discriminator, generator = TwoTasks(), Generator()
    discriminator.turned(images())
    weight = discriminator.rotation.weight
    weight.grad = torch.ones_like(weight)

    def loss_of_g(_, f):
        raise RuntimeError("boom")

    loss = (lambda r: -r.mean(), lambda f: f.mean(), loss_of_g)
    game = OneStage(discriminator, loss, penalties=[Fails(discriminator, "real")])
    with pytest.raises(RuntimeError, match="boom"):
        game.backward(images(), generator(torch.randn(BATCH, 5)))
    assert torch.equal(weight.grad, torch.ones_like(weight))


class WithFeatures(Plain):
    """Returns its feature map too, for a matching term."""

    def forward(self, sample):
        hidden = self.features(sample)
        return {"logits": self.head(hidden.flatten(1)).view(-1), "features": hidden}


def _matching(real, fake):
    return (real["features"] - fake["features"]).abs().mean() - fake["logits"].mean()


PLAIN = (
    lambda r: (1 - r["logits"]).relu().mean(),
    lambda f: (1 + f["logits"]).relu().mean(),
    _matching,
)


@pytest.mark.parametrize("method", ["backward", "gradients", "discriminator_backward"])
@pytest.mark.parametrize("penalty", [R1(1.0), R2(1.0), GradientPenalty(), DRAGAN()])
def test_features_are_not_taken_for_logits(penalty, method):
    """A penalty of D's logits would be of its feature maps as well, and many times as large."""
    discriminator, generator = WithFeatures(), Generator()
    game = OneStage(discriminator, PLAIN, penalties=[penalty])
    match = rf"'{penalty.name}' is of D's logits.*shape \({BATCH}, 4, .*SeparableLoss"
    with pytest.raises(ValueError, match=match):
        getattr(game, method)(images(), generator(torch.randn(BATCH, 5)))
    assert not grads(discriminator) and not grads(generator)


def test_logits_that_are_told_are_penalised_alone():
    discriminator, generator = WithFeatures().double(), Generator().double()
    loss = SeparableLoss(*PLAIN, logits=lambda outputs: outputs["logits"])
    real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
    step = OneStage(discriminator, loss, penalties=[R1(2.0)]).backward(real, fake)
    sample = real.requires_grad_()
    assert step.penalties["r1"] == R1(2.0)(sample, discriminator(sample)["logits"])


def test_a_penalty_that_looks_at_no_logits_needs_none_told():
    class Shrinks:
        name, branch, every = "shrinks", "real", 1

        def __call__(self, sample, logits):
            return discriminator.head.weight.square().sum()

    discriminator, generator = WithFeatures(), Generator()
    step = OneStage(discriminator, PLAIN, penalties=[Shrinks()]).backward(
        images(), generator(torch.randn(BATCH, 5))
    )
    assert step.penalties["shrinks"] > 0


class OnSpectra(nn.Module):
    """A discriminator of complex samples, which treats them independently."""

    def __init__(self):
        super().__init__()
        self.mix, self.head = nn.Linear(6, 5, dtype=torch.complex128), nn.Linear(5, 1, dtype=F64)

    def forward(self, spectra):
        return self.head(self.mix(spectra).tanh().abs().tanh()).view(-1)


PENALTIES = {
    "r1": R1(2.0),
    "r2": R2(2.0),
    "gradient_penalty": GradientPenalty(),
    "dragan": DRAGAN(),
}


@pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES)
@pytest.mark.parametrize("loss", SIX_LOSSES)
def test_complex_samples_are_pairs_of_real_numbers(loss, penalty):
    """Held against the same discriminator of real and imaginary parts."""
    discriminator = OnSpectra()
    generator = nn.Linear(3, 12).double()

    def on_parts(parts):
        return discriminator(torch.view_as_complex(parts))

    real = torch.randn(BATCH, 6, 2, dtype=F64)
    latents = torch.randn(BATCH, 3, dtype=F64)

    def fake():
        return generator(latents).view(-1, 6, 2)

    torch.manual_seed(1)
    reference = reference_gradients(on_parts, loss, real, fake(), penalties=[penalty])
    torch.manual_seed(1)
    game = OneStage(discriminator, loss, penalties=[penalty])
    step = game.backward(torch.view_as_complex(real), torch.view_as_complex(fake()))
    assert step.finite and step.penalties[penalty.name].dtype == F64
    assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_a_part_that_needs_no_gradient_gets_none_under_r2():
    """The penalty differentiates every part; the generator made only one."""
    discriminator, generator = Plain(), Generator()
    game = OneStage(lambda pair: discriminator(pair[0] + pair[1]), "hinge", penalties=[R2(1.0)])
    fake = (generator(torch.randn(BATCH, 5)), images())
    _, gradient = game.gradients((images(), images()), fake)
    assert gradient[0].any() and gradient[1] is None


def test_a_penalty_of_a_half_precision_sample_is_taken_in_float32():
    """2^-10 squared is below float16's numbers, and 64 of them are not."""
    gradient = torch.full((3, 64), 2.0**-10, dtype=torch.float16)
    for penalty in (R1(2.0), R2(2.0)):
        value = penalty.of_gradient([gradient * 2.0**-4])
        assert value.dtype == torch.float32
        assert float(value) == pytest.approx(64 * 2.0**-28)
