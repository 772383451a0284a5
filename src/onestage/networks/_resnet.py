"""Residual blocks of the SNGAN pair, and its generator's body."""

from collections.abc import Iterator
from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from onestage.networks._checks import SMALLEST_MAP
from onestage.networks._init import init_glorot_
from onestage.networks._norm import build_norm


class ConditionalNorm(nn.Module):
    """A normalisation of [B, width, H, W] whose scale and shift are its class's own, if any.

    Conditional batch normalisation: Dumoulin et al., ICLR 2017, eq. 5.
    """

    def __init__(self, norm: str, width: int, num_classes: int) -> None:
        super().__init__()
        self.norm = build_norm(norm, width)
        self.scale = self.shift = None
        if num_classes:
            self.norm = nn.BatchNorm2d(width, affine=False)
            self.scale = nn.Embedding(num_classes, width)
            self.shift = nn.Embedding(num_classes, width)
            nn.init.ones_(self.scale.weight)
            nn.init.zeros_(self.shift.weight)

    def forward(self, maps: Tensor, labels: Tensor | None) -> Tensor:
        """Maps of the same shape; labels [B] where there are classes."""
        normal = self.norm(maps)
        if self.scale is None or self.shift is None or labels is None:
            return normal
        return normal * self.scale(labels)[:, :, None, None] + self.shift(labels)[:, :, None, None]


class UpBlock(nn.Module):
    """norm, ReLU, double, conv, norm, ReLU, conv; the shortcut is doubled and then 1 x 1."""

    def __init__(self, in_width: int, out_width: int, norm: str, num_classes: int) -> None:
        super().__init__()
        self.first_norm = ConditionalNorm(norm, in_width, num_classes)
        self.first = nn.Conv2d(in_width, out_width, 3, padding=1)
        self.second_norm = ConditionalNorm(norm, out_width, num_classes)
        self.second = nn.Conv2d(out_width, out_width, 3, padding=1)
        self.shortcut = nn.Conv2d(in_width, out_width, 1)

    def forward(self, maps: Tensor, labels: Tensor | None) -> Tensor:
        """[B, in_width, H, W] to [B, out_width, 2 H, 2 W]."""
        hidden = self.first(_double(relu(self.first_norm(maps, labels))))
        hidden = self.second(relu(self.second_norm(hidden, labels)))
        # A 1 x 1 convolution before the doubling gives the same, at a quarter of the cost.
        return hidden + _double(self.shortcut(maps))


class DownBlock(nn.Module):
    """ReLU, conv, ReLU, conv, halve; the shortcut is 1 x 1 and halved where shapes change.

    The first block of a discriminator begins without ReLU: it would cut the image at 0.
    """

    def __init__(self, in_width: int, out_width: int, *, down: bool, is_first: bool) -> None:
        super().__init__()
        self.down, self.is_first = down, is_first
        self.first = nn.Conv2d(in_width, out_width, 3, padding=1)
        self.second = nn.Conv2d(out_width, out_width, 3, padding=1)
        changes = down or in_width != out_width
        self.shortcut = nn.Conv2d(in_width, out_width, 1) if changes else nn.Identity()

    def forward(self, maps: Tensor) -> Tensor:
        """[B, in_width, H, W] to [B, out_width, H, W], or half of H and W."""
        hidden = self.second(relu(self.first(maps if self.is_first else relu(maps))))
        if not self.down:
            return hidden + self.shortcut(maps)
        # Halving before the 1 x 1 convolution gives the same, at a quarter of the cost.
        return avg_pool2d(hidden, 2) + self.shortcut(avg_pool2d(maps, 2))


class ResNetGenerator(nn.Module):
    """Latents to images: a 4 x 4 map and one `UpBlock` for every doubling.

    Args:
        widths: channels of the maps from 4 x 4 to the image's size.
        channels: channels of the images.
        latent_dim: length of the latent vector.
        norm: see `build_norm`; batch normalisation where there are classes.
        num_classes: 0 for none.
    """

    def __init__(
        self, widths: list[int], channels: int, latent_dim: int, norm: str, num_classes: int = 0
    ) -> None:
        super().__init__()
        self.project = nn.Linear(latent_dim, widths[0] * SMALLEST_MAP**2)
        self.blocks = nn.ModuleList(
            UpBlock(coarse, fine, norm, num_classes) for coarse, fine in pairwise(widths)
        )
        self.norm = build_norm(norm, widths[-1])
        self.image = nn.Conv2d(widths[-1], channels, 3, padding=1)
        init_glorot_(self, unrectified=shortcuts(self))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images [B, C, H, W] in [-1, 1] from latents [B, latent_dim] and labels [B]."""
        maps = self.project(latents).view(latents.shape[0], -1, SMALLEST_MAP, SMALLEST_MAP)
        for block in self.blocks:
            maps = block(maps, labels)
        return self.image(relu(self.norm(maps))).tanh()


def shortcuts(network: nn.Module) -> Iterator[nn.Module]:
    """The 1 x 1 convolutions beside the blocks."""
    return (m.shortcut for m in network.modules() if isinstance(m, (UpBlock, DownBlock)))


def _double(maps: Tensor) -> Tensor:
    return interpolate(maps, scale_factor=2.0, mode="nearest")
