"""All methods on one preset from one seed, in turns, so that a busy machine slows all alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from torch import nn

from onestage.apps import build_game
from onestage.bench import limited_threads
from onestage.compare._cost import measure_cost
from onestage.compare._plan import ONE_STAGE, Unit
from onestage.compare._turns import Contender
from onestage.compare._unfinished import Unfinished
from onestage.training import PlayerConfig, TrainConfig

Record = dict[str, Any]


def play(
    unit: Unit,
    between: Callable[[], None] = lambda: None,
    unfinished: Unfinished | None = None,
) -> list[Record]:
    """Train all methods of a unit; a record for each.

    Args:
        unit: what is trained.
        between: called before every turn.
        unfinished: where the state is kept meanwhile, and gone on from.

    Raises:
        ValueError: if a game cannot be built; one line.
    """
    configs = {method: unit.config(method) for method in unit.methods}
    unfinished = unfinished or Unfinished(None)
    with limited_threads(configs[ONE_STAGE].threads):
        records = _play(unit, configs, between, unfinished)
    unfinished.discard()
    return records


def describe_recipe(config: TrainConfig) -> str:
    """The optimisers in a few words; one description where both players have the same."""
    players = [_describe_player(p) for p in (config.generator, config.discriminator)]
    return players[0] if players[0] == players[1] else f"G {players[0]}, D {players[1]}"


def equal_time_steps(steps: int, reference: float | None, own: float | None) -> float:
    """Steps that a method does while the reference does `steps`.

    Args:
        steps: of the reference.
        reference: seconds of a step of the reference; None where that is not known.
        own: likewise, of the method.
    """
    return steps if reference is None or own is None else steps * reference / own


def _play(
    unit: Unit,
    configs: Mapping[str, TrainConfig],
    between: Callable[[], None],
    unfinished: Unfinished,
) -> list[Record]:
    costs = {method: measure_cost(config) for method, config in configs.items()}
    contenders = {method: Contender(build_game(config)) for method, config in configs.items()}
    _train(contenders, configs[ONE_STAGE].steps, between, unfinished)
    measure = _measure(contenders[ONE_STAGE], unit.features)
    return [
        {
            "preset": unit.preset,
            "method": method,
            "recipe": describe_recipe(contender.game.config),
            "seed": unit.seed,
            **_outcome(contender, contenders[ONE_STAGE], measure),
            **asdict(costs[method]),
            "facts": contender.game.facts(),
            "config": asdict(configs[method]),
        }
        for method, contender in contenders.items()
    ]


def _describe_player(player: PlayerConfig) -> str:
    optimism = f" optimism {player.optimism:g}" if player.optimism else ""
    betas = f"({player.beta1:g}, {player.beta2:g})"
    return f"{player.optimizer} {player.learning_rate:g} {betas}{optimism}"


def _train(
    contenders: Mapping[str, Contender],
    steps: int,
    between: Callable[[], None],
    unfinished: Unfinished,
) -> None:
    """All steps of all in turns; then those on that have done less than one stage's time holds."""
    reference, order = contenders[ONE_STAGE], list(contenders.values())
    for number in itertools.count(unfinished.load(contenders)):
        running = [c for c in order if c.game.count < steps and c.diverged_at is None]
        if not running:
            break
        for contender in running if number % 2 else running[::-1]:
            between()
            contender.train(steps)
            contender.keep_snapshot(_target(contender, reference))
        unfinished.save_if_due(contenders, number + 1)
    for contender in order:
        _train_on(contender, _target(contender, reference), between)


def _train_on(contender: Contender, target: float, between: Callable[[], None]) -> None:
    """Up to step `target`, for a method that is faster than one stage.

    The seconds of these turns are compared with nothing: another hour of the machine is none of the
    others', and the speeds are settled.
    """
    if contender.game.count >= target:
        return
    while contender.game.count < target and contender.diverged_at is None:
        between()
        contender.train(contender.game.count + contender.turn, alone=True)
    contender.snapshots[contender.game.count] = contender.game.ema.module


def _target(contender: Contender, reference: Contender) -> float:
    """The step at which a method stands when one stage has done all of its own."""
    steps = reference.game.config.steps
    if contender is reference or reference.diverged_at is not None:
        return steps
    return equal_time_steps(steps, reference.seconds_per_step, contender.seconds_per_step)


def _measure(reference: Contender, features: str | None) -> Callable[[nn.Module], Record]:
    """Metrics of a generator; one task for all, so that all are held against the same images."""
    task = reference.game.task
    return lambda generator: task.evaluate(generator, features=features)


def _outcome(
    contender: Contender, reference: Contender, measure: Callable[[nn.Module], Record]
) -> Record:
    steps, seconds = reference.game.config.steps, contender.seconds_per_step
    outcome: Record = {
        "steps": steps,
        "seconds": contender.total_seconds,
        "steps_per_second": None if seconds is None else 1 / seconds,
        "diverged_at": contender.diverged_at,
        "metrics": None,
        "equal_time_steps": None,
        "metrics_at_equal_time": None,
    }
    if contender.diverged_at is not None:
        return outcome
    target = _target(contender, reference)
    nearest = min(contender.snapshots, key=lambda step: abs(step - target))
    outcome["metrics"] = measure(contender.snapshots[steps])
    outcome["equal_time_steps"] = nearest
    outcome["metrics_at_equal_time"] = (
        outcome["metrics"] if nearest == steps else measure(contender.snapshots[nearest])
    )
    return outcome
