"""Who takes part for a pair: each way to make a whole training step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch

from onestage._game import OneStage
from onestage.bench._contenders import (
    Game,
    Step,
    one_stage,
    play,
    two_stage_naive,
    two_stage_tuned,
)
from onestage.bench._hand_written import batched, hand_written
from onestage.bench._options import Settings
from onestage.bench._pairs import Pair
from onestage.bench._players import Players
from onestage.bench._published import published_vocoder
from onestage.bench._schedule import Schedule, build_schedule, list_phases
from onestage.losses import AnyLoss

ALTERNATING = "alternating"


@dataclass(frozen=True)
class Entry:
    """A contender.

    Attributes:
        name: what it is called.
        strategy: how both gradients come about at most steps.
        build: the gradients' part of its step.
        loss: in place of the pair's.
    """

    name: str
    strategy: str
    build: Callable[[Game], Step]
    loss: AnyLoss | None = None

    def schedule(self, pair: Pair, settings: Settings, device: torch.device) -> Schedule:
        """Whole training steps of a pair that is this contender's alone."""
        players = Players(pair, settings, device)
        alternates = self.strategy == ALTERNATING
        whole = players.two_stage if alternates else players.one_stage
        return build_schedule(partial(whole, self.build), players.game(self.loss))


def list_entries(
    make_pair: Callable[[], Pair], settings: Settings, device: torch.device
) -> list[Entry]:
    """Both two-stage schemes, every strategy that is exact here, and the same by hand."""
    pair = make_pair()
    game = Players(pair, settings, device).game()
    entries = [Entry("two-stage-naive", ALTERNATING, two_stage_naive)]
    if pair.is_vocoder:
        entries.append(Entry("two-stage-published", ALTERNATING, published_vocoder))
    entries.append(Entry("two-stage-tuned", ALTERNATING, two_stage_tuned))
    games = [replace(game, penalties=phase.penalties) for phase in list_phases(game.penalties)]
    first = _strategy_taken(games, "auto")
    assert first is not None  # auto never refuses
    entries.append(_library(first, "auto"))
    others = [name for name in ("reversal", "ratio", "dual") if name != first]
    entries += [_library(name, name) for name in others if _strategy_taken(games, name) == name]
    if pair.reversing is not None and first != "reversal":
        entries.append(_library("reversal", "reversal", pair.reversing))
    # Nobody writes out a lazy penalty's steps by hand.
    return [*entries, *(_by_hand(game, first) if len(games) == 1 else [])]


def _by_hand(game: Game, strategy: str) -> list[Entry]:
    """The library's first strategy in plain lines, and D once over both batches."""
    entries = []
    if hand_written(game, strategy) is not None:
        by_hand = partial(_written, strategy=strategy)
        entries.append(Entry("hand-written", strategy, by_hand))
    if strategy == "ratio" and batched(game) is not None:
        entries.append(Entry("hand-written-batched", strategy, _once_over_both))
    return entries


def _library(found: str, asked: str, loss: AnyLoss | None = None) -> Entry:
    return Entry(f"one-stage-{found}", found, partial(one_stage, strategy=asked), loss)


def _written(game: Game, strategy: str) -> Step:
    step = hand_written(game, strategy)
    assert step is not None
    return step


def _once_over_both(game: Game) -> Step:
    step = batched(game)
    assert step is not None
    return step


def _strategy_taken(games: Sequence[Game], strategy: str) -> str | None:
    """What is taken at the first kind of step; None where at any the strategy cannot be exact."""
    try:
        taken = [_first_taken(game, strategy) for game in games]
    except ValueError:
        if strategy == "auto":
            raise
        return None
    return taken[0]


def _first_taken(game: Game, strategy: str) -> str:
    engine = OneStage(game.discriminator, game.loss, penalties=game.penalties, strategy=strategy)
    with game.stage():
        return play(engine, game).strategy
