"""The slow, obviously right way, and a check that holds the engine against it.

    from onestage.testing import assert_exact

    assert_exact(discriminator, "hinge", real, generator(z))

runs on your own networks and raises where either player's gradient is not the one of two separate
stages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from onestage._game import OneStage
from onestage._tree import Tree, detach, map_tensors, tensors
from onestage.engine._cotangents import at_least_float32, evaluate
from onestage.engine._graph import graph_leaves
from onestage.engine._modules import root_modules
from onestage.losses import LossLike, as_loss
from onestage.penalties import Penalty, PenaltyBetween

TOLERANCES = {torch.float64: 1e-12, torch.float32: 1e-4}  # float32: sums in another order
HALF_TOLERANCE = 5e-2


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


@dataclass(frozen=True)
class Exactness:
    """How far the engine is from the reference.

    Attributes:
        discriminator_error: ||engine - reference|| / ||reference|| over all of D's parameters.
        generator_error: the same over all leaves behind the fake.
        strategy: the one that the engine took.
        explanation: what `OneStage.explain()` says of it.
    """

    discriminator_error: float
    generator_error: float
    strategy: str
    explanation: str


def reference_gradients(
    discriminator: Callable[..., Tree],
    loss: LossLike,
    real: Tree,
    fake: Tree,
    *,
    real_args: Sequence[Tree] = (),
    fake_args: Sequence[Tree] = (),
    penalties: Sequence[Penalty] = (),
    generator_weight: float | Tensor = 1.0,
    generator_loss: Tensor | None = None,
    scale: float | Tensor = 1.0,
) -> Gradients:
    """Both players' gradients by a forward and a backward of their own for each.

    Buffers and random state are put back after each pass, so that both see the same dropout masks,
    power iteration and batch statistics. Nothing is changed: `.grad` is neither read nor written,
    and the fake's graph is kept.

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
    with torch.enable_grad(), restored(discriminator):
        # L_D, as a discriminator stage computes it: the fakes are constants.
        real_in, fake_in = (_constant(x, needs_gradient=bool(penalties)) for x in (real, fake))
        real_out = None if real is None else discriminator(real_in, *detach(tuple(real_args)))
        fake_out = discriminator(fake_in, *detach(tuple(fake_args)))
        d_loss = _loss(rules.discriminator_loss, real_out, fake_out)
        total = d_loss * scale
        samples = {*tensors(real_in), *tensors(fake_in)}
        for penalty in penalties:
            on_real = penalty.branch == "real"
            sample, out = (real_in, real_out) if on_real else (fake_in, fake_out)
            if isinstance(penalty, PenaltyBetween):
                points = penalty.points(detach(real), detach(fake))
                sample = _constant(points, needs_gradient=True)
                out = discriminator(sample, *detach(tuple(real_args)))
                samples.update(tensors(sample))
            total = total + penalty(sample, rules.logits(out)) * (penalty.every * scale)
        d_gradients = _gradients(total, [x for x in graph_leaves([total]) if x not in samples])
    with torch.enable_grad(), restored(discriminator):
        # L_G, as a generator stage computes it: D runs again, and the real outputs are constants.
        real_out = None if real is None else detach(discriminator(real, *real_args))
        fake_out = discriminator(fake, *detach(tuple(fake_args)))
        g_loss = _loss(rules.generator_loss, real_out, fake_out)
        total = g_loss * (scale * generator_weight)
        attached = [x for x in tensors(fake) if x.requires_grad]
        found = torch.autograd.grad(total, attached, retain_graph=True, allow_unused=True)
        own = graph_leaves(attached)
        if generator_loss is not None:
            total = total + generator_loss * scale
            known = {*own, *d_gradients}
            own += [x for x in graph_leaves([generator_loss]) if x not in known]
        g_gradients = _gradients(total, own)
    at_fake = iter(found)
    return Gradients(
        d_gradients,
        g_gradients,
        [next(at_fake) if x.requires_grad else None for x in tensors(fake)],
        d_loss.detach(),
        g_loss.detach(),
    )


