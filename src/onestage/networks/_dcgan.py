"""The DCGAN pair (Radford et al., ICLR 2016, arXiv 1511.06434)."""

from itertools import pairwise

from torch import Tensor, nn

from ._init import init_normal_
from ._norm import Norm, build_norm, check_norm

_SMALLEST_MAP = 4
_MIN_SIZE, _MAX_SIZE = 16, 128
_MAX_FACTOR = 8
_SLOPE = 0.2


def _widths(image_size: int, base_width: int) -> list[int]:
    """Channels of the feature maps from image_size / 2 down to 4 x 4, finest first."""
    power_of_two = image_size > 0 and image_size & (image_size - 1) == 0
    if not power_of_two or not _MIN_SIZE <= image_size <= _MAX_SIZE:
        raise ValueError(
            f"image_size={image_size} does not fit a DCGAN, which halves the image down to 4 x 4; "
            "choose 16, 32, 64 or 128."
        )
    num_levels = (image_size // _SMALLEST_MAP).bit_length() - 1
    return [base_width * min(2**level, _MAX_FACTOR) for level in range(num_levels)]


def _check_positive(**sizes: int) -> None:
    for name, value in sizes.items():
        if value < 1:
            raise ValueError(f"{name}={value} leaves nothing to learn; give at least 1.")


def _upsample(in_width: int, out_width: int, *, bias: bool) -> nn.Module:
    return nn.ConvTranspose2d(in_width, out_width, 4, stride=2, padding=1, bias=bias)


def _downsample(in_width: int, out_width: int, *, bias: bool) -> nn.Module:
    return nn.Conv2d(in_width, out_width, 4, stride=2, padding=1, bias=bias)


class DCGANGenerator(nn.Module):
    """Latents to images by fractionally strided convolutions (Radford et al. 2016, figure 1).

    The latent is projected to 4 x 4 and doubled in size until the image is reached, while the width
    halves; the widest map has at most 8 x `base_width` channels (64 pixels and `base_width=64`:
    512-256-128-64). Every map but the image is normalised, then rectified; the image goes through
    tanh. Any strategy is exact with it.

    Args:
        image_size: Height and width of the images in pixels: 16, 32, 64 or 128.
        channels: Channels of the images.
        latent_dim: Length of the latent vector; kept as an attribute.
        base_width: Channels of the map before the image.
        norm: `"batch"` (the paper's), `"group"` or `"none"`.

    Raises:
        ValueError: If an argument has no meaning for this network.
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
        _check_positive(channels=channels, latent_dim=latent_dim, base_width=base_width)
        check_norm(norm)
        widths = _widths(image_size, base_width)[::-1]
        self.latent_dim = latent_dim
        bias = norm == "none"  # a normalisation has a bias of its own
        layers: list[nn.Module] = [
            nn.Linear(latent_dim, widths[0] * _SMALLEST_MAP**2, bias=bias),
            nn.Unflatten(1, (widths[0], _SMALLEST_MAP, _SMALLEST_MAP)),
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
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise ValueError(
                f"latents of shape {list(latents.shape)} do not fit a generator with "
                f"latent_dim={self.latent_dim}; give [batch, {self.latent_dim}]."
            )
        return self.layers(latents)


class DCGANDiscriminator(nn.Module):
    """Images to logits by strided convolutions (Radford et al. 2016, section 3).

    The mirror image of the generator: the size halves down to 4 x 4 while the width doubles, at
    most 8 x `base_width` (64 pixels and `base_width=64`: 64-128-256-512). Leaky ReLU of slope 0.2;
    no normalisation of the first map. The last map gives one logit.

    With `norm="group"` or `"none"` each sample is scored alone and every strategy is exact. With
    `norm="batch"` (the paper's) samples are coupled in train mode: the reversal and the dual are
    exact, the ratio is not.

    Args:
        image_size: Height and width of the images in pixels: 16, 32, 64 or 128.
        channels: Channels of the images.
        base_width: Channels of the first map.
        norm: `"group"`, `"batch"` or `"none"`.

    Raises:
        ValueError: If an argument has no meaning for this network.
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
        _check_positive(channels=channels, base_width=base_width)
        check_norm(norm)
        widths = _widths(image_size, base_width)
        self._image_shape = (channels, image_size, image_size)
        bias = norm == "none"
        layers = [_downsample(channels, widths[0], bias=True), nn.LeakyReLU(_SLOPE)]
        for fine, coarse in pairwise(widths):
            layers += [_downsample(fine, coarse, bias=bias), build_norm(norm, coarse)]
            layers += [nn.LeakyReLU(_SLOPE)]
        layers += [nn.Conv2d(widths[-1], 1, _SMALLEST_MAP)]
        self.layers = nn.Sequential(*layers)
        init_normal_(self)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B], higher for more real, from images [B, C, H, W] in [-1, 1]."""
        if tuple(images.shape[1:]) != self._image_shape:
            raise ValueError(
                f"images of shape {list(images.shape)} do not fit this discriminator; give "
                f"[batch, {', '.join(map(str, self._image_shape))}], or build it for their size."
            )
        return self.layers(images).view(images.shape[0])
