"""Small networks without BatchNorm for images; any other module will do in their place."""

from __future__ import annotations

from torch import Tensor, nn

from onestage.apps.adaptation._config import AdaptConfig
from onestage.training import ConfigError, seeded

_LAST = 2  # the map's side before it is flattened
_WIDEST = 8  # times the first convolution's channels


class ImageFeatures(nn.Sequential):
    """Convolutions and maxima that halve the image down to 2 x 2: [B, C, H, W] -> [B, F].

    No normalisation: BatchNorm would take the two domains to the same mean by itself.

    Args:
        image_size: height and width, a power of two from 8 on.
        channels: of the images.
        base_width: channels of the first convolution; twice as many after each halving, up to
            eight times.
        num_features: F.

    Raises:
        ConfigError: (a `ValueError`) for an image size that cannot be halved down to 2.
    """

    def __init__(
        self, *, image_size: int, channels: int, base_width: int = 32, num_features: int = 128
    ) -> None:
        if image_size < 8 or image_size & (image_size - 1):
            raise ConfigError(f"image-size is {image_size}: it must be 8, 16, 32, 64 ...")
        layers: list[nn.Module] = []
        width, side = base_width, image_size
        while side > _LAST:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            channels, width, side = width, min(2 * width, _WIDEST * base_width), side // 2
        layers += [nn.Flatten(), nn.Linear(channels * _LAST**2, num_features), nn.ReLU()]
        super().__init__(*layers)
        self.num_features = num_features


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


def build_features(config: AdaptConfig) -> ImageFeatures:
    """The features with the weights that the seed gives; the data have said the channels."""
    assert config.channels is not None
    with seeded(config.seed, "features"):
        return ImageFeatures(
            image_size=config.image_size, channels=config.channels, base_width=config.base_width
        )


def build_classifier(config: AdaptConfig, num_features: int) -> nn.Linear:
    """The classifier with the weights that the seed gives; the data have said the classes."""
    assert config.classes is not None
    with seeded(config.seed, "classifier"):
        return nn.Linear(num_features, config.classes)
