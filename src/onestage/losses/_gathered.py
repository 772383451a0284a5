"""Losses of a whole batch that is spread over processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, distributed

from onestage._processes import in_a_group
from onestage._tree import Tree, map_tensors
from onestage.losses._base import JointLoss, SeparableLoss


class _Gather(torch.autograd.Function):
    """[B, ...] of every process to [N B, ...], in the order of the ranks.

    Every process computes the same loss from it. The derivative of that loss at this process's
    rows is N times as large here, since distributed wrappers take the mean over N processes.
    """

    @staticmethod
    def forward(ctx: Any, local: Tensor) -> Tensor:
        size = distributed.get_world_size()
        ctx.rows, ctx.size, ctx.rank = len(local), size, distributed.get_rank()
        parts = [torch.empty_like(local) for _ in range(size)]
        distributed.all_gather(parts, local.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        first = ctx.rank * ctx.rows
        return gradients[0][first : first + ctx.rows] * ctx.size


def gathered(loss: SeparableLoss | JointLoss) -> SeparableLoss | JointLoss:
    """A loss over the outputs of all processes, as if they had played one batch.

    For losses with statistics over the batch (relativistic average, Fisher); a mean over samples
    needs nothing of the kind. D's outputs are exchanged, which are small; the gradients of N
    processes under `DistributedDataParallel`, and what the loss learns, are then those of one
    process on the whole batch. In one process it does what the loss does. It may be built before
    the process joins the others.

    Args:
        loss: any; its outputs are to be of one shape in all processes.
    """
    commit = None if loss.commit is None else _over_all(loss.commit)
    if isinstance(loss, SeparableLoss):
        return replace(
            loss,
            real=_over_all(loss.real),
            fake=_over_all(loss.fake),
            generator=_over_all(loss.generator),
            commit=commit,
        )
    return replace(
        loss,
        discriminator=_over_all(loss.discriminator),
        generator=_over_all(loss.generator),
        commit=commit,
    )


def _over_all(function: Callable[..., Any]) -> Callable[..., Any]:
    def over_all(*outputs: Tree) -> Any:
        # Asked at every call: a loss may be built before its process joins the others.
        if in_a_group():
            outputs = tuple(map_tensors(_Gather.apply, side) for side in outputs)
        return function(*outputs)

    return over_all
