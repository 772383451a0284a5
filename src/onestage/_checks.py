"""What a call must be given, checked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from onestage._tree import Tree, tensors
from onestage.penalties import AnyPenalty


def check_distributed(modules: Iterable[nn.Module]) -> None:
    """Raise `ValueError` for a distributed wrapper whose reduction would go wrong, and silently."""
    for module in (part for root in modules for part in root.modules()):
        if isinstance(module, DistributedDataParallel) and module.static_graph:
            raise ValueError(
                "The discriminator is in a DistributedDataParallel with static_graph=True, which "
                "takes every step for one forward and one backward: with a forward on real and one "
                "on fake samples it leaves out or doubles gradients. Build it with "
                "static_graph=False."
            )


def check_trainable(modules: Iterable[nn.Module], parameters: Sequence[Tensor]) -> None:
    """Raise `ValueError` for a D with weights of which none is trained."""
    if not parameters and any(True for root in modules for _ in root.parameters()):
        raise ValueError(
            "No weight of the discriminator requires a gradient, so it cannot be trained. Leave "
            "out the requires_grad_(False) that froze it for the generator's stage: there is no "
            "such stage here."
        )


def check_samples(real: Tree, fake: Tree, *, attached: bool) -> None:
    """Raise `ValueError` for samples that cannot be played with.

    Args:
        real: must not require a gradient: it would be computed and thrown away.
        fake: must be attached to a generator if `attached`.
        attached: whether the generator is to be trained.
    """
    if any(x.requires_grad for x in tensors(real)):
        raise ValueError(
            "The real sample requires a gradient, which nothing would use. Pass real.detach(); "
            "penalties take the gradient that they need themselves."
        )
    fakes = tensors(fake)
    if not fakes:
        raise ValueError("The fake holds no tensor. Pass what the generator returned.")
    if attached and not any(x.requires_grad for x in fakes):
        raise ValueError(
            "The fake is detached or was made under no_grad, so the generator cannot be trained. "
            "Pass the generator's output as it is, or call discriminator_backward to train the "
            "discriminator alone."
        )
    for sample, name in ((real, "real"), (fake, "fake")):
        sizes = {x.shape[0] for x in tensors(sample) if x.ndim}
        if 0 in sizes:
            raise ValueError(f"The {name} batch is empty: its mean, and so its loss, is undefined.")


def check_real_side(penalties: Iterable[AnyPenalty], real: Tree) -> None:
    """Raise `ValueError` if a penalty compares both sides and there is no real one."""
    for penalty in penalties:
        if real is None and penalty.branch in ("between", "outputs"):
            raise ValueError(
                f"The penalty {penalty.name!r} needs real samples, and real is None. Pass a real "
                "batch, or leave out the penalty."
            )


def check_generator_loss(loss: Tensor | None) -> None:
    """Raise `ValueError` unless G's other terms are a scalar with a graph, or None."""
    if loss is None:
        return
    if not isinstance(loss, Tensor) or loss.ndim != 0:
        found = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"generator_loss must be a scalar tensor (0 dimensions), not {found}.")
    if not loss.requires_grad:
        raise ValueError(
            "generator_loss requires no gradient, so it cannot train the generator. "
            "Compute it from the attached fake, or leave it out."
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


def check_reversal(f: list[Tensor | None], g: list[Tensor | None], factor: float | Tensor) -> None:
    """Raise `ValueError` if a declared reversal does not hold at the first call. The host waits.

    A reversal is declared, never inferred: that it holds here proves nothing, that it fails does.
    """
    for ours, theirs in zip(f, g, strict=True):
        expected = torch.zeros(()) if ours is None else ours * factor
        found = torch.zeros_like(expected) if theirs is None else theirs
        size = torch.linalg.vector_norm(expected) + torch.linalg.vector_norm(found)
        if torch.linalg.vector_norm(found - expected) > 1e-3 * size:
            raise ValueError(
                f"The loss declares reversal={float(factor):g}, but its generator loss has another "
                "derivative at the fake outputs than that multiple of D's. Correct the factor or "
                "the generator loss, or declare no reversal."
            )
