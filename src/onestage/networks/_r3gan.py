"""The R3GAN pair (Huang et al., NeurIPS 2024, arXiv 2501.05441), written from the paper."""

from itertools import pairwise
from math import gcd

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu

from onestage.networks._checks import (
    SMALLEST_MAP,
    check_images,
    check_latents,
    check_positive,
    count_halvings,
)
from onestage.networks._init import init_he_
from onestage.networks._options import keeps_options

_MIN_SIZE, _MAX_SIZE = 16, 256
_MAX_FACTOR = 8
_SLOPE = 0.2
_EXPANSION = 2
_GAIN = nn.init.calculate_gain("leaky_relu", _SLOPE)


def _widths(image_size: int, base_width: int) -> list[int]:
    """Channels of the maps from the image's size down to 4 x 4, finest first."""
    halvings = count_halvings(image_size, _MIN_SIZE, _MAX_SIZE, "an R3GAN")
    return [base_width * min(2**i, _MAX_FACTOR) for i in range(halvings + 1)]


def _linear(in_width: int, out_width: int) -> nn.Conv2d:
    """A 1 x 1 convolution that no activation follows."""
    layer = nn.Conv2d(in_width, out_width, 1, bias=False)
    init_he_(layer)
    return layer


class _Residual(nn.Module):
    """1 x 1 to twice the width, 3 x 3 in groups, 1 x 1 back; leaky ReLU between (config E).

    Fix-up initialisation (Zhang et al., ICLR 2019) with m = 3 layers in each of L blocks: the
    first two are scaled by L^(-1 / (2 m - 2)) and the last one is 0, so that a block begins as
    the identity and no normalisation is needed.
    """

    def __init__(self, width: int, group_size: int, num_residuals: int) -> None:
        super().__init__()
        inner = _EXPANSION * width
        groups = inner // gcd(inner, group_size)
        self.expand = nn.Conv2d(width, inner, 1)
        self.mix = nn.Conv2d(inner, inner, 3, padding=1, groups=groups)
        self.reduce = nn.Conv2d(inner, width, 1, bias=False)
        for layer in (self.expand, self.mix):
            init_he_(layer, gain=_GAIN * num_residuals**-0.25)
        nn.init.zeros_(self.reduce.weight)

    def forward(self, maps: Tensor) -> Tensor:
        """[B, width, H, W] to the same shape."""
        hidden = leaky_relu(self.expand(maps), _SLOPE)
        return maps + self.reduce(leaky_relu(self.mix(hidden), _SLOPE))


class _Resample(nn.Module):
    """Bilinear resampling by `factor`, and a 1 x 1 convolution at the lower resolution."""

    def __init__(self, in_width: int, out_width: int, factor: float) -> None:
        super().__init__()
        self.factor = factor
        self.convolve = _linear(in_width, out_width) if in_width != out_width else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """[B, in_width, H, W] to [B, out_width, factor H, factor W]."""
        if self.factor > 1:
            return self._resampled(self.convolve(maps))
        return self.convolve(self._resampled(maps))

    def _resampled(self, maps: Tensor) -> Tensor:
        return interpolate(maps, scale_factor=self.factor, mode="bilinear", align_corners=False)


def _stages(widths: list[int], num_blocks: int, group_size: int, factor: float) -> nn.Sequential:
    """`num_blocks` residual blocks for every width, resampled in between."""
    num_residuals = num_blocks * len(widths)
    layers: list[nn.Module] = []
    for before, width in pairwise([widths[0], *widths]):
        if layers:
            layers.append(_Resample(before, width, factor))
        layers += [_Residual(width, group_size, num_residuals) for _ in range(num_blocks)]
    return nn.Sequential(*layers)


@keeps_options
class R3GANGenerator(nn.Module):
    """Latents to images by grouped residual blocks without normalisation (section 4, config E).

    A learned 4 x 4 map, scaled by a projection of the latent, then two blocks for each resolution;
    the width halves from 8 x `base_width` at most. The image is linear in the last map and not
    bounded. Any strategy is exact with it.

    Args:
        image_size: height and width of the images in pixels: 16, 32, 64, 128 or 256.
        channels: channels of the images.
        latent_dim: length of the latent vector; kept as an attribute.
        base_width: channels of the map before the image.
        num_blocks: residual blocks at each resolution.
        group_size: channels of each group of the 3 x 3 convolutions; where it does not divide
            their width, the greatest common divisor.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 64,
        base_width: int = 64,
        num_blocks: int = 2,
        group_size: int = 16,
    ) -> None:
        super().__init__()
        check_positive(channels=channels, latent_dim=latent_dim, base_width=base_width)
        check_positive(num_blocks=num_blocks, group_size=group_size)
        widths = _widths(image_size, base_width)[::-1]
        self.latent_dim = latent_dim
        self.basis = nn.Parameter(torch.randn(widths[0], SMALLEST_MAP, SMALLEST_MAP))
        self.project = nn.Linear(latent_dim, widths[0], bias=False)
        init_he_(self.project)
        self.stages = _stages(widths, num_blocks, group_size, 2.0)
        self.image = _linear(widths[-1], channels)

    def forward(self, latents: Tensor) -> Tensor:
        """Images [B, C, H, W] from latents [B, latent_dim]."""
        check_latents(latents, self.latent_dim)
        maps = self.project(latents)[:, :, None, None] * self.basis
        return self.image(self.stages(maps))


class R3GANDiscriminator(nn.Module):
    """Images to logits by grouped residual blocks without normalisation (section 4, config E).

    The mirror image of the generator; the 4 x 4 map is weighed channel by channel and projected
    to one logit. Nothing couples the samples, and with R2 on the fakes, as in the paper, G's part
    of D is free.

    Strategies:
        reversal, ratio, shared_penalty, dual.

    Args:
        image_size: height and width of the images in pixels: 16, 32, 64, 128 or 256.
        channels: channels of the images.
        base_width: channels of the first map.
        num_blocks: residual blocks at each resolution.
        group_size: as in `R3GANGenerator`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        base_width: int = 64,
        num_blocks: int = 2,
        group_size: int = 16,
    ) -> None:
        super().__init__()
        check_positive(channels=channels, base_width=base_width)
        check_positive(num_blocks=num_blocks, group_size=group_size)
        widths = _widths(image_size, base_width)
        self._image_shape = (channels, image_size, image_size)
        self.first = _linear(channels, widths[0])
        self.stages = _stages(widths, num_blocks, group_size, 0.5)
        width = widths[-1]
        self.basis = nn.Conv2d(width, width, SMALLEST_MAP, groups=width, bias=False)
        self.head = nn.Linear(width, 1)
        init_he_(self.basis)
        init_he_(self.head)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B], higher for more real, from images [B, C, H, W] in [-1, 1]."""
        check_images(images, self._image_shape)
        features = self.basis(self.stages(self.first(images))).flatten(1)  # [B, width]
        return self.head(features).view(images.shape[0])
