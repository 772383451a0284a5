"""Run by torchrun: Accelerate over two processes."""

from accelerate import Accelerator
from accelerate.utils import GradientAccumulationPlugin
from tests._processes import leave
from tests.integration.adapters._accelerate import play, prepare, weights_of
from tests.integration.adapters._common import SCENARIOS, Reductions, Scenario, batches, report


def run(scenario: Scenario) -> dict:
    """Three updates."""
    plugin = GradientAccumulationPlugin(num_steps=scenario.accumulate)
    accelerator = Accelerator(cpu=True, gradient_accumulation_plugin=plugin)
    game = prepare(accelerator, scenario)
    counts = [Reductions(game.generator), Reductions(game.discriminator)]
    rank, size = accelerator.process_index, accelerator.num_processes
    play(game, batches(scenario.accumulate, rank, size))
    return {
        "weights": weights_of(accelerator, game),
        "reductions": [reductions.count for reductions in counts],
        "processes": size,
    }


if __name__ == "__main__":
    found = {name: run(scenario) for name, scenario in SCENARIOS.items()}
    report(found)
    leave()
