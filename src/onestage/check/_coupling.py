"""Finds the modules through which one sample reaches another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from onestage._dtypes import is_differentiable
from onestage._reference import restored
from onestage._tree import Tree, detach, map_tensors, tensors
from onestage.engine import Coupling, probe, root_modules

Call = tuple[tuple[Any, ...], dict[str, Any]]


def coupled_modules(
    discriminator: Callable[..., Tree], sample: Tree, conditions: Sequence[Tree] = ()
) -> list[str]:
    """The innermost modules that couple samples, as 'name (Type)', in the order of the forward.

    Every module that D calls is run alone on the input that it was given, and probed. A module that
    couples while none inside it does (attention written out in its forward) is itself the culprit.

    Args:
        discriminator: as in `OneStage`.
        sample: a batch of two or more samples.
        conditions: what D takes after the sample.
    """
    batch_size = next(x.shape[0] for x in tensors(sample) if x.ndim)
    with torch.enable_grad(), restored(discriminator):
        found = [
            (name, module)
            for name, module, call in _calls(discriminator, sample, conditions)
            if _couples(module, call, batch_size)
        ]
    guilty = {id(module) for _, module in found}
    names: dict[str, None] = {}
    for name, module in found:
        inner = (id(child) for child in module.modules() if child is not module)
        if guilty.isdisjoint(inner):
            names[f"{name or 'the discriminator itself'} ({type(module).__name__})"] = None
    return list(names)


def _calls(
    discriminator: Callable[..., Tree], sample: Tree, conditions: Sequence[Tree]
) -> list[tuple[str, nn.Module, Call]]:
    """Every call of a module in D's forward, with what it was given."""
    calls: list[tuple[str, nn.Module, Call]] = []
    handles = []
    for root in root_modules(discriminator):
        for name, module in root.named_modules():

            def record(
                module: nn.Module, args: Any, kwargs: dict[str, Any], name: str = name
            ) -> None:
                calls.append((name, module, map_tensors(_copy, (args, kwargs))))

            handles.append(module.register_forward_pre_hook(record, with_kwargs=True))
    try:
        discriminator(detach(sample), *conditions)
    finally:
        for handle in handles:
            handle.remove()
    return calls


def _couples(module: nn.Module, call: Call, batch_size: int) -> bool:
    """Whether the module, run alone, lets one sample's output reach another sample's input."""
    leaves = map_tensors(lambda x: x.requires_grad_(is_differentiable(x)), call)
    inputs = [x for x in tensors(leaves) if x.requires_grad]
    if not inputs or any(x.ndim == 0 or x.shape[0] != batch_size for x in inputs):
        return False  # not a batch: folded into another dimension, or no sample at all
    # A module that works in place would refuse a leaf.
    args, kwargs = map_tensors(Tensor.clone, leaves)
    return any(
        probe(output, inputs, [module]) is Coupling.COUPLED
        for output in tensors(module(*args, **kwargs))
        if output.requires_grad and output.ndim and output.shape[0] == batch_size
    )


def _copy(tensor: Tensor) -> Tensor:
    # The next module may work in place on what this one was given.
    return tensor.detach().clone()
