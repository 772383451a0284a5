"""Discriminators of patches (Isola et al., CVPR 2017; Wang et al., CVPR 2018)."""

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from onestage.networks._checks import check_positive
from onestage.networks._init import init_normal_
from onestage.networks._norm import build_norm, check_norm

PatchNorm = Literal["instance", "batch", "group", "none"]

_MAX_FACTOR = 8
_SLOPE = 0.2


def _norm(norm: str, width: int) -> nn.Module:
    return nn.InstanceNorm2d(width) if norm == "instance" else build_norm(norm, width)


class PatchDiscriminator(nn.Module):
    """Images to a map of logits, one for each patch (PatchGAN; Isola et al. 2017, section 3.2.2).

    `num_layers` convolutions halve the image, two more give the map; the width doubles up to 8 x
    `base_width`. Each logit sees a square of 16, 34, 70, 142 or 286 pixels for 1 to 5 layers.
    Any image of at least 3 x 2^num_layers pixels will do. No normalisation of the first map.

    A sample has many logits, so no ratio turns one player's gradient into the other's.

    Strategies:
        reversal, dual.

    Args:
        channels: channels of the images.
        condition_channels: channels of the image that they are a translation of, which is then
            D's second argument; 0 for none.
        base_width: channels of the first map.
        num_layers: number of halvings.
        norm: `"instance"`, `"batch"` (pix2pix), `"group"` or `"none"`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        condition_channels: int = 0,
        base_width: int = 64,
        num_layers: int = 3,
        norm: PatchNorm = "instance",
    ) -> None:
        super().__init__()
        check_positive(channels=channels, base_width=base_width, num_layers=num_layers)
        if condition_channels < 0:
            raise ValueError(
                f"condition_channels={condition_channels} is no number; give 0 for none."
            )
        check_norm(norm, get_args(PatchNorm))
        self._channels, self._condition_channels = channels, condition_channels
        self._smallest = 3 * 2**num_layers
        widths = [base_width * min(2**i, _MAX_FACTOR) for i in range(num_layers + 1)]
        in_channels = channels + condition_channels
        layers = [nn.Conv2d(in_channels, widths[0], 4, 2, 1), nn.LeakyReLU(_SLOPE)]
        for i in range(1, num_layers + 1):
            stride = 2 if i < num_layers else 1
            bias = norm == "none"  # a normalisation takes it away or has one of its own
            layers += [
                nn.Conv2d(widths[i - 1], widths[i], 4, stride, 1, bias=bias),
                _norm(norm, widths[i]),
                nn.LeakyReLU(_SLOPE),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 1))
        init_normal_(self)

    def forward(self, images: Tensor, condition: Tensor | None = None) -> Tensor:
        """Logits [B, 1, h, w] from images [B, C, H, W] and their condition [B, K, H, W]."""
        self._check(images, condition)
        return self.layers(images if condition is None else torch.cat([images, condition], 1))

    def _check(self, images: Tensor, condition: Tensor | None) -> None:
        size = min(images.shape[2:]) if images.ndim == 4 else 0
        if size < self._smallest or images.shape[1] != self._channels:
            raise ValueError(
                f"images of shape {list(images.shape)} do not fit this discriminator; give "
                f"[batch, {self._channels}, height, width] of at least {self._smallest} pixels, "
                "or take a smaller num_layers."
            )
        expected = (images.shape[0], self._condition_channels, *images.shape[2:])
        found = None if condition is None else tuple(condition.shape)
        if found != (expected if self._condition_channels else None):
            wanted = list(expected) if self._condition_channels else None
            raise ValueError(
                f"a condition of shape {found and list(found)} does not fit "
                f"condition_channels={self._condition_channels}; give {wanted}."
            )


class MultiScaleDiscriminator(nn.Module):
    """Images to a list of maps of logits, one for each scale (Wang et al. 2018, section 3.2).

    A `PatchDiscriminator` for the image itself, one for its half, and so on. The losses add the
    terms of the maps.

    Strategies:
        reversal, dual.

    Args:
        num_scales: number of discriminators; pix2pixHD has 3.
        channels: as in `PatchDiscriminator`; so are the rest.
        condition_channels: see there.
        base_width: see there.
        num_layers: see there.
        norm: see there.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        num_scales: int = 3,
        channels: int = 3,
        condition_channels: int = 0,
        base_width: int = 64,
        num_layers: int = 3,
        norm: PatchNorm = "instance",
    ) -> None:
        super().__init__()
        check_positive(num_scales=num_scales)
        self.scales = nn.ModuleList(
            PatchDiscriminator(
                channels=channels,
                condition_channels=condition_channels,
                base_width=base_width,
                num_layers=num_layers,
                norm=norm,
            )
            for _ in range(num_scales)
        )

    def forward(self, images: Tensor, condition: Tensor | None = None) -> list[Tensor]:
        """Logits [B, 1, h, w] by scale, finest first; arguments as in `PatchDiscriminator`."""
        maps = []
        for i, scale in enumerate(self.scales):
            if i > 0:
                images = _halve(images)
                condition = None if condition is None else _halve(condition)
            maps.append(scale(images, condition))
        return maps


def _halve(images: Tensor) -> Tensor:
    return avg_pool2d(images, 3, stride=2, padding=1, count_include_pad=False)
