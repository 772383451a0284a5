"""A player's optimiser, and its learning rate by step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from onestage.optim import Optimistic, OptimisticAdam
from onestage.training import PlayerConfig


def build_optimizer(network: nn.Module, config: PlayerConfig) -> Optimizer:
    """The optimiser of a network's parameters, optimistic where the settings say so."""
    parameters = list(network.parameters())
    common: dict[str, Any] = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
    sharded = any(hasattr(p, "full_tensor") for p in parameters)
    if config.optimizer != "rmsprop" and not (config.optimizer == "sgd" and sharded):
        # One kernel for all weights, which leaves out a step that is not finite by itself; SGD's
        # takes no shards.
        common["fused"] = True
    betas = (config.beta1, config.beta2)
    if config.optimizer == "adam" and config.optimism:  # in one pass over the weights
        return OptimisticAdam(parameters, betas=betas, optimism=config.optimism, **common)
    builders: dict[str, Callable[..., Optimizer]] = {
        "adam": partial(Adam, betas=betas),
        "adamw": partial(AdamW, betas=betas),
        "rmsprop": partial(RMSprop, alpha=config.beta2, momentum=config.beta1),
        "sgd": partial(SGD, momentum=config.beta1),
    }
    optimizer = builders[config.optimizer](parameters, **common)
    return Optimistic(optimizer, config.optimism) if config.optimism else optimizer


def learning_rate(config: PlayerConfig, step: int) -> float:
    """The learning rate of step number `step`, counted from 0: a line up, then stairs down."""
    warmup = min(1.0, (step + 1) / config.warmup_steps) if config.warmup_steps else 1.0
    stairs = sum(step >= boundary for boundary in config.decay_steps)
    return config.learning_rate * warmup * config.decay_factor**stairs


def set_learning_rate(optimizer: Optimizer, config: PlayerConfig, step: int) -> None:
    """Give an optimiser the learning rate of a step; a function of the step leaves no state."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(learning_rate(config, step))
        else:
            group["lr"] = learning_rate(config, step)


def make_recordable(optimizer: Optimizer, device: torch.device) -> None:
    """A recorded step reads its learning rate from a tensor, and leaves the count on the device."""
    for group in optimizer.param_groups:
        group["lr"] = torch.as_tensor(group["lr"], dtype=torch.float32, device=device)
        if "capturable" in group:
            group["capturable"] = device.type == "cuda"


def load_optimizer(optimizer: Optimizer, state: dict[str, Any]) -> None:
    """Give an optimiser a state; its options stay this run's: the kernel differs by device."""
    own = [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
    optimizer.load_state_dict(state)
    for group, options in zip(optimizer.param_groups, own, strict=True):
        group.update(options)
    for each in (optimizer, getattr(optimizer, "optimizer", optimizer)):  # and what it wraps
        for parameter, held in each.state.items():
            held.update({name: _laid_out_as(parameter, value) for name, value in held.items()})


def _laid_out_as(parameter: Tensor, value: Any) -> Any:
    """A moment in the memory format of its weights, which a resumed run may have in another one.

    Fused kernels on the CPU match elements by their place in memory, whatever the strides say.
    """
    if not isinstance(value, Tensor) or value.shape != parameter.shape:
        return value
    if value.stride() == parameter.stride():
        return value
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value)
