"""Handwritten digits."""

from collections.abc import Sequence

import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import Dataset

from onestage.data._source import check_index, resize

_MAX_VALUE = 16.0


class DigitsSource(Dataset[Tensor]):
    """Scikit-learn's 1,797 digits of 8 x 8 pixels (Alpaydin and Kaynak, 1998), resized bilinearly.

    The order is scikit-learn's; `labels` are the digits.

    Args:
        image_size: height and width in pixels.
        channels: 1, or 3 for three equal channels.
    """

    name = "digits"

    def __init__(self, *, image_size: int, channels: int | None = None) -> None:
        digits = load_digits()
        pixels = torch.tensor(digits.images, dtype=torch.float32)  # [N, 8, 8], 0 to 16
        images = (2 * pixels / _MAX_VALUE - 1).unsqueeze(1)
        self._images = resize(images, image_size)  # [N, 1, H, W]
        self.image_size = image_size
        self.channels = channels or 1
        self.labels: Tensor | None = torch.tensor(digits.target, dtype=torch.int64)
        self.class_names: tuple[str, ...] = tuple(str(digit) for digit in digits.target_names)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int, /) -> Tensor:
        """Image number `index`, float32 [C, H, W] in [-1, 1]."""
        image = self._images[check_index(index, len(self))]
        return image.repeat(self.channels, 1, 1)

    def fetch(self, indices: Sequence[int]) -> tuple[Tensor, list[int]]:
        """A batch at once, float32 [B, C, H, W] in [-1, 1], and what is in it."""
        chosen = list(indices)
        return self._images[chosen].repeat(1, self.channels, 1, 1), chosen
