"""What one stage costs the user's own game, against two."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from onestage._reference import restored, unlearned
from onestage._tree import tensors
from onestage.bench import (
    Game,
    count_flops,
    interleaved_medians,
    one_stage,
    peak_bytes,
    two_stage_naive,
    two_stage_tuned,
)
from onestage.check._subject import Subject
from onestage.engine import graph_leaves
from onestage.losses import as_loss


@dataclass(frozen=True)
class Cost:
    """One forward and backward of both players, without optimisers.

    Attributes:
        flops: floating-point operations.
        seconds: the median time, all methods taking turns.
        peak_bytes: the most memory held beyond weights and batch.
    """

    flops: int
    seconds: float
    peak_bytes: int


def measure_cost(subject: Subject, *, strategy: str = "auto", rounds: int = 10) -> dict[str, Cost]:
    """The cost of each method on the subject's batch; nothing is changed, as by `check_subject`.

    Args:
        subject: the game.
        strategy: as in `OneStage`.
        rounds: how often each method is timed.
    """
    game = _game_of(subject)
    device = tensors(subject.real)[0].device
    steps = {
        "one-stage": one_stage(game, strategy),
        "two-stage-tuned": two_stage_tuned(game),
        "two-stage-naive": two_stage_naive(game),
    }
    with (
        restored(subject.discriminator, subject.penalties),
        restored(subject.generator),
        unlearned(game.loss, game.penalties),
        _kept_gradients(subject) as leaves,
    ):
        steps = {name: _from_zero(step, leaves) for name, step in steps.items()}
        for step in steps.values():
            step()  # the first call plans and probes
        flops = {name: count_flops(step) for name, step in steps.items()}
        peaks = {name: peak_bytes(step, device) for name, step in steps.items()}
        times = interleaved_medians(steps, rounds=rounds, warmup=2, device=device)
    return {name: Cost(flops[name], times[name], peaks[name]) for name in steps}


def _game_of(subject: Subject) -> Game:
    return Game(
        discriminator=subject.discriminator,
        make_fake=lambda: subject.generator(*subject.inputs),
        loss=as_loss(subject.loss),
        real=subject.real,
        real_args=subject.real_args,
        fake_args=subject.fake_args,
        penalties=subject.penalties,
        other_loss=subject.other_loss,
    )


@contextlib.contextmanager
def _kept_gradients(subject: Subject) -> Iterator[list[Tensor]]:
    """Yield the leaves that the steps write to; put their `.grad` back afterwards."""
    with torch.enable_grad(), restored(subject.discriminator), restored(subject.generator):
        fake = subject.generator(*subject.inputs)
        outputs = subject.discriminator(fake, *subject.fake_args)
    leaves = graph_leaves(tensors([fake, outputs]))
    before = [(leaf, leaf.grad) for leaf in leaves]
    try:
        yield leaves
    finally:
        for leaf, gradient in before:
            leaf.grad = gradient


def _from_zero(step: Callable[[], None], leaves: list[Tensor]) -> Callable[[], None]:
    """As in a training loop, where `zero_grad` comes first."""

    def whole() -> None:
        for leaf in leaves:
            leaf.grad = None
        step()

    return whole
