"""What must hold of what D and the losses said, checked while `.grad` can still be put back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from onestage._tree import tensors
from onestage.engine import Sides, graph_leaves


def check_reduced(modules: Iterable[nn.Module], sides: Sides) -> None:
    """Raise `ValueError` where `DistributedDataParallel` would leave weights of D unreduced.

    It reduces in the fakes' walk, once per step, and by default waits there for every weight.
    """
    wrappers = [
        module
        for module in (part for root in modules for part in root.modules())
        if isinstance(module, DistributedDataParallel) and not module.find_unused_parameters
    ]
    if not wrappers:
        return
    pairs = zip(tensors(sides.fake.outputs), sides.f, strict=True)
    roots = [output for output, f in pairs if f is not None]
    reached = {id(x) for x in graph_leaves([*roots, *(root for root, _ in sides.others)])}
    for wrapper in wrappers:
        trained = [(name, p) for name, p in wrapper.module.named_parameters() if p.requires_grad]
        left = [name for name, p in trained if id(p) not in reached]
        if left and len(left) < len(trained):  # none of it: a wrapped G beside D
            raise ValueError(
                f"No gradient of L_D comes to {', '.join(left[:3])} from the fake samples, and "
                "the discriminator's DistributedDataParallel would wait for it. Build it with "
                "find_unused_parameters=True."
            )


def check_trainable(modules: Iterable[nn.Module], parameters: Sequence[Tensor]) -> None:
    """Raise `ValueError` for a D with weights of which none is trained."""
    if parameters:
        return
    # Reentrant checkpointing hides weights from the graph.
    trained = {weight.requires_grad for root in modules for weight in root.parameters()}
    if trained == {False}:
        raise ValueError(
            "No weight of the discriminator requires a gradient, so it cannot be trained. Leave "
            "out the requires_grad_(False) that froze it for the generator's stage: there is no "
            "such stage here."
        )


def check_reaches_generator(gradients: Iterable[Tensor | None]) -> None:
    """Raise `ValueError` if what the losses look at is cut off from the fake."""
    if all(gradient is None for gradient in gradients):
        raise ValueError(
            "The discriminator's outputs that the losses use do not depend on the fake: no "
            "gradient can reach the generator. Look for a detach(), no_grad() or a cast to "
            "integers in D."
        )


def check_finite(term: str, value: Tensor) -> None:
    """Raise `ValueError` for a loss that is not finite at the first call. The host waits."""
    if not torch.isfinite(value):
        raise ValueError(
            f"{term} is {float(value.detach())} at the first call. Look for a logarithm of 0, a "
            "division by 0, or NaN in the samples or weights."
        )


def check_generator_sees_fakes(g: list[Tensor | None]) -> None:
    """Raise `ValueError` if L_G does not depend on D's outputs on the fakes."""
    if all(gradient is None for gradient in g):
        raise ValueError(
            "The generator's loss does not depend on the discriminator's outputs on the fakes, "
            "so it cannot train the generator through it. Look for a detach() in the loss."
        )


def check_reversal(f: list[Tensor | None], g: list[Tensor | None], factor: float | Tensor) -> bool:
    """Raise `ValueError` if a declared reversal does not hold at the first call. The host waits.

    A reversal is declared, never inferred: that it holds here proves nothing, that it fails does.

    Args:
        f: dL_D at the fake outputs.
        g: dL_G there, unweighted: a weight of 0 would hide it.
        factor: what was declared.

    Returns:
        Whether there was anything to compare: not where both are 0, as before a schedule begins.
    """
    compared = False
    for ours, theirs in zip(f, g, strict=True):
        expected = torch.zeros(()) if ours is None else ours * factor
        found = torch.zeros_like(expected) if theirs is None else theirs
        size = torch.linalg.vector_norm(expected) + torch.linalg.vector_norm(found)
        compared |= bool(size > 0)
        if torch.linalg.vector_norm(found - expected) > 1e-3 * size:
            raise ValueError(
                f"The loss declares reversal={float(factor):g}, but its generator loss has another "
                "derivative at the fake outputs than that multiple of D's. Correct the factor or "
                "the generator loss, or declare no reversal."
            )
    return compared
