"""Crops of photographs."""

import torch
from sklearn.datasets import load_sample_images
from torch import Tensor
from torch.utils.data import Dataset

from onestage.data._source import DataError, check_index, resize, to_grey

_SMALLEST_CROP = 64
_STRIDE = 8


class PhotographsSource(Dataset[Tensor]):
    """Overlapping crops of scikit-learn's two sample photographs (427 x 640, RGB).

    Crops of 64 pixels every 8 pixels (6,716 of them), resized to `image_size`; for larger images
    the crops are as large as the images, so that nothing is magnified. `labels` say from which
    photograph a crop is.

    Args:
        image_size: height and width in pixels, at most 427.
        channels: 3, or 1 for grey.

    Raises:
        DataError: if the photographs are smaller than `image_size`.
    """

    name = "photographs"

    def __init__(self, *, image_size: int, channels: int | None = None) -> None:
        samples = load_sample_images()
        photographs = torch.stack([torch.tensor(image) for image in samples.images])
        photographs = photographs.permute(0, 3, 1, 2).float() / 127.5 - 1  # [2, 3, 427, 640]
        self._photographs = to_grey(photographs) if channels == 1 else photographs
        self._crop = max(_SMALLEST_CROP, image_size)
        height, width = photographs.shape[-2:]
        if self._crop > min(height, width):
            raise DataError(
                f"image_size={image_size} is larger than the photographs ({height} x {width}); "
                f"give at most {min(height, width)}."
            )
        self._rows = (height - self._crop) // _STRIDE + 1
        self._columns = (width - self._crop) // _STRIDE + 1
        self.image_size = image_size
        self.channels = channels or 3
        self.class_names: tuple[str, ...] = ("china", "flower")
        self._length = len(photographs) * self._rows * self._columns
        self.labels: Tensor | None = torch.arange(self._length) // (self._rows * self._columns)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int, /) -> Tensor:
        """Image number `index`, float32 [C, H, W] in [-1, 1]."""
        place, column = divmod(check_index(index, len(self)), self._columns)
        photograph, row = divmod(place, self._rows)
        top, left = row * _STRIDE, column * _STRIDE
        crop = self._photographs[photograph, :, top : top + self._crop, left : left + self._crop]
        return resize(crop.unsqueeze(0), self.image_size)[0].clone()
