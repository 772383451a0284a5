"""Both players' gradients in the slow, obviously right way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from onestage._dtypes import as_real, at_least_float32, is_differentiable
from onestage._tree import Tree, detach, map_tensors, tensors
from onestage.engine import evaluate, graph_leaves, root_modules
from onestage.losses import AnyLoss, LossLike, Stateful, as_loss
from onestage.penalties import AnyPenalty, OutputPenalty, PenaltyBetween


@dataclass(frozen=True)
class Gradients:
    """Both players' gradients.

    Attributes:
        discriminator: of L_D with its penalties, by parameter; those it does not use are left out.
        generator: of L_G, by leaf behind the fake.
        fake: of L_G's adversarial term at each tensor of the fake; None where D ignores it.
        discriminator_loss: L_D without penalties, 0-dim.
        generator_loss: L_G's adversarial term, unweighted, 0-dim.
    """

    discriminator: dict[Tensor, Tensor]
    generator: dict[Tensor, Tensor]
    fake: list[Tensor | None]
    discriminator_loss: Tensor
    generator_loss: Tensor


def reference_gradients(
    discriminator: Callable[..., Tree],
    loss: LossLike,
    real: Tree,
    fake: Tree,
    *,
    real_args: Sequence[Tree] = (),
    fake_args: Sequence[Tree] = (),
    penalties: Sequence[AnyPenalty] = (),
    generator_weight: float | Tensor = 1.0,
    generator_loss: Tensor | None = None,
    scale: float | Tensor = 1.0,
) -> Gradients:
    """Both players' gradients by a forward and a backward of their own for each.

    Buffers and random state are put back after each pass, so that both see the same dropout masks,
    power iteration and batch statistics. Nothing is changed: `.grad` is neither read nor written,
    the fake's graph is kept, and a loss or penalty that learns (Fisher, LeCam) stays as it is.

    Args:
        discriminator: as in `OneStage`.
        loss: as in `OneStage`.
        real: as in `OneStage.backward`.
        fake: as in `OneStage.backward`.
        real_args: as in `OneStage.backward`.
        fake_args: as in `OneStage.backward`.
        penalties: all are applied, each `every` times as strong, as on a step where it is due.
        generator_weight: as in `OneStage.backward`.
        generator_loss: as in `OneStage.backward`.
        scale: as in `OneStage.backward`.
    """
    rules = as_loss(loss)
    conditions = (detach(tuple(real_args)), detach(tuple(fake_args)))
    with torch.enable_grad(), restored(discriminator, penalties):
        d_loss, d_gradients = _discriminator_pass(
            discriminator, rules, real, fake, conditions, penalties, scale
        )
    with torch.enable_grad(), restored(discriminator, penalties):
        g_loss, total = _generator_pass(discriminator, rules, real, fake, conditions)
        total = total * (scale * generator_weight)
        attached = [x for x in tensors(fake) if x.requires_grad]
        at_fake = _gradients(total, attached)
        own = graph_leaves(attached)
        if generator_loss is not None:
            total = total + generator_loss * scale
            known = {*own, *d_gradients}
            own += [x for x in graph_leaves([generator_loss]) if x not in known]
        g_gradients = _gradients(total, own)
    return Gradients(
        d_gradients, g_gradients, [at_fake.get(x) for x in tensors(fake)], d_loss, g_loss
    )


def _discriminator_pass(
    discriminator: Callable[..., Tree],
    rules: AnyLoss,
    real: Tree,
    fake: Tree,
    conditions: tuple[Sequence[Tree], Sequence[Tree]],
    penalties: Sequence[AnyPenalty],
    scale: float | Tensor,
) -> tuple[Tensor, dict[Tensor, Tensor]]:
    """L_D and its gradients, as a discriminator stage has them: the fakes are constants."""
    real_args, fake_args = conditions
    real_in, fake_in = (_constant(x, needs_gradient=bool(penalties)) for x in (real, fake))
    real_out = None if real is None else discriminator(real_in, *real_args)
    fake_out = discriminator(fake_in, *fake_args)
    loss = _loss(rules.discriminator_loss, real_out, fake_out)
    total, samples = loss * scale, {*tensors(real_in), *tensors(fake_in)}
    for penalty in penalties:
        if isinstance(penalty, OutputPenalty):
            value = _of_outputs(penalty, rules.logits(real_out), rules.logits(fake_out))
            total = total + value * (penalty.every * scale)
            continue
        sample, out = (real_in, real_out) if penalty.branch == "real" else (fake_in, fake_out)
        if penalty.branch == "between" and isinstance(penalty, PenaltyBetween):
            points = penalty.points(detach(real), detach(fake))
            sample = _constant(points, needs_gradient=True)
            out = discriminator(sample, *real_args)
            samples.update(tensors(sample))
        total = total + penalty(sample, rules.logits(out)) * (penalty.every * scale)
    parameters = [leaf for leaf in graph_leaves([total]) if leaf not in samples]
    return loss.detach(), _gradients(total, parameters)


def _of_outputs(penalty: OutputPenalty, real_logits: Tree, fake_logits: Tree) -> Tensor:
    """A penalty on both sides' logits, in float32 at least, as the engine takes it."""
    real, fake = (map_tensors(at_least_float32, side) for side in (real_logits, fake_logits))
    return penalty.of_logits("real", real) + penalty.of_logits("fake", fake)


