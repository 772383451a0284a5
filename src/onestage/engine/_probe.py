"""Finds out whether D treats the samples of a batch independently.

The input VJP with cotangent NaN on some samples and 0 on the others is exactly 0 at the others if
and only if no path leads from one sample's logit to another sample's input. NaN rather than 1,
because it survives multiplication by zero: a zero-initialised residual branch hides its BatchNorm
from 1. One mask is not enough, since statistics over groups can lie inside it: the masks are the
bits of the sample index and their complements, so that every ordered pair of samples is told apart
by one of them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn


class Coupling(enum.Enum):
    """What the probe found."""

    INDEPENDENT = "independent"
    COUPLED = "coupled"
    INCONCLUSIVE = "inconclusive"  # some sample's gradient vanishes: dead units hide the paths


def probe(outputs: Tensor, inputs: Sequence[Tensor], modules: Sequence[nn.Module]) -> Coupling:
    """Walk a graph backwards once per mask, 2 ceil(log2 B) times. The host waits once.

    Args:
        outputs: [B, ...], with a graph that is kept: D's logits, or what a module returned.
        inputs: what they were made from, tensors [B, ...] with `requires_grad`.
        modules: their buffers are restored; a checkpointed BatchNorm is run again by the walk.
    """
    buffers = [(b, b.clone()) for module in modules for b in module.buffers()]
    alive = torch.zeros(outputs.shape[0], dtype=torch.bool, device=outputs.device)
    leaked = alive.clone()
    try:
        with torch.autograd.set_detect_anomaly(False):  # NaN is what we send on purpose
            for mask in masks(outputs.shape[0], outputs.device):
                touched = _touched(outputs, inputs, mask)
                alive |= touched & mask
                leaked |= touched & ~mask
    finally:
        _restore(buffers)
    any_leak, all_alive = torch.stack([leaked.any(), alive.all()]).tolist()
    if any_leak:
        return Coupling.COUPLED
    return Coupling.INDEPENDENT if all_alive else Coupling.INCONCLUSIVE


def _restore(buffers: list[tuple[Tensor, Tensor]]) -> None:
    """As they were, and without raising their version: a graph that saved one stays valid.

    BatchNorm writes its statistics without raising it either, so that it tells nothing.
    """
    for buffer, before in buffers:
        buffer.data.copy_(before)


def masks(batch_size: int, device: torch.device) -> Iterator[Tensor]:
    """The bits of the sample index and their complements, each [B] bool."""
    index = torch.arange(batch_size, device=device)
    for bit in range((batch_size - 1).bit_length()):
        mask = (index >> bit) % 2 == 1
        yield mask
        yield ~mask


def num_masks(batch_size: int) -> int:
    """2 ceil(log2 B)."""
    return 2 * (batch_size - 1).bit_length()


def _touched(outputs: Tensor, inputs: Sequence[Tensor], mask: Tensor) -> Tensor:
    """Which samples' input gradient is not exactly 0 when NaN is sent into `mask`, [B] bool."""
    per_sample = mask.view(-1, *[1] * (outputs.ndim - 1))
    seed = torch.zeros_like(outputs).masked_fill_(per_sample, torch.nan)
    gradients = torch.autograd.grad(outputs, inputs, seed, retain_graph=True, allow_unused=True)
    found = torch.zeros_like(mask)
    for gradient in gradients:
        if gradient is not None:
            found |= gradient.flatten(1).ne(0).any(1)
    return found
