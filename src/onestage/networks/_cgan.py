"""Conditions by concatenation, on the DCGAN pair (Mirza and Osindero 2014, arXiv 1411.1784)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from onestage.networks._checks import check_images, check_labels, check_latents, check_positive
from onestage.networks._dcgan import DCGANDiscriminator, DCGANGenerator
from onestage.networks._norm import Norm
from onestage.networks._options import keeps_options


@keeps_options
class CGANGenerator(nn.Module):
    """Latents and labels to images: the label, one-hot, is appended to the latent.

    `DCGANGenerator` behind it, whose first layer is then an embedding of the label added to a
    projection of the latent (Mirza and Osindero 2014, figure 1). Any strategy is exact with it.

    Args:
        num_classes: number of classes; kept as an attribute.
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images.
        latent_dim: length of the latent vector, without the label; kept as an attribute.
        base_width: as in `DCGANGenerator`.
        norm: as in `DCGANGenerator`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 100,
        base_width: int = 64,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        check_positive(num_classes=num_classes, latent_dim=latent_dim)
        self.num_classes, self.latent_dim = num_classes, latent_dim
        self.body = DCGANGenerator(
            image_size=image_size,
            channels=channels,
            latent_dim=latent_dim + num_classes,
            base_width=base_width,
            norm=norm,
        )

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Images [B, C, H, W] in [-1, 1] from latents [B, latent_dim] and int64 labels [B]."""
        check_latents(latents, self.latent_dim)
        check_labels(labels, self.num_classes, latents.shape[0])
        condition = one_hot(labels, self.num_classes).to(latents.dtype)  # [B, num_classes]
        return self.body(torch.cat([latents, condition], 1))


class CGANDiscriminator(nn.Module):
    """Images and labels to logits: one plane for each class is appended to the image.

    The plane of the image's class is 1, the others 0; `DCGANDiscriminator` behind it. With
    `norm="batch"` samples are coupled in train mode.

    Strategies:
        `norm="group"` or `"none"`: reversal, ratio, shared_penalty, dual.
        `norm="batch"`: reversal, dual.

    Args:
        num_classes: number of classes; kept as an attribute.
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images, without the planes.
        base_width: as in `DCGANDiscriminator`.
        norm: as in `DCGANDiscriminator`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        image_size: int = 64,
        channels: int = 3,
        base_width: int = 64,
        norm: Norm = "group",
    ) -> None:
        super().__init__()
        check_positive(num_classes=num_classes, channels=channels)
        self.num_classes = num_classes
        self._image_shape = (channels, image_size, image_size)
        self.body = DCGANDiscriminator(
            image_size=image_size,
            channels=channels + num_classes,
            base_width=base_width,
            norm=norm,
        )

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Logits [B] from images [B, C, H, W] in [-1, 1] and int64 labels [B]."""
        check_images(images, self._image_shape)
        check_labels(labels, self.num_classes, images.shape[0])
        condition = one_hot(labels, self.num_classes).to(images.dtype)  # [B, num_classes]
        planes = condition[:, :, None, None].expand(-1, -1, *images.shape[2:])
        return self.body(torch.cat([images, planes], 1))
