"""The generator of pix2pix (Isola et al., CVPR 2017, arXiv 1611.07004)."""

import torch
from torch import Tensor, nn

from onestage.networks._checks import check_positive, count_halvings
from onestage.networks._init import init_normal_
from onestage.networks._norm import Norm, build_norm, check_norm
from onestage.networks._options import keeps_options

_MIN_SIZE, _MAX_SIZE = 16, 256
_MAX_FACTOR = 8
_SLOPE = 0.2
_DROPOUT = 0.5
_DROPOUT_LEVELS = 3


class _Level(nn.Module):
    """One level of the U: halve, whatever is inside, double; the input is handed past it."""

    def __init__(
        self, in_width: int, width: int, inside: nn.Module | None, norm: Norm, dropout: float
    ) -> None:
        super().__init__()
        bias = norm == "none"
        self.down = nn.Sequential(
            nn.LeakyReLU(_SLOPE),
            nn.Conv2d(in_width, width, 4, stride=2, padding=1, bias=bias),
            build_norm(norm, width),
        )
        self.inside = inside if inside is not None else nn.Identity()
        inner_width = width if inside is None else 2 * width
        self.up = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose2d(inner_width, in_width, 4, stride=2, padding=1, bias=bias),
            build_norm(norm, in_width),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, maps: Tensor) -> Tensor:
        """[B, in_width, H, W] to [B, 2 in_width, H, W]."""
        return torch.cat([maps, self.dropout(self.up(self.inside(self.down(maps))))], 1)


@keeps_options
class UNetGenerator(nn.Module):
    """Images to images by a U-Net with skips (Isola et al. 2017, section 3.2 and appendix 6.1).

    The image is halved down to 4 x 4 while the width doubles, at most 8 x `base_width`, and
    doubled again; each level sees its counterpart of the way down. The chance in a translation is
    dropout in the three innermost levels, in train mode. Every map but the first and the image is
    normalised; the image goes through tanh. Any strategy is exact with it.

    Args:
        image_size: height and width of the images in pixels: 16, 32, 64, 128 or 256.
        condition_channels: channels of the images that are translated.
        channels: channels of the images that are made.
        base_width: channels of the first map.
        norm: `"batch"` (the paper's), `"group"` or `"none"`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        image_size: int = 256,
        condition_channels: int = 3,
        channels: int = 3,
        base_width: int = 64,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        check_positive(
            condition_channels=condition_channels, channels=channels, base_width=base_width
        )
        check_norm(norm)
        levels = count_halvings(image_size, _MIN_SIZE, _MAX_SIZE, "a U-Net")
        widths = [base_width * min(2**i, _MAX_FACTOR) for i in range(levels)]
        self._condition_shape = (condition_channels, image_size, image_size)
        self.first = nn.Conv2d(condition_channels, base_width, 4, stride=2, padding=1)
        inside: _Level | None = None
        for depth, i in enumerate(range(levels - 1, 0, -1)):
            dropout = _DROPOUT if depth < _DROPOUT_LEVELS else 0.0
            inside = _Level(widths[i - 1], widths[i], inside, norm, dropout)
        assert inside is not None  # the smallest image has two levels
        self.inside = inside
        self.last = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose2d(2 * base_width, channels, 4, stride=2, padding=1),
            nn.Tanh(),
        )
        init_normal_(self)

    def forward(self, condition: Tensor) -> Tensor:
        """Images [B, C, H, W] in [-1, 1] from images [B, K, H, W].

        Raises:
            ValueError: if the condition is of another shape.
        """
        if tuple(condition.shape[1:]) != self._condition_shape:
            raise ValueError(
                f"a condition of shape {list(condition.shape)} does not fit this generator; give "
                f"[batch, {', '.join(map(str, self._condition_shape))}]."
            )
        return self.last(self.inside(self.first(condition)))
