"""Small networks without BatchNorm for images; any other module will do in their place."""

from __future__ import annotations

from torch import Tensor, nn

from onestage.training import ConfigError

_SMALLEST = 4  # the map's side before it is flattened


class ImageFeatures(nn.Sequential):
    """Convolutions that halve the image down to 4 x 4, then one layer: [B, C, H, W] -> [B, F].

    No normalisation: BatchNorm would take the two domains to the same mean by itself.

    Args:
        image_size: height and width, a power of two from 8 on.
        channels: of the images.
        base_width: channels of the first convolution; twice as many after each halving.
        num_features: F.

    Raises:
        ConfigError: (a `ValueError`) for an image size that cannot be halved down to 4.
    """

    def __init__(
        self, *, image_size: int, channels: int, base_width: int = 32, num_features: int = 128
    ) -> None:
        halvings = image_size.bit_length() - _SMALLEST.bit_length()
        if halvings < 1 or _SMALLEST * 2**halvings != image_size:
            raise ConfigError(f"image-size is {image_size}: it must be 8, 16, 32, 64 ...")
        width = base_width
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
        for _ in range(halvings):
            layers += [nn.Conv2d(width, 2 * width, 4, stride=2, padding=1), nn.ReLU()]
            width *= 2
        layers += [nn.Flatten(), nn.Linear(width * _SMALLEST**2, num_features), nn.ReLU()]
        super().__init__(*layers)


class DomainDiscriminator(nn.Module):
    """Two hidden layers: [B, F] -> [B]. It treats samples independently.

    Args:
        num_inputs: F, or K F with conditional alignment to K classes.
        width: of the hidden layers.
    """

    def __init__(self, num_inputs: int, *, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_inputs, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, width),
            nn.LeakyReLU(0.2),
            nn.Linear(width, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Logits, higher = source."""
        return self.layers(features).squeeze(1)
