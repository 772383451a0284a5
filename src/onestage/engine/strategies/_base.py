"""What a strategy is given and what it must do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from onestage.engine._branch import Branch
from onestage.engine._cotangents import Cotangents


@dataclass(frozen=True)
class Walk:
    """One walk back through D.

    Attributes:
        fake: D's graph over the fakes.
        outputs: the tensors of its outputs.
        f: dL_D/d(outputs), times the scale.
        g: dL_G/d(outputs), times the scale and the generator's weight.
        others: further (tensor, cotangent) pairs that D's weight gradient needs in this walk:
            penalties, and the real side of a joint loss.
        parameters: the leaves that D's weight gradient goes to.
        factor: the declared reversal times the generator's weight.
    """

    fake: Branch
    outputs: list[Tensor]
    f: Cotangents
    g: Cotangents
    others: list[tuple[Tensor, Tensor]]
    parameters: list[Tensor]
    factor: float | Tensor

    @property
    def used(self) -> list[int]:
        """Which of the outputs a loss looks at."""
        both = zip(self.f, self.g, strict=True)
        return [i for i, (f, g) in enumerate(both) if f is not None or g is not None]

    @property
    def reached(self) -> list[Tensor] | None:
        """Where a single walk for both players goes.

        None, every leaf, unless that is more than is wanted: a penalty's walk would come to the
        real batch as well. Reentrant checkpointing refuses a walk with explicit inputs.
        """
        if not self.others:
            return None
        return [*self.parameters, *(x for x in self.fake.inputs if x.requires_grad)]

    def add_gradients(self, seeds: Cotangents, inputs: list[Tensor] | None) -> None:
        """Add the VJP of the fakes' outputs with `seeds`, and of `others`, to `.grad`.

        `inputs=None` means every leaf that can be reached.
        """
        add_vjp([*pairs(self.outputs, seeds), *self.others], inputs)

    def input_gradients(self) -> list[Tensor | None]:
        """What the walk left at each of the fake's tensors, to be changed in place.

        Autograd gives one and the same tensor to two parts that D adds up, and to a part and a
        weight of its shape: a copy is made where that is so, and there alone.
        """
        taken = {_storage(p.grad) for p in self.parameters if p.grad is not None}
        found: list[Tensor | None] = []
        for gradient in [x.grad for x in self.fake.inputs]:
            if gradient is None:
                found.append(None)
                continue
            storage = _storage(gradient)
            found.append(gradient.clone() if storage in taken else gradient)
            taken.add(storage)
        return found


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


class Strategy(ABC):
    """A way to get both players' gradients from one forward of D."""

    name: ClassVar[str]
    cost: ClassVar[str]  # in forwards of G and D on one batch; a full backward costs 2

    @abstractmethod
    def gradients(self, walk: Walk) -> list[Tensor | None]:
        """Add D's gradients to its `.grad`; return dL_G at each of the fake's tensors."""


def pairs(outputs: list[Tensor], seeds: Cotangents) -> list[tuple[Tensor, Tensor]]:
    """Each output that has a cotangent, with it, in the output's dtype."""
    return [
        (output, seed.to(output.dtype))
        for output, seed in zip(outputs, seeds, strict=True)
        if seed is not None and output.requires_grad
    ]


def add_vjp(
    roots: list[tuple[Tensor, Tensor]],
    inputs: list[Tensor] | None,
    player: str = "discriminator",
) -> None:
    """One backward from several roots at once; `player` is who is walked, for a failure's words."""
    if roots and (inputs is None or inputs):
        tensors, seeds = zip(*roots, strict=True)
        try:
            torch.autograd.backward(tensors, seeds, inputs=inputs)
        except RuntimeError as error:
            raise_explained(error, player)
            raise


def raise_explained(error: RuntimeError, player: str = "discriminator") -> None:
    """Raise `ValueError` in plain words for the known graphs that cannot be walked as needed."""
    message = str(error).lower()
    # The sentence of PyTorch's reentrant checkpointing; the other kind says other things.
    if "compatible with .grad()" in message:
        fix = "Pass use_reentrant=False to torch.utils.checkpoint"
        if player == "generator":
            raise ValueError(
                "The generator uses reentrant activation checkpointing, and generator_loss runs "
                "the discriminator, which it must not train: that takes a walk to some weights "
                f"alone. {fix}."
            ) from error
        raise ValueError(
            "The discriminator uses reentrant activation checkpointing, whose graph cannot be "
            f"walked for the input alone. {fix}, or choose a loss that declares a reversal "
            "(minimax, wasserstein)."
        ) from error
    if "donated" in message:
        raise ValueError(
            "The discriminator is compiled, and its graph gives its buffers away after one walk. "
            "Set torch._functorch.config.donated_buffer = False before compiling, or choose a "
            "loss that declares a reversal (minimax, wasserstein)."
        ) from error
    if "not allocated yet" in message:
        raise ValueError(
            "A penalty differentiates the discriminator twice, and fully_shard has freed its "
            "weights in between. Build it with fully_shard(..., reshard_after_forward=False) and "
            "call its set_reshard_after_backward(False), or leave out the penalty."
        ) from error
    if "double backward" in message:
        raise ValueError(
            "A penalty differentiates the discriminator twice, and a compiled one cannot be. Use "
            "it uncompiled, or leave out the penalty."
        ) from error
