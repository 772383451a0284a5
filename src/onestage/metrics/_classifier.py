"""The network that knows digits."""

import torch
from torch import Tensor, nn

from onestage.metrics._images import describe_resize, resize

_SIZE = 16
_SMALLEST = 8
_WIDTH = 16
_NUM_FEATURES = 64
_NUM_CLASSES = 10


class DigitsClassifier(nn.Module):
    """A small convolutional classifier of digits; its penultimate layer gives features.

    Images of any size from 8 pixels are resized inside to 16 x 16 (bilinear, antialiased), real and
    generated alike; of three channels the mean is taken. Features are smooth (SiLU), so that none
    is constant, as a dead ReLU would be: a covariance needs them all. They are scaled to a mean
    square of 1 on real digits, where the cubic kernel of KID has its intended shape.

    Attributes:
        name: name in records.
        version: of this code: features kept on disk are of one version.
        num_features: length of a feature vector.
        num_classes: 10.
        resize: what is done to images before the first layer, in words.
    """

    name = "digits-classifier"
    version = 1
    num_features = _NUM_FEATURES
    num_classes = _NUM_CLASSES
    resize = describe_resize(_SIZE)

    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, _WIDTH, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(_WIDTH, 2 * _WIDTH, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(2 * _WIDTH, 2 * _WIDTH, 3, stride=2, padding=1),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(2 * _WIDTH * (_SIZE // 4) ** 2, _NUM_FEATURES),
            nn.SiLU(),
        )
        self.register_buffer("scale", torch.ones(()))
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(_NUM_FEATURES, _NUM_CLASSES))

    def forward(self, images: Tensor) -> Tensor:
        """Features [N, 64] of images [N, 1, H, W] or [N, 3, H, W] in [-1, 1]."""
        channels, *size = images.shape[1:]
        if images.ndim != 4 or channels not in (1, 3) or min(size) < _SMALLEST:
            raise ValueError(
                f"images of shape {list(images.shape)} cannot be classified as digits; give "
                f"[batch, 1 or 3, height, width] of at least {_SMALLEST} pixels."
            )
        return self.body(resize(images.mean(dim=1, keepdim=True), _SIZE)) / self.scale

    def logits(self, images: Tensor) -> Tensor:
        """Logits of the ten digits [N, 10]; images as for `forward`."""
        return self.classify(self(images))

    def classify(self, features: Tensor) -> Tensor:
        """Logits of the ten digits [N, 10] from features [N, 64]."""
        return self.head(features * self.scale)
