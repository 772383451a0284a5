"""One forward of D on a sample that is cut off from whatever made it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.graph import Node

from onestage._dtypes import is_differentiable
from onestage._tree import Tree, detach, map_tensors, tensors
from onestage.engine._conditions import check_not_broadcast, explain_failure
from onestage.engine._cotangents import outside_autocast
from onestage.engine._graph import graph_leaves
from onestage.penalties import GradientBased, Penalty, input_gradient


@dataclass(frozen=True)
class Branch:
    """D's graph over one batch.

    Attributes:
        inputs: D's input, a leaf for every tensor of the sample.
        outputs: what D returned.
        parameters: the leaves that its outputs and penalties depend on, `inputs` left out.
        depends_on_input: whether the outputs depend on `inputs`.
        penalties: the values of the penalties of this side, with a graph.
        logits: what the losses call D's logits.
        logit_gradient: grad_x sum(logits) at each of `inputs` that requires a gradient, if a
            penalty has asked for it.
    """

    inputs: list[Tensor]
    outputs: Tree
    parameters: list[Tensor]
    depends_on_input: bool
    penalties: list[tuple[Penalty, Tensor]]
    logits: list[Tensor]
    logit_gradient: list[Tensor] | None

    @property
    def batch_size(self) -> int:
        """Samples in the batch; 0 where no input has a batch dimension."""
        return next((x.shape[0] for x in self.inputs if x.ndim), 0)

    def penalty_roots(self, scale: float | Tensor) -> list[tuple[Tensor, Tensor]]:
        """The penalties with their cotangents: lazy ones are made up for by their interval."""
        return [
            (value, torch.ones_like(value) * (scale * penalty.every))
            for penalty, value in self.penalties
        ]


def run_branch(
    discriminator: Callable[..., Tree],
    sample: Tree,
    conditions: Sequence[Tree],
    *,
    side: str,
    input_gradient: bool,
    penalties: Iterable[Penalty],
    logits: Callable[[Tree], Tree],
) -> Branch:
    """D's forward. Conditions are constants: no gradient flows into them.

    `side` names the sample where something is wrong with it.
    """
    penalties = list(penalties)

    def cut_off(tensor: Tensor) -> Tensor:
        attached = input_gradient and tensor.requires_grad
        return tensor.detach().requires_grad_(
            attached or bool(penalties and is_differentiable(tensor))
        )

    cut = map_tensors(cut_off, sample)
    # Some PyTorch modes (the FLOP counter) refuse a VJP with respect to a leaf that a module
    # takes directly; a view of it is as good.
    views = map_tensors(lambda leaf: leaf.view_as(leaf) if leaf.requires_grad else leaf, cut)
    try:
        outputs = discriminator(views, *map(detach, conditions))
    except RuntimeError as error:
        explain_failure(error, side, sample, conditions)
        raise
    check_not_broadcast(side, sample, conditions, outputs)
    with outside_autocast(cut):
        values, gradient = _evaluate(penalties, cut, logits(outputs))
    seen: set[Node] = set()
    leaves = graph_leaves(tensors(outputs), seen)
    inputs = tensors(cut)
    own = {id(leaf) for leaf in inputs}
    depends_on_input = any(id(leaf) in own for leaf in leaves)
    # A penalty may run parts of D that the outputs do not, such as a head that tells rotations.
    leaves += graph_leaves([value for _, value in values], seen)
    return Branch(
        inputs=inputs,
        outputs=outputs,
        parameters=[leaf for leaf in leaves if id(leaf) not in own],
        depends_on_input=depends_on_input,
        penalties=values,
        logits=tensors(logits(outputs)),
        logit_gradient=gradient,
    )


def _evaluate(
    penalties: list[Penalty], sample: Tree, logits: Tree
) -> tuple[list[tuple[Penalty, Tensor]], list[Tensor] | None]:
    """The penalties, those of the logits' gradient from one gradient."""
    gradient = None
    if any(isinstance(penalty, GradientBased) for penalty in penalties):
        gradient = input_gradient(sample, logits)
    values = [
        (
            penalty,
            penalty.of_gradient(gradient)
            if gradient is not None and isinstance(penalty, GradientBased)
            else penalty(sample, logits),
        )
        for penalty in penalties
    ]
    return values, gradient
