"""What samples and outputs may look like."""

import collections
from typing import NamedTuple

import pytest
import torch
from tests._discriminators import REVERSING, SIX_LOSSES, Generator, Patch, Plain, images
from tests._measure import errors, grads
from torch import nn

from onestage import R1, R2, OneStage
from onestage.testing import reference_gradients, relative_error

F64 = torch.float64


def _strategies(loss: str) -> tuple[str, ...]:
    return ("reversal", "ratio", "dual") if loss in REVERSING else ("ratio", "dual")


LOSS_AND_STRATEGY = [(loss, s) for loss in SIX_LOSSES for s in _strategies(loss)]


def _flat_players(dims: int, head: nn.Module) -> tuple[nn.Module, nn.Module, torch.Size]:
    """A pair for samples of `dims` dimensions, the batch included."""
    shape = torch.Size([3, 2, 2, 2][: dims - 1])
    discriminator = nn.Sequential(
        nn.Flatten(), nn.Linear(shape.numel(), 7), nn.Tanh(), nn.Linear(7, 1), head
    )
    generator = nn.Sequential(nn.Linear(4, shape.numel()), nn.Tanh(), nn.Unflatten(1, shape))
    return discriminator.double(), generator.double(), shape


HEADS = {
    "[B]": nn.Flatten(0),
    "[B, 1]": nn.Identity(),
    "[B, 1, 1, 1]": nn.Unflatten(1, (1, 1, 1)),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("dims", [2, 3, 4, 5])
@pytest.mark.parametrize(("loss", "strategy"), LOSS_AND_STRATEGY)
def test_dimensions_of_samples_and_logits(loss, strategy, dims, head):
    discriminator, generator, shape = _flat_players(dims, head)
    real, fake = torch.randn(5, *shape, dtype=F64), generator(torch.randn(5, 4, dtype=F64))
    reference = reference_gradients(discriminator, loss, real, fake)
    step = OneStage(discriminator, loss, strategy=strategy).backward(real, fake)
    assert step.strategy == strategy
    assert max(errors(discriminator, generator, reference)) <= 1e-12


@pytest.mark.parametrize(("loss", "strategy"), LOSS_AND_STRATEGY)
def test_batch_of_one(loss, strategy):
    discriminator, generator = Plain().double(), Generator().double()
    real, fake = images(1, dtype=F64), generator(torch.randn(1, 5, dtype=F64))
    reference = reference_gradients(discriminator, loss, real, fake)
    OneStage(discriminator, loss, strategy=strategy).backward(real, fake)
    assert max(errors(discriminator, generator, reference)) <= 1e-12


@pytest.mark.parametrize("sizes", [(3, 7), (7, 3), (1, 4), (4, 1)])
@pytest.mark.parametrize(
    ("loss", "strategy"), [row for row in LOSS_AND_STRATEGY if row[0] != "relativistic"]
)
def test_batches_of_different_size(loss, strategy, sizes):
    discriminator, generator = Plain().double(), Generator().double()
    real, fake = images(sizes[0], dtype=F64), generator(torch.randn(sizes[1], 5, dtype=F64))
    reference = reference_gradients(discriminator, loss, real, fake)
    OneStage(discriminator, loss, strategy=strategy).backward(real, fake)
    assert max(errors(discriminator, generator, reference)) <= 1e-12


class Pieces(NamedTuple):
    sound: torch.Tensor
    tokens: torch.Tensor


class OnPieces(nn.Module):
    """D on a nested sample: {"image": [B, 2, 6, 6], "rest": [Pieces, name]}."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.sound = Plain(), nn.Linear(4, 1)

    def forward(self, sample):
        pieces, name = sample["rest"]
        assert name == "untouched"
        weight = pieces.tokens.to(pieces.sound.dtype) + 1
        return self.image(sample["image"]) + self.sound(pieces.sound).view(-1).tanh() * weight


class PiecesGenerator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.image, self.sound = Generator(), nn.Linear(5, 4)

    def forward(self, latents):
        tokens = torch.arange(len(latents))
        return {
            "image": self.image(latents),
            "rest": [Pieces(self.sound(latents), tokens), "untouched"],
        }


def _pieces(batch: int):
    rest = [Pieces(torch.randn(batch, 4, dtype=F64), torch.arange(batch)), "untouched"]
    return {"image": images(batch, dtype=F64), "rest": rest}


@pytest.mark.parametrize("penalties", [(), (R1(0.5),)], ids=["plain", "r1"])
@pytest.mark.parametrize(("loss", "strategy"), LOSS_AND_STRATEGY)
def test_nested_samples(loss, strategy, penalties):
    discriminator, generator = OnPieces().double(), PiecesGenerator().double()
    real, fake = _pieces(5), generator(torch.randn(5, 5, dtype=F64))
    reference = reference_gradients(discriminator, loss, real, fake, penalties=penalties)
    game = OneStage(discriminator, loss, strategy=strategy, penalties=penalties)
    game.backward(real, fake)
    assert max(errors(discriminator, generator, reference)) <= 1e-12


class AddsParts(nn.Module):
    """D adds up two parts, or a part and a weight: autograd has one gradient for both."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.place = Plain(), nn.Parameter(torch.randn(2, 6, 6))

    def forward(self, sample):
        return self.image((sample["coarse"] + sample["detail"]) + self.place.unsqueeze(0))


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("penalties", [(), (R1(0.5),), (R2(0.5),)], ids=["plain", "r1", "r2"])
@pytest.mark.parametrize(("loss", "strategy"), LOSS_AND_STRATEGY)
def test_parts_that_d_adds_up(loss, strategy, penalties, batch):
    """Coarse and detail of a pyramid (LAPGAN), harmonics and noise of a sound."""
    if penalties and penalties[0].name == "r2" and strategy != "dual":
        strategy = "auto"  # reversal and ratio are refused with it
    discriminator, generator = AddsParts().double(), Generator().double()
    real = {"coarse": images(batch, dtype=F64), "detail": images(batch, dtype=F64)}
    both = generator(torch.randn(2 * batch, 5, dtype=F64))
    fake = {"coarse": both[:batch], "detail": both[batch:]}
    reference = reference_gradients(discriminator, loss, real, fake, penalties=penalties)
    game = OneStage(discriminator, loss, strategy=strategy, penalties=penalties)
    _, gradient = game.gradients(real, fake)
    torch.autograd.backward(list(fake.values()), list(gradient.values()))
    assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_a_dictionary_of_any_kind_stays_what_it_is():
    """`defaultdict` is not made from its items alone."""

    class Heads(Plain):
        def forward(self, sample):
            found = collections.defaultdict(list)
            found["logits"] = super().forward(sample)
            return found

    discriminator, generator = Heads(), Generator()
    loss = tuple(
        (lambda f, term=term: term(f["logits"]))
        for term in (lambda r: -r.mean(), lambda f: f.mean())
    )
    step = OneStage(discriminator, (*loss, lambda _, f: -f["logits"].mean())).backward(
        images(4), generator(torch.randn(4, 5))
    )
    assert step.fake_outputs.default_factory is list
    assert step.fake_outputs["logits"].shape == (4,)


def test_gradients_of_a_nested_fake_are_shaped_like_it():
    discriminator, generator = OnPieces().double(), PiecesGenerator().double()
    fake = generator(torch.randn(5, 5, dtype=F64))
    _, gradient = OneStage(discriminator, "hinge").gradients(_pieces(5), fake)
    assert gradient["image"].shape == fake["image"].shape
    assert gradient["rest"][0].sound.shape == (5, 4)
    assert gradient["rest"][0].tokens is None


@pytest.mark.parametrize("strategy", ["reversal", "ratio", "dual"])
def test_a_part_that_d_ignores_has_gradient_zero(strategy):
    discriminator, generator = Plain(), Generator()
    game = OneStage(lambda pair: discriminator(pair[0]), "minimax", strategy=strategy)
    fake = (generator(torch.randn(4, 5)), generator(torch.randn(4, 5)))
    step, gradient = game.gradients((images(4), images(4)), fake)
    assert gradient[0].any()
    assert not gradient[1].any()
    assert gradient[1].shape == fake[1].shape
    assert step.strategy == strategy


@pytest.mark.parametrize("strategy", ["reversal", "ratio", "dual"])
def test_a_fake_that_is_itself_a_leaf(strategy):
    """Images that are optimised directly."""
    discriminator = Plain().double()
    fake = images(4, dtype=F64).requires_grad_()
    real = images(4, dtype=F64)
    reference = reference_gradients(discriminator, "wasserstein", real, fake)
    OneStage(discriminator, "wasserstein", strategy=strategy).backward(real, fake)
    assert relative_error({fake: fake.grad}, reference.generator) <= 1e-12
    assert relative_error(grads(discriminator), reference.discriminator) <= 1e-12


@pytest.mark.parametrize(("loss", "strategy"), LOSS_AND_STRATEGY)
def test_no_real_side(loss, strategy):
    if loss == "relativistic":
        pytest.skip("pairs real with fake")
    discriminator, generator = Plain().double(), Generator().double()
    fake = generator(torch.randn(4, 5, dtype=F64))
    reference = reference_gradients(discriminator, loss, None, fake)
    step = OneStage(discriminator, loss, strategy=strategy).backward(None, fake)
    assert step.real_outputs is None
    assert max(errors(discriminator, generator, reference)) <= 1e-12


def test_features_beside_the_logits_are_not_logits():
    """`logits=` selects; feature matching is part of L_G."""
    from onestage import SeparableLoss
    from onestage.losses import hinge

    class WithFeatures(Plain):
        def forward(self, sample):
            hidden = self.features(sample)
            return self.head(hidden.flatten(1)).view(-1), hidden

    base = hinge(logits=lambda out: out[0])

    def generator_loss(real_out, fake_out):
        matching = (real_out[1].mean(0) - fake_out[1].mean(0)).abs().sum()
        return base.generator_loss(real_out, fake_out) + 0.1 * matching

    loss = SeparableLoss(base.real, base.fake, generator_loss, logits=base.logits)
    discriminator, generator = WithFeatures().double(), Generator().double()
    real, fake = images(5, dtype=F64), generator(torch.randn(5, 5, dtype=F64))
    for rule, strategy in ((base, "ratio"), (loss, "dual")):
        reference = reference_gradients(discriminator, rule, real, fake, penalties=[R1(1.0)])
        discriminator.zero_grad()
        generator.zero_grad()
        step = OneStage(discriminator, rule, penalties=[R1(1.0)]).backward(real, fake)
        fake = generator(torch.randn(5, 5, dtype=F64))
        assert step.strategy == strategy
        assert max(errors(discriminator, generator, reference)) <= 1e-12


@pytest.mark.parametrize("strategy", ["reversal", "dual"])
def test_channels_last_and_other_strides(strategy):
    discriminator, generator = Patch().double(), Generator().double()
    real = images(4, dtype=F64).to(memory_format=torch.channels_last)
    fake = generator(torch.randn(4, 5, dtype=F64)).to(memory_format=torch.channels_last).flip(3)
    reference = reference_gradients(discriminator, "minimax", real, fake)
    OneStage(discriminator, "minimax", strategy=strategy).backward(real, fake)
    assert max(errors(discriminator, generator, reference)) <= 1e-12
