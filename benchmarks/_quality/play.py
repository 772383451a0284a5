"""Two methods trained in turn, in short blocks, so that a busy machine slows both alike."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from onestage.apps.gan import GANStep
from onestage.apps.image_gan import build_image_gan, evaluate_generator
from onestage.metrics import Evaluator
from onestage.networks import DCGANGenerator
from onestage.training import build_config

ONE_STAGE, TWO_STAGE = "one-stage", "two-stage-tuned"
METHODS = (ONE_STAGE, TWO_STAGE)
BLOCK = 10  # steps at a time: long beside the clock's noise, short beside the machine's moods


@dataclass
class Contender:
    """A method in training.

    Attributes:
        game: what is trained.
        seconds: the time of each block of steps but the first, which warms up (and probes D).
        snapshots: the averaged generator at the end of each block, by steps done.
    """

    game: GANStep
    seconds: list[float] = field(default_factory=list)
    snapshots: dict[int, DCGANGenerator] = field(default_factory=dict)

    def train(self, until: int, clock: Callable[[], float] = time.perf_counter) -> None:
        """One block of steps, or less if `until` is nearer."""
        first, num_steps = self.game.count, min(BLOCK, until - self.game.count)
        began = clock()
        for _ in range(num_steps):
            measured = self.game.step()
        if not bool(measured["finite"]):
            raise RuntimeError(f"{self.game.config.method} diverged by step {self.game.count}.")
        elapsed = clock() - began
        if first > 0 and num_steps == BLOCK:
            self.seconds.append(elapsed)
        self.snapshots[self.game.count] = copy.deepcopy(self.game.ema.module)

    @property
    def steps_per_second(self) -> float:
        """From the median block: a block that something disturbed does not count."""
        return BLOCK / median(self.seconds)


def play(seed: int, steps: int | None, threads: int) -> list[dict[str, Any]]:
    """Train both methods from one seed; a record for each.

    Args:
        seed: the weights to begin with, the order of the images and the noise, alike for both.
        steps: iterations; None takes the recipe's.
        threads: written into the config; the caller sets them.
    """
    contenders = {method: _build(method, seed, steps, threads) for method in METHODS}
    config = contenders[ONE_STAGE].game.config
    evaluator = Evaluator(contenders[ONE_STAGE].game.task.source)
    for turn in range(-(-config.steps // BLOCK)):
        # Who goes first changes with every turn.
        for method in METHODS if turn % 2 else METHODS[::-1]:
            contenders[method].train(config.steps)
    num_steps = _equal_time(contenders, config.steps)
    return [
        _record(contender, evaluator, num_steps[method]) for method, contender in contenders.items()
    ]


def _record(contender: Contender, evaluator: Evaluator, equal_time_steps: int) -> dict[str, Any]:
    config = contender.game.config

    def measure(step: int) -> dict[str, Any]:
        return evaluate_generator(
            contender.snapshots[step],
            evaluator,
            num_samples=config.evaluate_samples,
            seed=config.seed,
        )

    return {
        "method": config.method,
        "seed": config.seed,
        "steps": config.steps,
        "steps_per_second": contender.steps_per_second,
        "block_seconds": contender.seconds,
        "equal_steps": measure(config.steps),
        "equal_time_steps": equal_time_steps,
        "equal_time": measure(equal_time_steps),
        "facts": contender.game.facts(),
        "config": asdict(config),
    }


def _build(method: str, seed: int, steps: int | None, threads: int) -> Contender:
    settings: dict[str, Any] = {"method": method, "seed": seed, "threads": threads}
    if steps is not None:
        settings["steps"] = steps
    return Contender(build_image_gan(build_config(settings)))


def _equal_time(contenders: Mapping[str, Contender], steps: int) -> dict[str, int]:
    """Steps that each has done when the one-stage method has done all of its own.

    Two stages stand then at `steps` over the speed-up, to the nearest end of a block; should they
    be the faster ones, they are trained on until there.
    """
    speeds = [contenders[method].steps_per_second for method in METHODS]
    target = steps * speeds[1] / speeds[0]
    two_stage = contenders[TWO_STAGE]
    while two_stage.game.count < target:
        # The seconds of this are not compared with anything: the speeds are settled.
        two_stage.train(two_stage.game.count + BLOCK)
    nearest = min(two_stage.snapshots, key=lambda count: abs(count - target))
    return {ONE_STAGE: steps, TWO_STAGE: nearest}
