"""The generator of published distillation without data."""

from __future__ import annotations

from torch import Tensor, nn

_SLOPE = 0.2


class DistillationGenerator(nn.Module):
    """Latents to images: a linear layer to a quarter of the size, and two doublings.

    The generator of DAFL and DFAD. It ends in tanh and a BatchNorm without weights: whatever it
    makes has mean 0 and variance 1 in each channel of a batch, as normalised images have.

    Args:
        image_size: height and width in pixels, a multiple of 4.
        channels: of the images.
        latent_dim: length of the latent vector; kept as an attribute.
        base_width: channels before the image; twice as many before that.

    Raises:
        ValueError: if the size is no multiple of 4, or another argument is below 1.
    """

    def __init__(
        self, *, image_size: int, channels: int = 1, latent_dim: int = 64, base_width: int = 64
    ) -> None:
        super().__init__()
        if image_size < 4 or image_size % 4:
            raise ValueError(f"image_size={image_size} cannot be halved twice; give 8, 32, ...")
        if min(channels, latent_dim, base_width) < 1:
            raise ValueError(
                f"channels={channels}, latent_dim={latent_dim} and base_width={base_width} leave "
                "nothing to make; give at least 1 of each."
            )
        self.latent_dim = latent_dim
        wide, small = 2 * base_width, image_size // 4
        self.layers = nn.Sequential(
            nn.Linear(latent_dim, wide * small**2),
            nn.Unflatten(1, (wide, small, small)),
            nn.BatchNorm2d(wide),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(wide, wide, 3, padding=1),
            nn.BatchNorm2d(wide),
            nn.LeakyReLU(_SLOPE),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(wide, base_width, 3, padding=1),
            nn.BatchNorm2d(base_width),
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(base_width, channels, 3, padding=1),
            nn.Tanh(),
            nn.BatchNorm2d(channels, affine=False),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Images [B, channels, H, W] from latents [B, latent_dim]."""
        return self.layers(latents)
