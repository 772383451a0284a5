"""A discriminator behind an augmentation."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class Augmented(nn.Module):
    """D(T(x)): the discriminator sees its images through a random transformation.

    The one forward on the fakes serves both players, so both have the same draw. Real and fake
    images draw apart. Conditions are passed on as they are: one that is an image (pix2pix) is not
    transformed along, and fits what D sees only where the policy leaves places alone ("color",
    "c"), or where it is joined to the image before `Augmented`.

    Args:
        discriminator: any module from images (and conditions) to logits.
        augmentation: `DiffAugment`, `AdaptiveAugment` or any other module from images to images.
    """

    def __init__(self, discriminator: nn.Module, augmentation: nn.Module) -> None:
        super().__init__()
        self.discriminator = discriminator
        self.augmentation = augmentation

    def forward(self, images: Tensor, *conditions: Any) -> Any:
        """What the discriminator returns for the transformed images [B, C, H, W]."""
        return self.discriminator(self.augmentation(images), *conditions)