def _generator_pass(
    discriminator: Callable[..., Tree],
    rules: AnyLoss,
    real: Tree,
    fake: Tree,
    conditions: tuple[Sequence[Tree], Sequence[Tree]],
) -> tuple[Tensor, Tensor]:
    """L_G, detached and with its graph: D runs again, and the real outputs are constants."""
    real_args, fake_args = conditions
    real_out = None if real is None else detach(discriminator(real, *real_args))
    loss = _loss(rules.generator_loss, real_out, discriminator(fake, *fake_args))
    return loss.detach(), loss


def relative_error(found: dict[Tensor, Tensor], expected: dict[Tensor, Tensor]) -> float:
    """||found - expected|| / ||expected|| over all tensors together, in float64; floor 1e-30."""
    difference = torch.zeros((), dtype=torch.float64)
    size = torch.zeros((), dtype=torch.float64)
    for key in {**expected, **found}:
        zero = torch.zeros_like(key)
        pair = (side.get(key, zero) for side in (found, expected))
        ours, theirs = (as_real(x.detach()).double().cpu() for x in pair)
        difference += (ours - theirs).square().sum()
        size += theirs.square().sum()
    return float(difference.sqrt() / size.sqrt().clamp_min(1e-30))


@contextlib.contextmanager
def restored(
    discriminator: Callable[..., Tree], penalties: Iterable[AnyPenalty] = ()
) -> Iterator[None]:
    """Put D's buffers and the random state back when the block ends.

    Also that of generators that modules of D, or penalties, have of their own.
    """
    modules = root_modules(discriminator)
    owners = [*penalties, *(part for module in modules for part in module.modules())]
    generators = [
        (thing, thing.get_state())
        for owner in owners
        for thing in getattr(owner, "__dict__", {}).values()
        if isinstance(thing, torch.Generator)
    ]
    buffers = [(b, b.clone()) for module in modules for b in module.buffers()]
    devices = {p.device for module in modules for p in module.parameters() if p.is_cuda}
    with torch.random.fork_rng(devices=list(devices)):
        try:
            yield
        finally:
            with torch.no_grad():
                for buffer, before in buffers:
                    buffer.copy_(before)
            for generator, state in generators:
                generator.set_state(state)


@contextlib.contextmanager
def unlearned(rules: AnyLoss, penalties: Iterable[AnyPenalty]) -> Iterator[None]:
    """Take back, after the block, what the loss and the penalties learned in it."""
    learning: list[Stateful] = [p for p in penalties if isinstance(p, OutputPenalty)]
    if rules.state is not None:
        learning.append(rules.state)
    before = [(thing, thing.state_dict()) for thing in learning]
    try:
        yield
    finally:
        for thing, state in before:
            thing.load_state_dict(state)


def _constant(sample: Tree, *, needs_gradient: bool) -> Tree:
    def cut(tensor: Tensor) -> Tensor:
        return tensor.detach().requires_grad_(needs_gradient and is_differentiable(tensor))

    return map_tensors(cut, sample)


def _loss(function: Callable[..., Tensor], real_out: Tree, fake_out: Tree) -> Tensor:
    """A loss in float32 at least, outside autocast, as the engine takes it."""
    widened = (map_tensors(at_least_float32, side) for side in (real_out, fake_out))
    return evaluate("The loss", function, *widened)


def _gradients(total: Tensor, leaves: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    found = torch.autograd.grad(total, leaves, retain_graph=True, allow_unused=True)
    return {leaf: g for leaf, g in zip(leaves, found, strict=True) if g is not None}
