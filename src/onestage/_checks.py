"""What a call must be given, checked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from onestage._tree import Tree, tensors
from onestage.engine import is_being_recorded
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
