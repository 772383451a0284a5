import pytest
import torch

from onestage import OneStage
from onestage.losses import fisher

# E r = 2, E f = 1, W = 1/2 5 + 1/2 2 = 3.5
R, F = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])


def test_values_by_hand():
    loss = fisher(0.5)
    assert loss.generator_loss(R, F).item() == -1.0
    # -(2 - 1) - 0 (1 - 3.5) + 0.25 2.5^2
    assert loss.discriminator_loss(R, F).item() == pytest.approx(0.5625)
    loss.commit(R, F)  # lambda = 0 + 0.5 (3.5 - 1) = 1.25
    assert loss.state.state_dict()["multiplier"].item() == pytest.approx(1.25)
    # 0.5625 - 1.25 (1 - 3.5)
    assert loss.discriminator_loss(R, F).item() == pytest.approx(3.6875)
    assert loss.generator_loss(R, F).item() == -1.0


def test_the_papers_rho_is_the_default():
    loss = fisher()
    assert loss.discriminator_loss(R, F).item() == pytest.approx(-1 + 0.5e-6 * 6.25)
    loss.commit(R, F)
    assert loss.state.state_dict()["multiplier"].item() == pytest.approx(2.5e-6)


def test_heads_are_added_and_the_constraint_is_their_mean():
    loss = fisher(2.0, logits=lambda outputs: outputs["logits"])
    real = {"logits": [R, torch.tensor([1.0])], "features": torch.ones(9)}
    fake = {"logits": [F, torch.tensor([-1.0])], "features": torch.ones(9)}
    # Gap 1 + 2; W the mean of 3.5 and 1, so W - 1 = 1.25.
    assert loss.discriminator_loss(real, fake).item() == pytest.approx(-3 + 1.25**2)
    assert loss.generator_loss(real, fake).item() == pytest.approx(-1 + 1)


def test_a_map_counts_every_position():
    loss = fisher(0.5)
    as_maps = (x.view(1, 1, 1, 2) for x in (R, F))
    assert loss.discriminator_loss(*as_maps).item() == pytest.approx(0.5625)


def test_the_multiplier_moves_once_a_step_and_is_saved_with_the_game():
    rho, discriminator = 0.5, torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.ones_(discriminator.weight)  # the logits are the samples

    def call(game):
        fake = F.view(2, 1).clone().requires_grad_()
        return game.backward(R.view(2, 1), fake).discriminator_loss.item()

    game = OneStage(discriminator, fisher(rho))
    assert call(game) == pytest.approx(0.5625)
    assert call(game) == pytest.approx(3.6875)
    resumed = OneStage(discriminator, fisher(rho))
    resumed.load_state_dict(game.state_dict())
    assert call(resumed) == call(game) == pytest.approx(0.5625 + 2 * 3.125)


@pytest.mark.parametrize("rho", [0.0, -1e-6, float("nan")])
def test_impossible_rho(rho):
    with pytest.raises(ValueError, match="it is a positive number"):
        fisher(rho)
