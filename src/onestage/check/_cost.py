"""What one stage costs the user's own game, against two."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median

import torch
from torch import Tensor

from onestage._reference import restored, unlearned
from onestage._tree import tensors
from onestage.bench import (
    Game,
    build_schedule,
    count_scheduled,
    interleaved_means,
    one_stage,
    two_stage_naive,
    two_stage_tuned,
)
from onestage.check._subject import Subject
from onestage.engine import graph_leaves
from onestage.losses import as_loss

Step = Callable[[], None]


@dataclass(frozen=True)
class Cost:
    """One forward and backward of both players, without optimisers.

    With lazy penalties each method makes every kind of step that there is.

    Attributes:
        flops: floating-point operations, the mean over such steps.
        seconds: the median time, all methods taking turns; of the means.
        peak_bytes: the most memory held beyond weights and batch at any.
        uncounted: names of dear operations that are not among `flops`.
    """

    flops: int
    seconds: float
    peak_bytes: int
    uncounted: tuple[str, ...] = ()


def measure_cost(subject: Subject, *, strategy: str = "auto", rounds: int = 10) -> dict[str, Cost]:
    """The cost of each method on the subject's batch; nothing is changed, as by `check_subject`.

    Args:
        subject: the game.
        strategy: as in `OneStage`.
        rounds: how often each method is timed.
    """
    game = _game_of(subject)
    device = tensors(subject.real)[0].device
    methods: dict[str, Callable[[Game], Step]] = {
        "one-stage": partial(one_stage, strategy=strategy),
        "two-stage-tuned": two_stage_tuned,
        "two-stage-naive": two_stage_naive,
    }
    with (
        restored(subject.discriminator, subject.penalties),
        restored(subject.generator),
        unlearned(game.loss, game.penalties),
        _kept_gradients(subject) as leaves,
    ):
        schedules = {
            name: build_schedule(_from_zero(build, leaves), game) for name, build in methods.items()
        }
        for schedule in schedules.values():
            for step in schedule.steps:
                step()  # the first call plans and probes
        work = {name: count_scheduled(schedule) for name, schedule in schedules.items()}
        peaks = {name: schedule.peak_bytes(device) for name, schedule in schedules.items()}
        times = interleaved_means(schedules, rounds=rounds, warmup=2, device=device)
    return {
        name: Cost(work[name][0], median(times[name]), peaks[name], tuple(work[name][1]))
        for name in methods
    }


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


def _from_zero(build: Callable[[Game], Step], leaves: list[Tensor]) -> Callable[[Game], Step]:
    """As in a training loop, where `zero_grad` comes first."""

    def build_whole(game: Game) -> Step:
        step = build(game)

        def whole() -> None:
            for leaf in leaves:
                leaf.grad = None
            step()

        return whole

    return build_whole
