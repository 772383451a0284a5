"""A compiled discriminator: what works, and what is refused in plain words."""

import pytest
import torch
import torch._functorch.config
from torch import nn

from onestage import R1, R2, GradientPenalty, LeCam, OneStage
from onestage.testing import assert_exact

pytestmark = [
    pytest.mark.slow,  # compiling takes its time
    # The compiler's own modules use what torch has deprecated.
    pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning"),
    # It asks every input for its .grad, as it does of any fake in a two-stage loop.
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning"),
]


@pytest.fixture(autouse=True)
def _fresh():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def discriminator(num_outputs: int = 1) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, num_outputs))


def samples() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(6, 4), torch.randn(6, 4, requires_grad=True)


def test_a_reversal_is_exact():
    real, fake = samples()
    assert_exact(torch.compile(discriminator()), "minimax", real, fake)


@torch._functorch.config.patch(donated_buffer=False)
def test_the_ratio_and_the_dual_are_exact_without_donated_buffers():
    real, fake = samples()
    assert assert_exact(torch.compile(discriminator()), "hinge", real, fake).strategy == "ratio"
    assert assert_exact(torch.compile(discriminator(3)), "hinge", real, fake).strategy == "dual"


@pytest.mark.parametrize("penalty", [R1(1.0), R2(1.0), GradientPenalty()])
@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
def test_a_penalty_is_refused(penalty, filled):
    real, fake = samples()
    compiled = torch.compile(discriminator())
    for weight in compiled.parameters():
        weight.grad = torch.randn_like(weight) if filled else None
    before = [(weight, weight.grad) for weight in compiled.parameters()]
    values = [gradient.clone() for _, gradient in before if gradient is not None]
    with pytest.raises(ValueError, match=r"compiled one cannot be\. Use it uncompiled"):
        OneStage(compiled, "minimax", penalties=[penalty]).backward(real, fake)
    assert all(weight.grad is gradient for weight, gradient in before)
    assert all(g.equal(value) for (_, g), value in zip(before, values, strict=False))


@torch._functorch.config.patch(donated_buffer=False)
def test_a_penalty_on_outputs_is_welcome():
    real, fake = samples()
    compiled = torch.compile(discriminator())
    assert assert_exact(compiled, "minimax", real, fake, penalties=[LeCam(1.0)]).strategy == "ratio"
