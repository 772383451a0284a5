"""The DCGAN pair (Radford et al., ICLR 2016, arXiv 1511.06434)."""

from itertools import pairwise

from torch import Tensor, nn

from onestage.networks._checks import (
    SMALLEST_MAP,
    check_images,
    check_latents,
    check_positive,
    count_halvings,
)
from onestage.networks._init import init_normal_
from onestage.networks._norm import Norm, build_norm, check_norm
from onestage.networks._options import keeps_options

_MIN_SIZE, _MAX_SIZE = 16, 128
_MAX_FACTOR = 8
_SLOPE = 0.2


def _widths(image_size: int, base_width: int) -> list[int]:
    """Channels of the feature maps from image_size / 2 down to 4 x 4, finest first."""
    num_levels = count_halvings(image_size, _MIN_SIZE, _MAX_SIZE, "a DCGAN")
    return [base_width * min(2**level, _MAX_FACTOR) for level in range(num_levels)]


def _upsample(in_width: int, out_width: int, *, bias: bool) -> nn.Module:
    return nn.ConvTranspose2d(in_width, out_width, 4, stride=2, padding=1, bias=bias)


def _downsample(in_width: int, out_width: int, *, bias: bool) -> nn.Module:
    return nn.Conv2d(in_width, out_width, 4, stride=2, padding=1, bias=bias)


@keeps_options
class DCGANGenerator(nn.Module):
    """Latents to images by fractionally strided convolutions (Radford et al. 2016, figure 1).

    The latent is projected to 4 x 4 and doubled in size until the image is reached, while the width
    halves; the widest map has at most 8 x `base_width` channels (64 pixels and `base_width=64`:
    512-256-128-64). Every map but the image is normalised, then rectified; the image goes through
    tanh. Any strategy is exact with it.

    Args:
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images.
        latent_dim: length of the latent vector; kept as an attribute.
        base_width: channels of the map before the image.
        norm: `"batch"` (the paper's), `"group"` or `"none"`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 100,
        base_width: int = 64,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        check_positive(channels=channels, latent_dim=latent_dim, base_width=base_width)
        check_norm(norm)
        widths = _widths(image_size, base_width)[::-1]
        self.latent_dim = latent_dim
        bias = norm == "none"  # a normalisation has a bias of its own
        layers: list[nn.Module] = [
            nn.Linear(latent_dim, widths[0] * SMALLEST_MAP**2, bias=bias),
            nn.Unflatten(1, (widths[0], SMALLEST_MAP, SMALLEST_MAP)),
            build_norm(norm, widths[0]),
            nn.ReLU(),
        ]
        for coarse, fine in pairwise(widths):
            layers += [_upsample(coarse, fine, bias=bias), build_norm(norm, fine), nn.ReLU()]
        layers += [_upsample(widths[-1], channels, bias=True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        init_normal_(self)

    def forward(self, latents: Tensor) -> Tensor:
        """Images [B, C, H, W] in [-1, 1] from latents [B, latent_dim]."""
        check_latents(latents, self.latent_dim)
        return self.layers(latents)


class DCGANDiscriminator(nn.Module):
    """Images to logits by strided convolutions (Radford et al. 2016, section 3).

    The mirror image of the generator: the size halves down to 4 x 4 while the width doubles, at
    most 8 x `base_width` (64 pixels and `base_width=64`: 64-128-256-512). Leaky ReLU of slope 0.2;
    no normalisation of the first map. The last map gives one logit.

    With `norm="batch"` (the paper's) samples are coupled in train mode; with the others each sample
    is scored alone.

    Strategies:
        `norm="group"` or `"none"`: reversal, ratio, shared_penalty, dual.
        `norm="batch"`: reversal, dual.

    Args:
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images.
        base_width: channels of the first map.
        norm: `"group"`, `"batch"` or `"none"`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        base_width: int = 64,
        norm: Norm = "group",
    ) -> None:
        super().__init__()
        check_positive(channels=channels, base_width=base_width)
        check_norm(norm)
        widths = _widths(image_size, base_width)
        self._image_shape = (channels, image_size, image_size)
        bias = norm == "none"
        layers = [_downsample(channels, widths[0], bias=True), nn.LeakyReLU(_SLOPE)]
        for fine, coarse in pairwise(widths):
            layers += [_downsample(fine, coarse, bias=bias), build_norm(norm, coarse)]
            layers += [nn.LeakyReLU(_SLOPE)]
        layers += [nn.Conv2d(widths[-1], 1, SMALLEST_MAP)]
        self.layers = nn.Sequential(*layers)
        init_normal_(self)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B], higher for more real, from images [B, C, H, W] in [-1, 1]."""
        check_images(images, self._image_shape)
        return self.layers(images).view(images.shape[0])
