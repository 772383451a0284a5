"""A compiled discriminator: what works, and what is refused in plain words."""

import pytest
import torch
import torch._functorch.config
from torch import nn

from onestage import R1, OneStage
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


def test_a_penalty_is_refused():
    real, fake = samples()
    compiled = torch.compile(discriminator())
    with pytest.raises(ValueError, match="cannot be"):
        OneStage(compiled, "minimax", penalties=[R1(1.0)]).backward(real, fake)
    assert all(parameter.grad is None for parameter in compiled.parameters())
