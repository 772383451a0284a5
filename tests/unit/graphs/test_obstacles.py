import pytest
import torch

from onestage import R1, OneStage, _checks
from onestage.graphs._obstacles import changes_in_python, games_of, obstacle
from onestage.losses import build_loss
from onestage.penalties import LeCam

CPU = torch.device("cpu")
JUDGE = torch.nn.Linear(3, 1)


def test_on_cpu_it_says_so():
    assert "it runs on cpu" in obstacle(lambda: None, CPU)


def test_games_are_found_in_closures_and_methods():
    game = OneStage(JUDGE, "hinge")

    class Trainer:
        def __init__(self) -> None:
            self.game = game

        def step(self) -> None:
            self.game.explain()

    assert list(games_of(lambda: game)) == [game]
    assert list(games_of(Trainer().step)) == [game]
    assert list(games_of(lambda: None)) == []


@pytest.mark.parametrize(
    ("loss", "penalties", "match"),
    [
        ("hinge", [R1(1.0, every=16)], "cannot be recorded.*'r1' is due at every 16th step"),
        ("hinge", [LeCam(0.1)], "cannot be recorded.*'lecam' learns"),
        ("fisher", [], "cannot be recorded.*its loss learns"),
    ],
)
def test_a_game_that_was_not_found_refuses_to_be_recorded(monkeypatch, loss, penalties, match):
    """However deep it is hidden; here without a device that could record."""
    game = OneStage(JUDGE, loss, penalties=penalties)
    monkeypatch.setattr(_checks, "is_being_recorded", lambda tensor: True)
    for method in (game.backward, game.gradients, game.discriminator_backward):
        with pytest.raises(ValueError, match=match):
            method(torch.randn(4, 3), torch.randn(4, 3, requires_grad=True))
    OneStage(JUDGE, "wasserstein", penalties=[R1(1.0)]).backward(
        torch.randn(4, 3), torch.randn(4, 3, requires_grad=True)
    )


def test_what_a_replay_would_not_do_is_named():
    def said(loss="hinge", *penalties):
        return changes_in_python(OneStage(JUDGE, loss, penalties=penalties))

    assert said() is None
    assert said("hinge", R1(1.0)) is None
    assert "every 16th step" in said("hinge", R1(1.0, every=16))
    assert "LazyGames" in said("hinge", R1(1.0, every=16))
    assert "'lecam' learns" in said("hinge", LeCam(0.1))
    assert "its loss learns" in said(build_loss("fisher"))
