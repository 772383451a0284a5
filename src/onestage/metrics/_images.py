"""What every feature network does to images first."""

from torch import Tensor
from torch.nn import functional as F


def resize(images: Tensor, size: int) -> Tensor:
    """Bilinear, antialiased resize of [N, C, H, W] to size x size."""
    if images.shape[-2:] == (size, size):
        return images
    return F.interpolate(images, [size, size], mode="bilinear", antialias=True, align_corners=False)


def describe_resize(size: int) -> str:
    """The words for `resize` in a record."""
    return f"bilinear, antialiased, to {size} x {size}"
