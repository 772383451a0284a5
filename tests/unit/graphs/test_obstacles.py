import torch

from onestage import R1, OneStage
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


def test_what_a_replay_would_not_do_is_named():
    def said(loss="hinge", *penalties):
        return changes_in_python(OneStage(JUDGE, loss, penalties=penalties))

    assert said() is None
    assert said("hinge", R1(1.0)) is None
    assert "every 16th step" in said("hinge", R1(1.0, every=16))
    assert "LazyGames" in said("hinge", R1(1.0, every=16))
    assert "'lecam' learns" in said("hinge", LeCam(0.1))
    assert "its loss learns" in said(build_loss("fisher"))
