"""Who takes part for a pair: each way to make a whole training step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from onestage.losses import AnyLoss

ALTERNATING = "alternating"


@dataclass(frozen=True)
class Entry:
    """A contender.

    Attributes:
        name: what it is called.
        strategy: how both gradients come about.
        build: the gradients' part of its step.
        loss: in place of the pair's.
    """

    name: str
    strategy: str
    build: Callable[[Game], Step]
    loss: AnyLoss | None = None

    def step(self, pair: Pair, settings: Settings, device: torch.device) -> Step:
        """A whole training step of a pair that is this contender's alone."""
        players = Players(pair, settings, device)
        game = players.game(self.loss)
        alternates = self.strategy == ALTERNATING
        return (players.two_stage if alternates else players.one_stage)(self.build, game)


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
    first = _strategy_taken(game, "auto")
    assert first is not None  # auto never refuses
    entries.append(_library(first, "auto"))
    others = [name for name in ("reversal", "ratio", "dual") if name != first]
    entries += [_library(name, name) for name in others if _strategy_taken(game, name) == name]
    if pair.reversing is not None and first != "reversal":
        entries.append(_library("reversal", "reversal", pair.reversing))
    return [*entries, *_by_hand(game, first)]


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


def _strategy_taken(game: Game, strategy: str) -> str | None:
    """What a first call takes; None where the strategy cannot be exact."""
    try:
        engine = OneStage(
            game.discriminator, game.loss, penalties=game.penalties, strategy=strategy
        )
        with game.stage():
            return play(engine, game).strategy
    except ValueError:
        if strategy == "auto":
            raise
        return None
