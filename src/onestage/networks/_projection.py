"""Conditions by projection, on the SNGAN pair (Miyato and Koyama, ICLR 2018, arXiv 1802.05637)."""

from torch import Tensor, nn

from onestage.networks._checks import check_labels, check_latents, check_positive
from onestage.networks._options import keeps_options
from onestage.networks._resnet import ResNetGenerator
from onestage.networks._sngan import SNGANDiscriminator, generator_widths, spectrally_normalise_


@keeps_options
class ProjectionGenerator(nn.Module):
    """Latents and labels to images: `SNGANGenerator` with conditional batch normalisation.

    Each class has its own scale and shift in every block (Miyato and Koyama 2018, figure 14). Any
    strategy is exact with it.

    Args:
        num_classes: number of classes; kept as an attribute.
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images.
        latent_dim: length of the latent vector; kept as an attribute.
        base_width: as in `SNGANGenerator`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 128,
        base_width: int | None = None,
    ) -> None:
        super().__init__()
        widths = generator_widths(image_size, base_width)
        check_positive(
            num_classes=num_classes,
            channels=channels,
            latent_dim=latent_dim,
            base_width=widths[-1],
        )
        self.num_classes, self.latent_dim = num_classes, latent_dim
        self.body = ResNetGenerator(widths, channels, latent_dim, "batch", num_classes)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Images [B, C, H, W] in [-1, 1] from latents [B, latent_dim] and int64 labels [B]."""
        check_latents(latents, self.latent_dim)
        check_labels(labels, self.num_classes, latents.shape[0])
        return self.body(latents, labels)


class ProjectionDiscriminator(nn.Module):
    """Images and labels to logits: `SNGANDiscriminator` plus an inner product.

    The logit is psi(h) + <v_y, h> with the features h and an embedding v_y of the label (Miyato
    and Koyama 2018, eq. 3). The embedding too is normalised spectrally, as in the authors' code.

    Strategies:
        reversal, ratio, shared_penalty, dual.

    Args:
        num_classes: number of classes; kept as an attribute.
        image_size: height and width of the images in pixels: 16, 32, 64 or 128.
        channels: channels of the images.
        base_width: as in `SNGANDiscriminator`.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        num_classes: int,
        image_size: int = 64,
        channels: int = 3,
        base_width: int | None = None,
    ) -> None:
        super().__init__()
        check_positive(num_classes=num_classes)
        self.num_classes = num_classes
        self.body = SNGANDiscriminator(
            image_size=image_size, channels=channels, base_width=base_width
        )
        self.embed = nn.Embedding(num_classes, self.body.num_features)
        nn.init.xavier_uniform_(self.embed.weight)
        spectrally_normalise_(self.embed)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Logits [B] from images [B, C, H, W] in [-1, 1] and int64 labels [B]."""
        check_labels(labels, self.num_classes, images.shape[0])
        features = self.body.features(images)  # [B, F]
        unconditional = self.body.head(features).view(images.shape[0])
        return unconditional + (self.embed(labels) * features).sum(1)
