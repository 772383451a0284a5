"""The pairs of networks that are measured, each with a batch of noise of the right shape.

The networks are those of `onestage.networks` with their defaults but for the width; what the
images show makes no difference to the time of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from onestage import networks
from onestage._tree import Tree
from onestage.losses import AnyLoss, SeparableLoss, build_loss
from onestage.penalties import R1, R2, AnyPenalty


@dataclass(frozen=True)
class Pair:
    """Two networks, their loss and one batch.

    Attributes:
        generator: makes the fakes.
        discriminator: as in `OneStage`; so are `loss`, `real`, the conditions and `penalties`.
        inputs: what the generator takes, the same at every call.
        draw: what it takes instead, new noise on a device at every call.
        other_loss: G's other terms as a function of the fake.
        reversing: a loss of the same cost that declares a reversal, for that strategy.
        is_vocoder: whether the published scheme of the vocoders applies.
    """

    generator: Callable[..., Tree]
    discriminator: Callable[..., Tree]
    loss: AnyLoss
    real: Tree
    inputs: Sequence[Any] = ()
    draw: Callable[[torch.device], Sequence[Any]] | None = None
    real_args: Sequence[Tree] = ()
    fake_args: Sequence[Tree] = ()
    penalties: Sequence[AnyPenalty] = ()
    other_loss: Callable[[Tree], Tensor] | None = None
    reversing: AnyLoss | None = None
    is_vocoder: bool = False


@dataclass(frozen=True)
class Scale:
    """How large a pair is.

    Attributes:
        batch: samples per step.
        width: `base_width` of both networks.
        size: pixels along an edge; samples of a wave.
    """

    batch: int
    width: int
    size: int


def dcgan(scale: Scale) -> Pair:
    """DCGAN with GroupNorm in D, non-saturating: G as dear as D."""
    options: dict[str, Any] = {"image_size": scale.size, "base_width": scale.width}
    return _images(
        networks.DCGANGenerator(**options), networks.DCGANDiscriminator(**options), scale
    )


def sngan(scale: Scale) -> Pair:
    """SNGAN: residual, spectrally normalised, hinge."""
    options: dict[str, Any] = {"image_size": scale.size, "base_width": scale.width}
    pair = networks.SNGANGenerator(**options), networks.SNGANDiscriminator(**options)
    return _images(*pair, scale, build_loss("hinge"))


def patch(scale: Scale) -> Pair:
    """PatchGAN's D, least squares, against a U-Net of a quarter of its width: D dominates."""
    size = scale.size
    conditions = torch.randn(scale.batch, 3, size, size)
    return Pair(
        networks.UNetGenerator(image_size=size, base_width=max(scale.width // 4, 1)),
        networks.PatchDiscriminator(base_width=scale.width),
        build_loss("least_squares"),
        torch.randn(scale.batch, 3, size, size),
        inputs=(conditions,),
        reversing=build_loss("minimax"),
    )


def r3gan(scale: Scale) -> Pair:
    """R3GAN: relativistic, R1 and R2 at every step."""
    options: dict[str, Any] = {"image_size": scale.size, "base_width": scale.width}
    generator = networks.R3GANGenerator(**options)
    return Pair(
        generator,
        networks.R3GANDiscriminator(**options),
        build_loss("relativistic"),
        torch.randn(scale.batch, 3, scale.size, scale.size),
        draw=_noise(scale.batch, generator.latent_dim),
        penalties=(R1(1.0), R2(1.0)),
    )


def vocoder(scale: Scale) -> Pair:
    """HiFi-GAN: least squares, twice the feature matching and 45 times a spectral L1."""
    generator = networks.VocoderGenerator(base_width=scale.width)
    frames = max(scale.size // generator.hop_length, 1)
    spectrograms = torch.randn(scale.batch, 80, frames)
    real = torch.rand(scale.batch, 1, frames * generator.hop_length) * 2 - 1
    plain = build_loss("least_squares", factor=1.0, logits=networks.head_logits)
    assert isinstance(plain, SeparableLoss)

    def for_generator(real_out: Tree, fake_out: Tree) -> Tensor:
        both = zip(networks.head_features(real_out), networks.head_features(fake_out), strict=True)
        matching = sum(nn.functional.l1_loss(f, r) for r, f in both)
        return plain.generator(real_out, fake_out) + 2 * matching

    return Pair(
        generator,
        networks.VocoderDiscriminator(base_width=scale.width),
        SeparableLoss(plain.real, plain.fake, for_generator, logits=networks.head_logits),
        real,
        inputs=(spectrograms,),
        other_loss=lambda fake: 45 * _spectral_distance(real.to(fake.device), fake),
        is_vocoder=True,
    )


def _noise(batch: int, dim: int) -> Callable[[torch.device], tuple[Tensor]]:
    return lambda device: (torch.randn(batch, dim, device=device),)


def _images(
    generator: networks.DCGANGenerator | networks.SNGANGenerator,
    discriminator: nn.Module,
    scale: Scale,
    loss: AnyLoss | None = None,
) -> Pair:
    return Pair(
        generator,
        discriminator,
        loss or build_loss("nonsaturating"),
        torch.randn(scale.batch, 3, scale.size, scale.size),
        draw=_noise(scale.batch, generator.latent_dim),
        reversing=build_loss("minimax"),
    )


def _spectral_distance(real: Tensor, fake: Tensor) -> Tensor:
    """L1 of magnitudes."""

    def magnitudes(wave: Tensor) -> Tensor:
        window = torch.hann_window(256, device=wave.device)
        spectrum = torch.stft(wave.float().squeeze(1), 256, window=window, return_complex=True)
        return torch.view_as_real(spectrum).square().sum(-1).add(1e-6).sqrt()

    return nn.functional.l1_loss(magnitudes(fake), magnitudes(real))


PAIRS: dict[str, tuple[Callable[[Scale], Pair], Scale]] = {
    "dcgan64": (dcgan, Scale(32, 64, 64)),
    "sngan64": (sngan, Scale(8, 32, 64)),
    "patch256": (patch, Scale(4, 64, 256)),
    "r3gan64": (r3gan, Scale(8, 32, 64)),
    "vocoder": (vocoder, Scale(8, 8, 4096)),
}
