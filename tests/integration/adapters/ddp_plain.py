"""Run by torchrun: a plain loop over two processes, each network in its own DDP."""

import contextlib

import torch
from tests._processes import leave
from tests.integration.adapters._common import (
    CLIP_NORMS,
    SCENARIOS,
    Reductions,
    Scenario,
    batches,
    build,
    optimizers,
    report,
    weights,
)
from torch.nn.parallel import DistributedDataParallel

from onestage import OneStage


def play(scenario: Scenario, *, hidden: bool = False) -> dict:
    """Three updates; `hidden` puts a function around D's wrapper."""
    generator, discriminator = build()
    joint = optimizers(generator, discriminator)
    wrapped_g = DistributedDataParallel(generator)
    wrapped_d = DistributedDataParallel(discriminator)
    counts = [Reductions(wrapped_g), Reductions(wrapped_d)]
    game = OneStage(
        (lambda images: wrapped_d(images)) if hidden else wrapped_d,
        scenario.loss,
        penalties=scenario.penalties,
        strategy=scenario.strategy,
    )
    rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
    for index, (real, latent) in enumerate(batches(scenario.accumulate, rank, size), start=1):
        is_last = index % scenario.accumulate == 0
        with contextlib.ExitStack() as stack:
            if not is_last:
                stack.enter_context(wrapped_g.no_sync())
                stack.enter_context(wrapped_d.no_sync())
            game.backward(real, wrapped_g(latent), scale=1 / scenario.accumulate)
        if is_last:
            joint.clip_grad_norms_(*CLIP_NORMS)
            joint.step()
            joint.zero_grad()
    return {
        "weights": weights(generator, discriminator),
        "reductions": [reductions.count for reductions in counts],
    }


def refusal() -> str:
    """What a static graph meets."""
    _, discriminator = build()
    try:
        OneStage(DistributedDataParallel(discriminator, static_graph=True), "hinge")
    except ValueError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    torch.distributed.init_process_group("gloo")
    found = {name: play(scenario) for name, scenario in SCENARIOS.items()}
    found["hidden"] = play(SCENARIOS["ratio"], hidden=True)
    report({**found, "static": refusal()})
    leave()
