"""What D's outputs must be for a loss or a penalty to make sense of them."""

from __future__ import annotations

from torch import Tensor

from onestage._tree import Tree, tensors
from onestage.engine._cotangents import Cotangents
from onestage.losses import AnyLoss


def check_paired(real_outputs: Tree, fake_outputs: Tree) -> None:
    """Raise `ValueError` where a loss that pairs outputs would broadcast them."""
    shapes = [_shapes(tensors(side)) for side in (real_outputs, fake_outputs)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"The loss pairs real with fake outputs, whose shapes are {shapes[0]} and {shapes[1]}: "
            "they would be broadcast. Use batches of the same size, or a loss that does not pair "
            "(JointLoss(..., paired=False))."
        )


def check_logits_are_told(loss: AnyLoss, penalty: str, outputs: Tree, of_loss: Cotangents) -> None:
    """Raise `ValueError` where a penalty would take for logits what L_D does not look at.

    Features that D returns for a matching term are such: R1 would be of them as well.

    Args:
        loss: which may name D's logits.
        penalty: the name of one that looks at them.
        outputs: what D returned.
        of_loss: L_D's derivative at them.
    """
    if loss.names_logits:
        return
    pairs = zip(tensors(outputs), of_loss, strict=True)
    unused = [output for output, f in pairs if f is None and output.requires_grad]
    if unused:
        raise ValueError(
            f"The penalty {penalty!r} is of D's logits, and D also returns what its loss does not "
            f"look at, of shape {', '.join(map(str, _shapes(unused)[:3]))}: features, presumably. "
            "Say which outputs are the logits: build_loss(name, logits=...) or "
            "SeparableLoss(..., logits=lambda outputs: outputs[0])."
        )


def _shapes(outputs: list[Tensor]) -> list[tuple[int, ...]]:
    return [tuple(x.shape) for x in outputs]
