"""From images to features."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from onestage.metrics._images import describe_resize, resize

_SIZE = 8
_TOLERANCE = 1e-3  # a generator's tanh may round to a little more than 1 in half precision


class PixelFeatures(nn.Module):
    """Images reduced to 8 x 8 pixels, as vectors: colours and coarse layout, no texture.

    It needs no training and no download, and is the same everywhere. Distances in it tell a
    collapsed or diverged generator from a good one; they do not rank good ones.

    Attributes:
        name: name in records.
        version: of this code: features kept on disk are of one version.
        resize: what is done to images, in words.
    """

    name = "pixels-8x8"
    version = 1
    resize = describe_resize(_SIZE)

    def forward(self, images: Tensor) -> Tensor:
        """Features [N, C * 64] of images [N, C, H, W] in [-1, 1]."""
        return resize(images, _SIZE).flatten(1)


@torch.no_grad()
def extract_features(
    network: nn.Module, images: Tensor | Iterable[Tensor], *, batch_size: int = 256
) -> Tensor:
    """Features of many images.

    Args:
        network: maps images [N, C, H, W] in [-1, 1] to features [N, F]; in eval mode. The images
            are moved to its device.
        images: [N, C, H, W] in [-1, 1], or an iterable of such batches.
        batch_size: images that pass the network at a time, if `images` is a tensor.

    Returns:
        float64 [N, F] on the CPU.

    Raises:
        ValueError: if there are no images, they are not finite or out of range, the network is in
            train mode, or its features are no matrix or not finite.
    """
    if network.training:
        raise ValueError(
            "the feature network is in train mode, where features depend on chance; call .eval()."
        )
    place = next(network.parameters(), torch.empty(0))
    rows = [
        _features(network, batch.to(place.device, place.dtype))
        for batch in _batches(images, batch_size)
    ]
    if not rows:
        raise ValueError("there are no images to take features of; give at least one batch.")
    return torch.cat(rows)


def _batches(images: Tensor | Iterable[Tensor], batch_size: int) -> Iterator[Tensor]:
    for batch in images.split(batch_size) if isinstance(images, Tensor) else images:
        _check_images(batch)
        yield batch


def _check_images(images: Tensor) -> None:
    if images.ndim != 4:
        raise ValueError(
            f"images of shape {list(images.shape)} were given; give [batch, C, height, width]."
        )
    if not images.isfinite().all():
        raise ValueError("images contain NaN or infinity: the generator has diverged.")
    if len(images) and images.abs().max() > 1 + _TOLERANCE:
        raise ValueError(
            f"images reach {images.abs().max().item():.3g}; scale them to [-1, 1], or end the "
            "generator in a tanh."
        )


def _features(network: nn.Module, images: Tensor) -> Tensor:
    features = network(images).double().cpu()
    if features.ndim != 2 or len(features) != len(images) or not features.isfinite().all():
        raise ValueError(
            f"the feature network gave {list(features.shape)} for {len(images)} images, or values "
            "that are not finite; it must give [batch, F], finite."
        )
    return features
