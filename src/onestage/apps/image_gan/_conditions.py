"""What both networks are told of an image, made from the image itself."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor
from torch.nn import functional as F

_REDUCTION = 4
_HIDDEN = -1.0


def top_half(images: Tensor) -> Tensor:
    """The image [B, C, H, W] with its lower half black: the rest is to be completed."""
    condition = images.clone()
    condition[..., images.shape[-2] // 2 :, :] = _HIDDEN
    return condition


def grey(images: Tensor) -> Tensor:
    """The image's luma (ITU-R 601) [B, 1, H, W]: colour is to be found."""
    if images.shape[1] == 1:
        return images
    weights = images.new_tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    return (images * weights).sum(1, keepdim=True)


def small(images: Tensor) -> Tensor:
    """The image [B, C, H, W] reduced to a quarter of its size and enlarged: detail is to be found.

    The mean of every 4 x 4 pixels, enlarged bilinearly.
    """
    reduced = F.avg_pool2d(images, _REDUCTION)
    return F.interpolate(reduced, scale_factor=_REDUCTION, mode="bilinear", align_corners=False)


IMAGE_CONDITIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "top-half": top_half,
    "grey": grey,
    "small": small,
}


def condition_channels(name: str, channels: int) -> int:
    """Channels of a condition that is an image, for images of so many channels."""
    return 1 if name == "grey" else channels
