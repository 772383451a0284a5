import dataclasses

import pytest
import torch

from onestage import R1, R2, OneStage
from onestage.graphs import LazyGames
from onestage.losses import build_loss
from onestage.networks import DCGANDiscriminator
from onestage.penalties import LeCam

PENALTIES = (R1(2.0, every=4), R2(1.0, every=2))


def test_each_set_of_due_penalties_is_a_game():
    games = LazyGames(torch.nn.Linear(3, 1), "hinge", penalties=PENALTIES)
    due = [games.due(count) for count in range(5)]
    assert due == [{"r1", "r2"}, set(), {"r2"}, set(), {"r1", "r2"}]
    assert games[due[0]] is games[due[4]]
    assert games[due[0]] is not games[due[1]]


def test_the_gradients_are_those_of_the_lazy_game():
    discriminator = DCGANDiscriminator(image_size=16, channels=1, base_width=4).double()
    real, fake = torch.randn(2, 4, 1, 16, 16).double()
    lazy = OneStage(discriminator, "nonsaturating", penalties=PENALTIES)
    games = LazyGames(discriminator, "nonsaturating", penalties=PENALTIES)
    optimizer = torch.optim.SGD(discriminator.parameters(), 1e-3)

    def gradients(game: OneStage) -> list[torch.Tensor]:
        optimizer.zero_grad()
        game.discriminator_backward(real, fake)
        return [p.grad.clone() for p in discriminator.parameters()]

    for count in range(5):
        ours = gradients(games[games.due(count)])
        theirs = gradients(lazy)
        assert all(torch.allclose(a, b, rtol=1e-12) for a, b in zip(ours, theirs, strict=True))
        optimizer.step()


@pytest.mark.parametrize(
    ("loss", "penalties", "words"),
    [
        ("hinge", [LeCam(0.1)], "'lecam' learns"),
        (build_loss("fisher"), [], "The loss learns"),
    ],
)
def test_what_learns_in_python_is_refused(loss, penalties, words):
    with pytest.raises(ValueError, match=words):
        LazyGames(torch.nn.Linear(3, 1), loss, penalties=penalties)


class Odd:
    name, branch, every = "odd", "real", 2

    def __call__(self, sample, logits):
        return logits.mean()


def test_a_lazy_penalty_without_a_weight_is_refused():
    assert not dataclasses.is_dataclass(Odd)
    with pytest.raises(ValueError, match="'odd' is lazy"):
        LazyGames(torch.nn.Linear(3, 1), "hinge", penalties=[Odd()])
