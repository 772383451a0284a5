"""The ways to get both players' gradients that are held against one another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor

from onestage._dtypes import is_differentiable
from onestage._frozen import frozen
from onestage._game import OneStage
from onestage._result import StepResult
from onestage._tree import Tree, detach, map_tensors
from onestage.engine import root_modules
from onestage.losses import AnyLoss, JointLoss, SeparableLoss
from onestage.penalties import AnyPenalty, PenaltyBetween, Side, value_on

Step = Callable[[], None]


@dataclass(frozen=True)
class Game:
    """What a contender plays with.

    Attributes:
        discriminator: as in `OneStage`; so are `loss` and `penalties`, which are all due at every
            step, a lazy one as strong as it is when it is due: `build_schedule` leaves out others.
        make_fake: the generator's forward on a batch; attached.
        real: as in `OneStage.backward`; so are the conditions.
        other_loss: G's other terms as a function of the fake, or None.
        stage: a context around each stage's forwards and backwards: autocast, whose casts of D's
            weights must not outlive an update of D.
        between: called between two stages: D's optimiser step.
    """

    discriminator: Callable[..., Tree]
    make_fake: Callable[[], Tree]
    loss: AnyLoss
    real: Tree
    real_args: Sequence[Tree] = ()
    fake_args: Sequence[Tree] = ()
    penalties: Sequence[AnyPenalty] = ()
    other_loss: Callable[[Tree], Tensor] | None = None
    stage: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext
    between: Callable[[], object] = lambda: None


def one_stage(game: Game, strategy: str = "auto") -> Step:
    """Both players from one forward and one backward each."""
    engine = OneStage(game.discriminator, game.loss, penalties=game.penalties, strategy=strategy)
    is_lazy = any(penalty.every > 1 for penalty in game.penalties)

    def step() -> None:
        if is_lazy:  # at D's first step all are due
            engine.load_state_dict({**engine.state_dict(), "optimizer_steps": 0})
        with game.stage():
            play(engine, game)

    return step


def play(engine: OneStage, game: Game) -> StepResult:
    """One call of the engine on the game's batch."""
    fake = game.make_fake()
    return engine.backward(
        game.real,
        fake,
        real_args=game.real_args,
        fake_args=game.fake_args,
        generator_loss=None if game.other_loss is None else game.other_loss(fake),
    )


def two_stage_tuned(game: Game) -> Step:
    """Fakes reused, D frozen in G's stage: 3 G + 8 D."""

    def step() -> None:
        with game.stage():
            fake = game.make_fake()
            real_out = _discriminator_stage(game, detach(fake))
        game.between()
        weights = (p for module in root_modules(game.discriminator) for p in module.parameters())
        with game.stage(), frozen(weights):
            _generator_stage(game, fake, real_out)

    return step


def two_stage_naive(game: Game) -> Step:
    """As most code does it, a forward of G for each stage and D not frozen: 4 G + 9 D."""

    def step() -> None:
        with game.stage():
            with torch.no_grad():
                fake = game.make_fake()
            real_out = _discriminator_stage(game, fake)
        game.between()
        with game.stage():
            _generator_stage(game, game.make_fake(), real_out)

    return step


def _discriminator_stage(game: Game, fake: Tree) -> Tree:
    """Real first, as in one stage: with a separable loss only one graph of D is alive.

    Returns D's outputs on the real batch, detached.
    """
    real_term, real_out = _side(game, game.real, game.real_args, "real")
    if isinstance(game.loss, SeparableLoss):
        (game.loss.real(real_out) + real_term).backward()
        fake_term, fake_out = _side(game, fake, game.fake_args, "fake")
        total = game.loss.fake(fake_out) + fake_term
    else:
        fake_term, fake_out = _side(game, fake, game.fake_args, "fake")
        total = game.loss.discriminator_loss(real_out, fake_out) + real_term + fake_term
    for penalty in game.penalties:
        if isinstance(penalty, PenaltyBetween):
            points = _leaves(penalty.points(game.real, fake))
            outputs = game.discriminator(points, *game.real_args)
            total = total + _strong(penalty, penalty(points, game.loss.logits(outputs)))
    total.backward()
    return detach(real_out)


def _generator_stage(game: Game, fake: Tree, real_out: Tree) -> None:
    """D(real) runs again only where L_G compares its logits; features to match are kept."""
    if isinstance(game.loss, JointLoss):
        with torch.no_grad():
            real_out = game.discriminator(game.real, *game.real_args)
        # Casts that were made without a graph would keep D(fake) from its weights.
        torch.clear_autocast_cache()
    total = game.loss.generator_loss(real_out, game.discriminator(fake, *game.fake_args))
    if game.other_loss is not None:
        total = total + game.other_loss(fake)
    total.backward()


def _side(
    game: Game, sample: Tree, conditions: Sequence[Tree], side: Side
) -> tuple[Tensor | float, Tree]:
    """The penalties' terms on one side of D, and D's outputs there."""
    if any(penalty.branch == side for penalty in game.penalties):
        sample = _leaves(sample)
    outputs = game.discriminator(sample, *conditions)
    logits = game.loss.logits(outputs)
    terms = [(penalty, value_on(side, penalty, sample, logits)) for penalty in game.penalties]
    total = sum((_strong(p, term) for p, term in terms if term is not None), start=0.0)
    return total, outputs


def _strong(penalty: AnyPenalty, value: Tensor) -> Tensor:
    """A lazy penalty's value, as strong as it is when it is due."""
    return value if penalty.every == 1 else penalty.every * value


def _leaves(sample: Tree) -> Tree:
    """The sample, ready for a penalty."""
    return map_tensors(lambda x: x.detach().requires_grad_(is_differentiable(x)), sample)
