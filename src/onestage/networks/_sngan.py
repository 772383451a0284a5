"""The SNGAN pair of residual networks (Miyato et al., ICLR 2018, arXiv 1802.05957)."""

from torch import Tensor, nn
from torch.nn.functional import relu
from torch.nn.utils.parametrizations import spectral_norm

from onestage.networks._checks import check_images, check_latents, check_positive, count_halvings
from onestage.networks._init import init_glorot_
from onestage.networks._norm import Norm, check_norm
from onestage.networks._options import keeps_options
from onestage.networks._resnet import DownBlock, ResNetGenerator, shortcuts

_MIN_SIZE, _MAX_SIZE = 16, 128
_MAX_FACTOR = 16
_CIFAR = 32


def generator_widths(image_size: int, base_width: int | None) -> list[int]:
    """Channels from the 4 x 4 map to the last one."""
    halvings = count_halvings(image_size, _MIN_SIZE, _MAX_SIZE, "an SNGAN")
    if image_size == _CIFAR:
        return [256 if base_width is None else base_width] * (halvings + 1)
    base_width = 64 if base_width is None else base_width
    return [base_width * min(2**i, _MAX_FACTOR) for i in range(halvings, -1, -1)]


def _discriminator_blocks(image_size: int, base_width: int | None) -> list[tuple[int, bool]]:
    """(channels, whether the map is halved) of each block."""
    halvings = count_halvings(image_size, _MIN_SIZE, _MAX_SIZE, "an SNGAN")
    if image_size == _CIFAR:
        width = 128 if base_width is None else base_width
        return [(width, True), (width, True), (width, False), (width, False)]
    base_width = 64 if base_width is None else base_width
    widths = [base_width * min(2**i, _MAX_FACTOR) for i in range(halvings + 1)]
    return [(width, i < halvings) for i, width in enumerate(widths)]


def spectrally_normalise_(network: nn.Module) -> None:
    """Divide every weight by its largest singular value (eq. 8), estimated at every forward.

    One power iteration for each forward in train mode: D(real) and D(fake) see two estimates. In
    eval mode the last one stays.
    """
    for layer in list(network.modules()):
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.Embedding)):
            spectral_norm(layer)


@keeps_options
class SNGANGenerator(nn.Module):
    """Latents to images by residual blocks (Miyato et al. 2018, tables 3 and 4).

    At 32 pixels all maps have `base_width` channels (the paper's CIFAR network); at other sizes the
    width halves with every doubling of the size, 16 x `base_width` at most (128 pixels and
    `base_width=64`: 1024-1024-512-256-128-64). Any strategy is exact with it.

    Args:
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images.
        latent_dim: length of the latent vector; kept as an attribute.
        base_width: channels of the map before the image; by default the paper's, 256 at 32 pixels
            and 64 at other sizes.
        norm: `"batch"` (the paper's), `"group"` or `"none"`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        base_width: int | None = None,
        norm: Norm = "batch",
    ) -> None:
        super().__init__()
        check_norm(norm)
        widths = generator_widths(image_size, base_width)
        check_positive(channels=channels, latent_dim=latent_dim, base_width=widths[-1])
        self.latent_dim = latent_dim
        self.body = ResNetGenerator(widths, channels, latent_dim, norm)

    def forward(self, latents: Tensor) -> Tensor:
        """Images [B, C, H, W] in [-1, 1] from latents [B, latent_dim]."""
        check_latents(latents, self.latent_dim)
        return self.body(latents)


class SNGANDiscriminator(nn.Module):
    """Images to logits by residual blocks with spectral normalisation (Miyato et al. 2018).

    At 32 pixels four blocks of `base_width` channels, the first two of which halve the map
    (table 3); at other sizes the map is halved down to 4 x 4 while the width doubles,
    16 x `base_width` at most, and a last block keeps it (table 4; the paper has neither 16 nor 64
    pixels, which follow the 48 of its STL network). The last map is rectified and summed over its
    positions.

    Spectral normalisation looks at weights alone, so each sample is scored by itself.

    Strategies:
        reversal, ratio, shared_penalty, dual.

    Args:
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images.
        base_width: channels of the first map; by default the paper's, 128 at 32 pixels and 64
            at other sizes.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self, *, image_size: int = 64, channels: int = 3, base_width: int | None = None
    ) -> None:
        super().__init__()
        plan = _discriminator_blocks(image_size, base_width)
        check_positive(channels=channels, base_width=plan[0][0])
        self._image_shape = (channels, image_size, image_size)
        widths = [channels, *[width for width, _ in plan]]
        self.blocks = nn.Sequential(
            *[
                DownBlock(widths[i], width, down=down, is_first=i == 0)
                for i, (width, down) in enumerate(plan)
            ]
        )
        self.num_features = widths[-1]
        self.head = nn.Linear(self.num_features, 1)
        init_glorot_(self, unrectified=shortcuts(self))
        spectrally_normalise_(self)

    def features(self, images: Tensor) -> Tensor:
        """What the head sees, [B, num_features], from images [B, C, H, W] in [-1, 1]."""
        check_images(images, self._image_shape)
        return relu(self.blocks(images)).sum((2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B], higher for more real, from images [B, C, H, W] in [-1, 1]."""
        return self.head(self.features(images)).view(images.shape[0])
