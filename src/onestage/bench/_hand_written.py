"""One stage in plain lines of PyTorch: what the library's own work is held against.

Each does the arithmetic of one strategy for the games that it fits, without a plan, a check or a
guard: nobody should train with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import grad

from onestage._tree import Tree, map_tensors, tensors
from onestage.bench._contenders import Game, Step
from onestage.losses import SeparableLoss

FLOOR = 2.0**-64


def hand_written(game: Game, strategy: str) -> Step | None:
    """The step of a strategy in plain PyTorch; None where none is written for this game."""
    if not _is_plain(game) or (strategy == "reversal" and callable(game.loss.reversal)):
        return None
    separable = isinstance(game.loss, SeparableLoss)
    penalties = [penalty.name for penalty in game.penalties]
    if separable and not penalties and strategy in _SEPARABLE:
        return _within(game, _SEPARABLE[strategy])
    if not separable and penalties == ["r1", "r2"] and strategy == "shared_penalty":
        return _within(game, _shared_penalty)
    return None


def batched(game: Game) -> Step | None:
    """The ratio with D run once over real and fake together; exact where nothing couples them."""
    if not _is_plain(game) or game.penalties or game.real_args or game.fake_args:
        return None
    return _within(game, _batched) if isinstance(game.loss, SeparableLoss) else None


def _is_plain(game: Game) -> bool:
    """Whether a module looks at one tensor: nobody writes trees by hand."""
    return isinstance(game.discriminator, nn.Module) and isinstance(game.real, Tensor)


def _within(game: Game, play: Callable[[Any], None]) -> Step:
    def step() -> None:
        with game.stage():
            play(game)

    return step


def _reversal(game: Any) -> None:
    game.loss.real(game.discriminator(game.real, *game.real_args)).backward()
    fake = game.make_fake()
    cut = fake.detach().requires_grad_()
    game.loss.fake(game.discriminator(cut, *game.fake_args)).backward()
    _generator(game, fake, cut.grad * game.loss.reversal)


def _ratio(game: Any) -> None:
    fake = game.make_fake()
    game.loss.real(game.discriminator(game.real, *game.real_args)).backward()
    cut = fake.detach().requires_grad_()
    out = game.discriminator(cut, *game.fake_args)
    logits = out.detach().float().requires_grad_()
    (f,) = grad(game.loss.fake(logits), logits)
    (g,) = grad(game.loss.generator(None, logits), logits)
    seed = torch.where(f.abs() >= FLOOR * g.abs(), f, FLOOR * g).to(out.dtype)
    out.backward(seed)
    ratio = torch.where(seed == 0, 0.0, g / seed.float())
    _generator(game, fake, cut.grad * _per_sample(ratio, fake))


def _dual(game: Any) -> None:
    fake = game.make_fake()
    real_out = game.discriminator(game.real, *game.real_args)
    game.loss.real(real_out).backward()
    cut = fake.detach().requires_grad_()
    out = game.discriminator(cut, *game.fake_args)
    leaves = map_tensors(lambda x: x.detach().float().requires_grad_(), out)
    real_out = map_tensors(Tensor.detach, real_out)
    for_fake = grad(game.loss.fake(leaves), tensors(leaves), allow_unused=True)
    for_g = grad(game.loss.generator(real_out, leaves), tensors(leaves), allow_unused=True)
    outs, seeds = _used(out, for_g)
    (gradient,) = grad(outs, cut, seeds, retain_graph=True)
    outs, seeds = _used(out, for_fake)
    torch.autograd.backward(outs, seeds, inputs=list(game.discriminator.parameters()))
    _generator(game, fake, gradient)


def _shared_penalty(game: Any) -> None:
    fake, discriminator = game.make_fake(), game.discriminator
    real_cut, fake_cut = (x.detach().requires_grad_() for x in (game.real, fake))
    real_out = discriminator(real_cut)
    (of_real,) = grad(real_out.sum(), real_cut, create_graph=True)
    fake_out = discriminator(fake_cut)
    (of_fake,) = grad(fake_out.sum(), fake_cut, create_graph=True)
    r1, r2 = (
        0.5 * penalty.weight * x.square().flatten(1).sum(1).mean()
        for penalty, x in zip(game.penalties, (of_real, of_fake), strict=True)
    )
    r, f = (x.detach().float().requires_grad_() for x in (real_out, fake_out))
    seeds = grad(game.loss.discriminator(r, f), (r, f))
    (g,) = grad(game.loss.generator(r.detach(), f), f)
    gradient = of_fake.detach() * _per_sample(g, fake)
    all_seeds = [*[seed.to(real_out.dtype) for seed in seeds], None, None]
    weights = list(discriminator.parameters())
    torch.autograd.backward([real_out, fake_out, r1, r2], all_seeds, inputs=weights)
    _generator(game, fake, gradient)


def _batched(game: Any) -> None:
    fake = game.make_fake()
    cut = fake.detach().requires_grad_()
    # An input gradient is then taken for the real half too: autograd knows no part of a batch.
    out = game.discriminator(torch.cat([game.real, cut]))
    r, f = (x.detach().float().requires_grad_() for x in out.split([len(game.real), len(fake)]))
    (c,) = grad(game.loss.real(r), r)
    (s,) = grad(game.loss.fake(f), f)
    (g,) = grad(game.loss.generator(None, f), f)
    s = torch.where(s.abs() >= FLOOR * g.abs(), s, FLOOR * g)
    out.backward(torch.cat([c, s]).to(out.dtype))
    ratio = torch.where(s == 0, 0.0, g / s)
    _generator(game, fake, cut.grad * _per_sample(ratio, fake))


def _generator(game: Any, fake: Tensor, gradient: Tensor) -> None:
    if game.other_loss is None:
        fake.backward(gradient.to(fake.dtype))
    else:
        torch.autograd.backward([fake, game.other_loss(fake)], [gradient.to(fake.dtype), None])


def _used(outputs: Tree, seeds: tuple[Tensor | None, ...]) -> tuple[list[Tensor], list[Tensor]]:
    found = [(x, s) for x, s in zip(tensors(outputs), seeds, strict=True) if s is not None]
    return [x for x, _ in found], [s.to(x.dtype) for x, s in found]


def _per_sample(ratio: Tensor, fake: Tensor) -> Tensor:
    return ratio.view(-1, *[1] * (fake.ndim - 1))


_SEPARABLE = {"reversal": _reversal, "ratio": _ratio, "dual": _dual}
