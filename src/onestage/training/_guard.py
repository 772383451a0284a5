"""Players that move together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils._pytree import tree_map


def gradient_norm(parameters: Iterable[Tensor]) -> Tensor:
    """The norm of all gradients together, 0-dim; not finite if one of them is not."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = nn.utils.get_total_norm(gradients)
    return norm.full_tensor() if hasattr(norm, "full_tensor") else norm  # of shards: of all


def step_if(finite: Tensor, *optimizers: Optimizer) -> None:
    """Step all of the optimisers, or none.

    On the CPU the flag is there already. On an accelerator fused optimisers take it into their
    kernel; for others the host waits for it, once.

    Args:
        finite: 0-dim bool.
        optimizers: whose gradients are there.
    """
    is_fused = all(getattr(o, "_step_supports_amp_scaling", False) for o in optimizers)
    if is_fused and finite.device.type != "cpu":
        step_unless(~finite, *optimizers)
    elif finite:
        for optimizer in optimizers:
            optimizer.step()


def step_unless(overflow: Tensor, *optimizers: Any) -> None:
    """As a gradient scaler asks it of fused optimisers: the host does not look at the flag."""
    for optimizer in optimizers:
        optimizer.grad_scale, optimizer.found_inf = None, overflow.float()
        try:
            optimizer.step()
        finally:
            del optimizer.grad_scale, optimizer.found_inf


class Memory:
    """The buffers that a forward changes by itself, to be put back where a step is not taken.

    BatchNorm's statistics and power iterations. Losses and penalties with a state of their own
    pass over what is not finite by themselves.

    Args:
        networks: whose buffers are meant.
    """

    def __init__(self, *networks: nn.Module) -> None:
        buffers = [b for network in networks for b in network.buffers() if b.is_floating_point()]
        self._buffers = list({id(b): b for b in buffers}.values())
        self._before = [buffer.clone() for buffer in self._buffers]

    @torch.no_grad()
    def restore_unless(self, finite: Tensor) -> None:
        """Put them back where `finite`, a 0-dim bool, is false; the host does not wait."""
        for buffer, before in zip(self._buffers, self._before, strict=True):
            buffer.copy_(torch.where(finite, buffer, before))


class FirstFault:
    """Finds the first module whose output is not finite though its input is.

    Args:
        networks: by name.
    """

    def __init__(self, **networks: nn.Module) -> None:
        self._networks = networks
        self._found: str | None = None

    def __call__(self, play: Callable[[], Any]) -> str:
        """Run `play` and say where the first value came from that was not finite."""
        handles = [
            module.register_forward_hook(self._hook(name, path, module))
            for name, network in self._networks.items()
            for path, module in network.named_modules()
            if not any(True for _ in module.children())
        ]
        try:
            play()
        finally:
            for handle in handles:
                handle.remove()
        return self._found or self._in_the_gradients() or "in the losses, not in a layer"

    def _hook(self, name: str, path: str, module: nn.Module) -> Callable[..., None]:
        def hook(_: nn.Module, inputs: Any, output: Any) -> None:
            if self._found is None and not _is_finite(output):
                weights = all(_is_finite(p) for p in module.parameters())
                why = "" if weights else ", whose weights are not finite"
                self._found = f"in the {name}, layer {path or '(itself)'} ({_kind(module)}){why}"

        return hook

    def _in_the_gradients(self) -> str | None:
        for name, network in self._networks.items():
            for path, parameter in network.named_parameters():
                if parameter.grad is not None and not _is_finite(parameter.grad):
                    return f"in the {name}, gradient of {path}"
        return None


def _is_finite(value: Any) -> bool:
    found = True

    def look(leaf: Any) -> Any:
        nonlocal found
        leaf = leaf.to_local() if hasattr(leaf, "to_local") else leaf  # of a shard: what is here
        if isinstance(leaf, Tensor) and leaf.is_floating_point():
            found = found and bool(leaf.isfinite().all())
        return leaf

    tree_map(look, value)
    return found


def _kind(module: nn.Module) -> str:
    return type(module).__name__
