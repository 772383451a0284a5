"""Adaptive discriminator augmentation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, distributed, nn

from onestage.augment._bilinear import affine
from onestage.augment._blit import blit
from onestage.augment._checks import check_colours, check_images, check_names, split_names
from onestage.augment._color import color
from onestage.augment._draw import Draw, per_pixel, widened
from onestage.augment._geometry import geometry
from onestage.augment._matrices import compose, is_identity

_GROUPS = {"b": "blit", "g": "geometry", "c": "color"}
_MOVING = {"blit": blit, "geometry": geometry}


class AdaptiveAugment(nn.Module):
    """ADA (Karras et al., NeurIPS 2020, arXiv 2006.06676): augmentation by as much as D overfits.

    Every image draws each transformation of the policy with probability p. `update` raises p while
    D takes too many of the real images for real, and lowers it otherwise:

        r_t = E sign D(real)        p <- p + sign(r_t - target) n / ramp_images

    every `interval` calls, with n the real images since the last change (batch times interval).

    What differs from the paper's appendix B: images are resampled bilinearly, without its wavelet
    filters before and after, so that strong shrinking aliases; images that are not square are
    turned by 180 degrees, not by 90; the groups for filtering, noise and cutout are left out, as
    the paper's own default (bgc) leaves them out. All that moves pixels is one resampling, with
    reflection at the borders. It is done at any p: to look at p would make the host wait.

    In `eval()` images pass unchanged.

    Args:
        policy: letters or names of groups, in any order. "b", "blit": x-flip, turns by 90 degrees,
            shifts by whole pixels. "g", "geometry": scalings, rotations, shifts. "c", "color":
            brightness, contrast, luma flip, hue, saturation. They are applied in the order b, g, c.
        target: the r_t that is aimed at, in (0, 1).
        interval: calls of `update` between two changes of p.
        ramp_images: real images in which p can rise from 0 to 1.
        p: where p starts. Without `update` it stays there.
        max_p: the largest p. The paper has 1, and finds leaks unlikely below 0.8.
        generator: draws the transformations. With one that is seeded alike in all processes of a
            run they are those of one process on the whole batch; by default each process draws by
            itself, from torch's global generator.

    Attributes:
        p: the probability, a 0-dim float32 tensor.
        sign_sum: of D's signs since the last change of p, 0-dim float32.
        num_images: over which it was taken, 0-dim float32.
        num_updates: calls of `update`, 0-dim int64.

    Raises:
        ValueError: for an argument outside its range.
    """

    p: Tensor
    sign_sum: Tensor
    num_images: Tensor
    num_updates: Tensor

    def __init__(
        self,
        policy: str = "bgc",
        *,
        target: float = 0.6,
        interval: int = 4,
        ramp_images: int = 500_000,
        p: float = 0.0,
        max_p: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self._groups = _groups(policy)
        _check(target=target, interval=interval, ramp_images=ramp_images, p=p, max_p=max_p)
        self.policy = policy
        self.target, self.interval, self.ramp_images = target, interval, ramp_images
        self.max_p = max_p
        self.generator = generator
        self.register_buffer("p", torch.tensor(float(p)))
        self.register_buffer("sign_sum", torch.zeros(()))
        self.register_buffer("num_images", torch.zeros(()))
        self.register_buffer("num_updates", torch.zeros((), dtype=torch.int64))

    def forward(self, images: Tensor) -> Tensor:
        """Images [B, C, H, W] in [-1, 1] to others of the same shape and type.

        An image that draws nothing is returned bit for bit.
        """
        check_images(images)
        if "color" in self._groups:
            check_colours(images)
        if not self.training:
            return images
        augmented = self._moved(widened(images))
        if "color" in self._groups:
            augmented = color(augmented, Draw(augmented, self.generator), self.p)
        return augmented.to(images.dtype)

    def _moved(self, images: Tensor) -> Tensor:
        """The groups b and g, composed and sampled once."""
        draw = Draw(images, self.generator)
        drawn = [g(draw, self.p) for name, g in _MOVING.items() if name in self._groups]
        if not drawn:
            return images
        matrix = drawn[0] if len(drawn) == 1 else compose(drawn[0], drawn[1])
        return torch.where(per_pixel(is_identity(matrix)), images, affine(images, matrix))

    @torch.no_grad()
    def update(self, real_logits: Tensor) -> None:
        """Take in D's logits on the real images; call it once in every step.

        The sign must say "real" or "fake": least squares has its border at 1/2 (pass
        `logits - 0.5`), and Wasserstein and relativistic logits have none, so that p cannot follow
        them. A logit that is not a number counts as 0. The processes of a distributed run all call
        it, and share one p.

        Args:
            real_logits: [B, ...], as D returned them on augmented real images; several logits of
                an image are averaged by their sign.

        Raises:
            ValueError: for a scalar or integers.
        """
        if real_logits.ndim == 0 or not real_logits.is_floating_point():
            raise ValueError(
                f"real_logits of shape {list(real_logits.shape)} and type {real_logits.dtype} are "
                "not D's logits on a batch; give [batch, ...] of floating point."
            )
        found = torch.stack([_sign_sum(real_logits), torch.full_like(self.p, len(real_logits))])
        if distributed.is_available() and distributed.is_initialized():
            distributed.all_reduce(found)
        self.sign_sum += found[0]
        self.num_images += found[1]
        self.num_updates += 1
        self._follow(self.num_updates % self.interval == 0)

    def _follow(self, is_due: Tensor) -> None:
        """Change p and forget the signs where that is due."""
        direction = (self.sign_sum - self.target * self.num_images).sign()
        moved = self.p + direction * self.num_images / self.ramp_images
        self.p.copy_(torch.where(is_due, moved.clamp(0, self.max_p), self.p))
        self.sign_sum.masked_fill_(is_due, 0)
        self.num_images.masked_fill_(is_due, 0)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> AdaptiveAugment:
        """Move to devices, but stay in float32: p grows in steps that bfloat16 rounds away."""
        super()._apply(fn, recurse)
        for name in ("p", "sign_sum", "num_images"):
            setattr(self, name, getattr(self, name).float())
        return self

    def extra_repr(self) -> str:
        """The arguments."""
        return (
            f"policy={self.policy!r}, target={self.target}, interval={self.interval}, "
            f"ramp_images={self.ramp_images}, max_p={self.max_p}"
        )


def _sign_sum(logits: Tensor) -> Tensor:
    """The sum over samples of the mean sign of their logits, 0-dim float32."""
    signs = logits.detach().float().sign()  # of NaN it is 0
    return signs.reshape(len(logits), -1).mean(1).sum()


def _groups(policy: str) -> list[str]:
    """The groups that "bgc" or "blit,geometry,color" names."""
    is_letters = bool(policy) and set(policy) <= set(_GROUPS)
    names = [_GROUPS[letter] for letter in policy] if is_letters else split_names(policy)
    names = [_GROUPS.get(name, name) for name in names]
    check_names(policy, names, list(_GROUPS.values()))
    return names


def _check(*, target: float, interval: int, ramp_images: int, p: float, max_p: float) -> None:
    if not 0 < target < 1:
        raise ValueError(f"target={target}: the mean sign to aim at lies between 0 and 1.")
    if interval < 1:
        raise ValueError(f"interval={interval}: p changes after a number of updates >= 1.")
    if ramp_images < 1:
        raise ValueError(f"ramp_images={ramp_images}: p rises over a number of images >= 1.")
    if not 0 <= max_p <= 1:
        raise ValueError(f"max_p={max_p}: a probability lies in [0, 1].")
    if not 0 <= p <= max_p:
        raise ValueError(f"p={p}: the probability lies in [0, max_p], and max_p={max_p}.")