def assert_exact(
    discriminator: Callable[..., Tree],
    loss: LossLike,
    real: Tree,
    fake: Tree,
    *,
    real_args: Sequence[Tree] = (),
    fake_args: Sequence[Tree] = (),
    penalties: Sequence[Penalty] = (),
    generator_weight: float | Tensor = 1.0,
    strategy: str = "auto",
    tolerance: float | None = None,
) -> Exactness:
    """Raise `AssertionError` unless the engine's gradients are those of two separate stages.

    Nothing is changed: buffers, random state, `.grad` and the fake's graph stay as they are.

    Args:
        discriminator: as in `OneStage`.
        loss: as in `OneStage`.
        real: as in `OneStage.backward`.
        fake: as in `OneStage.backward`.
        real_args: as in `OneStage.backward`.
        fake_args: as in `OneStage.backward`.
        penalties: as in `OneStage`; all are applied.
        generator_weight: as in `OneStage.backward`.
        strategy: as in `OneStage`.
        tolerance: the largest relative error allowed; by default 1e-12 in float64, 1e-4 in float32
            and 5e-2 in half precisions.

    Returns:
        The errors that were found, and the strategy.

    Raises:
        AssertionError: if either player's error is larger, or not a number.
        ValueError: what `OneStage` and its `backward` raise.
    """
    conditions: dict[str, Any] = {"real_args": real_args, "fake_args": fake_args}
    reference = reference_gradients(
        discriminator,
        loss,
        real,
        fake,
        penalties=penalties,
        generator_weight=generator_weight,
        **conditions,
    )
    game = OneStage(discriminator, loss, penalties=penalties, strategy=strategy)
    with restored(discriminator), _set_aside(reference.discriminator) as d_gradients:
        step, at_fake = game.gradients(real, fake, generator_weight=generator_weight, **conditions)
    g_gradients = _behind(fake, at_fake, reference.generator)
    result = Exactness(
        relative_error(d_gradients, reference.discriminator),
        relative_error(g_gradients, reference.generator),
        step.strategy,
        game.explain(),
    )
    dtype = tensors(step.fake_outputs)[0].dtype
    allowed = TOLERANCES.get(dtype, HALF_TOLERANCE) if tolerance is None else tolerance
    for player, error in (("D", result.discriminator_error), ("G", result.generator_error)):
        if not error <= allowed:
            raise AssertionError(
                f"{player}'s gradient is off by {error:.2g}; {allowed:.2g} is allowed.\n"
                f"{result.explanation}"
            )
    return result


def relative_error(found: dict[Tensor, Tensor], expected: dict[Tensor, Tensor]) -> float:
    """||found - expected|| / ||expected|| over all tensors together, in float64; floor 1e-30."""
    difference = torch.zeros((), dtype=torch.float64)
    size = torch.zeros((), dtype=torch.float64)
    for key in {**expected, **found}:
        zero = torch.zeros_like(key)
        ours, theirs = (side.get(key, zero).detach().double().cpu() for side in (found, expected))
        difference += (ours - theirs).square().sum()
        size += theirs.square().sum()
    return float(difference.sqrt() / size.sqrt().clamp_min(1e-30))


@contextlib.contextmanager
def restored(discriminator: Callable[..., Tree]) -> Iterator[None]:
    """Put D's buffers and the random state back when the block ends."""
    modules = root_modules(discriminator)
    buffers = [(b, b.clone()) for module in modules for b in module.buffers()]
    devices = {p.device for module in modules for p in module.parameters() if p.is_cuda}
    with torch.random.fork_rng(devices=list(devices)):
        try:
            yield
        finally:
            with torch.no_grad():
                for buffer, before in buffers:
                    buffer.copy_(before)


@contextlib.contextmanager
def _set_aside(parameters: Iterable[Tensor]) -> Iterator[dict[Tensor, Tensor]]:
    """Yield a dict that holds, after the block, the gradients that it added."""
    before = [(parameter, parameter.grad) for parameter in parameters]
    added: dict[Tensor, Tensor] = {}
    for parameter, _ in before:
        parameter.grad = None
    try:
        yield added
    finally:
        for parameter, gradient in before:
            if parameter.grad is not None:
                added[parameter] = parameter.grad
            parameter.grad = gradient


def _constant(sample: Tree, *, needs_gradient: bool) -> Tree:
    def cut(tensor: Tensor) -> Tensor:
        return tensor.detach().requires_grad_(needs_gradient and tensor.is_floating_point())

    return map_tensors(cut, sample)


def _loss(function: Callable[..., Tensor], real_out: Tree, fake_out: Tree) -> Tensor:
    """A loss in float32 at least, outside autocast, as the engine takes it."""
    widened = (map_tensors(at_least_float32, side) for side in (real_out, fake_out))
    return evaluate("The loss", function, *widened)


def _gradients(total: Tensor, leaves: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    found = torch.autograd.grad(total, leaves, retain_graph=True, allow_unused=True)
    return {leaf: g for leaf, g in zip(leaves, found, strict=True) if g is not None}


def _behind(fake: Tree, at_fake: Tree, leaves: Iterable[Tensor]) -> dict[Tensor, Tensor]:
    """The fake's own backward, its graph kept."""
    roots = [x for x in tensors(fake) if x.requires_grad]
    seeds = iter(tensors(at_fake))
    targets = list(leaves)
    found = torch.autograd.grad(roots, targets, list(seeds), retain_graph=True, allow_unused=True)
    return {leaf: g for leaf, g in zip(targets, found, strict=True) if g is not None}
