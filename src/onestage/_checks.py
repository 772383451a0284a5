"""What a call must be given, checked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from onestage._tree import Tree, tensors
from onestage.engine import Sides, graph_leaves, is_being_recorded
from onestage.losses import AnyLoss
from onestage.penalties import AnyPenalty, OutputPenalty

# What a penalty of each branch is asked.
_ASKED: dict[str, tuple[str, ...]] = {
    "real": ("__call__",),
    "fake": ("__call__",),
    "between": ("points", "__call__"),
    "outputs": ("of_logits", "commit", "state_dict", "load_state_dict"),
}


def lost_in_a_replay(loss: AnyLoss, penalties: Iterable[AnyPenalty]) -> str | None:
    """What a game changes or decides in Python at every step, which a CUDA graph does not run."""
    if loss.commit is not None:
        return "its loss learns between steps (Fisher's multiplier), and a replay would not."
    for penalty in penalties:
        if isinstance(penalty, OutputPenalty):
            return f"the penalty {penalty.name!r} learns between steps, and a replay would not."
        if penalty.every > 1:
            return (
                f"the penalty {penalty.name!r} is due at every {penalty.every}th step, which a "
                "replay cannot decide. Play it with LazyGames."
            )
    return None


def check_recordable(loss: AnyLoss, penalties: Iterable[AnyPenalty], fake: Tree) -> None:
    """Raise `ValueError` where a step is being recorded and its replays would lie."""
    found = None
    if any(is_being_recorded(x) for x in tensors(fake)[:1]):
        found = lost_in_a_replay(loss, penalties)
    if found is not None:
        raise ValueError(f"This game cannot be recorded as a CUDA graph: {found}")


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


def check_call(
    loss: AnyLoss,
    penalties: Iterable[AnyPenalty],
    real: Tree,
    fake: Tree,
    real_args: Any,
    fake_args: Any,
    *,
    attached: bool,
) -> None:
    """Raise `ValueError` for arguments that cannot be played with; see those below."""
    check_samples(real, fake, attached=attached)
    check_conditions(real_args=real_args, fake_args=fake_args)
    check_real_side(penalties, real)
    check_recordable(loss, penalties, fake)


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
    if torch.is_inference_mode_enabled():
        raise ValueError(
            "The call is made under inference_mode, where nothing has a gradient. Leave it first."
        )
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


def check_conditions(**conditions: Any) -> None:
    """Raise `ValueError` for conditions that are not in a tuple or list, by the argument's name."""
    for name, found in conditions.items():
        if not isinstance(found, (tuple, list)):
            raise ValueError(
                f"{name} is a {type(found).__name__}, and must be a tuple or list of what D takes "
                f"after the sample. Pass {name}=(labels,)."
            )


def check_reaches_generator(gradients: Iterable[Tensor | None]) -> None:
    """Raise `ValueError` if what the losses look at is cut off from the fake."""
    if all(gradient is None for gradient in gradients):
        raise ValueError(
            "The discriminator's outputs that the losses use do not depend on the fake: no "
            "gradient can reach the generator. Look for a detach(), no_grad() or a cast to "
            "integers in D."
        )


def check_penalties(penalties: Sequence[AnyPenalty]) -> None:
    """Raise `ValueError` for penalties that could not be told apart, or would never be asked."""
    names = [penalty.name for penalty in penalties]
    if len(set(names)) != len(names):
        raise ValueError(f"Two penalties have the same name: {', '.join(names)}.")
    for penalty in penalties:
        if penalty.branch not in _ASKED:
            known = ", ".join(map(repr, _ASKED))
            raise ValueError(
                f"The penalty {penalty.name!r} has the branch {penalty.branch!r}, on which nothing "
                f"would ask for it. Known: {known}."
            )
        lacking = [name for name in _ASKED[penalty.branch] if not hasattr(penalty, name)]
        if lacking:
            raise ValueError(
                f"The penalty {penalty.name!r} of the branch {penalty.branch!r} lacks "
                f"{', '.join(lacking)}: see onestage.penalties for what each branch is asked."
            )


def check_real_side(penalties: Iterable[AnyPenalty], real: Tree) -> None:
    """Raise `ValueError` if a penalty looks at real samples and there are none."""
    for penalty in penalties:
        if real is None and penalty.branch != "fake":
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
