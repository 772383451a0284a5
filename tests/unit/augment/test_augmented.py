"""One stage through an augmentation: one draw for both players, exact and sample by sample."""

import pytest
import torch
from tests._discriminators import Generator, Plain, batch_norm, images
from torch import Tensor, nn

from onestage import R1, R2, OneStage
from onestage.augment import AdaptiveAugment, Augmented, DiffAugment
from onestage.engine._probe import Coupling, probe
from onestage.penalties import GradientPenalty
from onestage.testing import assert_exact, reference_gradients, relative_error

F64 = torch.float64
BATCH = 6
AUGMENTATIONS = {
    "diff": DiffAugment,
    "ada-0": AdaptiveAugment,
    "ada-0.5": lambda: AdaptiveAugment(p=0.5),
    "ada-1": lambda: AdaptiveAugment(p=1.0),
    "ada-bg": lambda: AdaptiveAugment("bg", p=1.0),
}


class Critic(nn.Module):
    """RGB [B, 3, 8, 8], and labels if there are any, to one logit each."""

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3), nn.Softplus(), nn.Flatten())
        self.head = nn.Linear(6 * 36, 1)
        self.embed = nn.Embedding(classes, 6 * 36) if classes else None

    def forward(self, sample: Tensor, labels: Tensor | None = None) -> Tensor:
        hidden = self.features(sample)
        logit = self.head(hidden).squeeze(1)
        return logit if self.embed is None else logit + (self.embed(labels) * hidden).sum(1)


def _generator() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 3 * 64), nn.Tanh(), nn.Unflatten(1, (3, 8, 8))).double()


def _samples() -> tuple[Tensor, Tensor]:
    return torch.randn(BATCH, 3, 8, 8, dtype=F64), _generator()(torch.randn(BATCH, 5, dtype=F64))


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("strategy", ["ratio", "dual"])
@pytest.mark.parametrize("loss", ["nonsaturating", "hinge"])
def test_both_players_gradients_are_those_of_two_backwards_with_the_same_draw(name, strategy, loss):
    discriminator = Augmented(Critic().double(), AUGMENTATIONS[name]())
    found = assert_exact(
        discriminator, loss, *_samples(), penalties=[R1(1.0)], strategy=strategy, tolerance=1e-12
    )
    assert found.strategy == strategy


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize(
    ("loss", "penalties", "strategy"),
    [
        ("minimax", [R1(1.0)], "reversal"),
        ("hinge", [R1(1.0), R2(1.0)], "shared_penalty"),
        ("nonsaturating", [GradientPenalty(1.0)], "ratio"),
        ("relativistic", [], "ratio"),
    ],
)
def test_the_cheapest_strategy_is_found_and_exact(name, loss, penalties, strategy):
    discriminator = Augmented(Critic().double(), AUGMENTATIONS[name]())
    found = assert_exact(discriminator, loss, *_samples(), penalties=penalties, tolerance=1e-12)
    assert found.strategy == strategy


def test_another_draw_gives_another_gradient():
    """So that the tests above can fail."""
    discriminator, (real, fake) = Augmented(Critic().double(), DiffAugment()), _samples()
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        found.append(reference_gradients(discriminator, "nonsaturating", real, fake))
    assert relative_error(found[0].discriminator, found[1].discriminator) > 1e-2
    assert relative_error(found[0].generator, found[1].generator) > 1e-2


def test_r1_by_hand():
    """D(T(x)) = w . T(x): the gradient at x is T's adjoint on w, and cut out pixels have none."""
    flat = nn.Sequential(nn.Flatten(), nn.Linear(64, 1, bias=False))
    sample = torch.randn(5, 1, 8, 8, requires_grad=True)
    torch.manual_seed(9)
    kept = DiffAugment("cutout")(torch.ones_like(sample)).flatten(1)
    torch.manual_seed(9)
    value = R1(2.0)(sample, Augmented(flat, DiffAugment("cutout"))(sample))
    weight = flat[1].weight
    expected = (kept * weight.detach().square()).sum(1).mean()
    torch.testing.assert_close(value.detach(), expected)
    value.backward()
    torch.testing.assert_close(weight.grad, 2 * weight.detach() * kept.mean(0))


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_the_probe_finds_no_coupling(name):
    discriminator = Augmented(Critic(), AUGMENTATIONS[name]())
    sample = torch.randn(BATCH, 3, 8, 8, requires_grad=True)
    assert probe(discriminator(sample), [sample], [discriminator]) is Coupling.INDEPENDENT


def test_a_coupled_discriminator_stays_coupled():
    discriminator = Augmented(batch_norm().double(), AdaptiveAugment("bg", p=0.5))
    fake = Generator().double()(torch.randn(BATCH, 5, dtype=F64))
    found = assert_exact(discriminator, "hinge", images(BATCH, dtype=F64), fake)
    assert found.strategy == "dual"


def test_conditions_pass_through():
    labels = torch.arange(BATCH) % 3
    discriminator = Augmented(Critic(classes=3).double(), AdaptiveAugment(p=1.0))
    found = assert_exact(
        discriminator, "hinge", *_samples(), real_args=(labels,), fake_args=(labels.flip(0),)
    )
    assert found.strategy == "ratio"


def test_a_few_steps_of_a_game():
    """As the chapter has it: p rises while D wins on the real images."""
    augmentation = AdaptiveAugment("bg", interval=2, ramp_images=48)
    discriminator, generator = Augmented(Plain(), augmentation), Generator()
    with torch.no_grad():
        discriminator.discriminator.head.bias.fill_(5.0)
    game = OneStage(discriminator, "nonsaturating", penalties=[R1(1.0)])
    seen = []
    for _ in range(4):
        step = game.backward(images(), generator(torch.randn(BATCH, 5)))
        augmentation.update(step.real_outputs)
        seen.append(augmentation.p.item())
        assert bool(step.finite) and step.strategy == "ratio"
    assert seen == [0, 0.25, 0.25, 0.5]
