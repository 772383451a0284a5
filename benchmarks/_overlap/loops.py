"""Plain training loops under DistributedDataParallel, one for each scheme.

The contenders of the bench would not do: their two stages walk D's sides back one by one, to hold
one graph at a time, and would exchange D's gradients after each.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.parallel import DistributedDataParallel

from _overlap.links import Link
from onestage import OneStage
from onestage.losses import SeparableLoss, build_loss
from onestage.networks import DCGANDiscriminator, DCGANGenerator

_BETAS = (0.5, 0.99)


class Loop:
    """Networks of its own, and a step of one scheme.

    Args:
        scheme: a name of `SCHEMES`.
        link: what both networks' gradients go over.
        width: of both networks.
        batch: images of this process.
        bucket_mib: the size of DistributedDataParallel's buckets.
    """

    def __init__(self, scheme: str, link: Link, width: int, batch: int, bucket_mib: float) -> None:
        torch.manual_seed(0)
        self._g, self._d = (
            DistributedDataParallel(network, bucket_cap_mb=bucket_mib)
            for network in (DCGANGenerator(base_width=width), DCGANDiscriminator(base_width=width))
        )
        for network in (self._g, self._d):
            network.register_comm_hook(None, link.exchange)
        self._for_g, self._for_d = (
            torch.optim.Adam(network.parameters(), 1e-5, _BETAS, fused=True)
            for network in (self._g, self._d)
        )
        self._loss = build_loss("nonsaturating")
        assert isinstance(self._loss, SeparableLoss)
        play, strategy = SCHEMES[scheme]
        self._engine = OneStage(self._d, self._loss, strategy=strategy)
        self._real = torch.randn(batch, 3, 64, 64)
        self.step: Callable[[], None] = getattr(self, play)

    def naive(self) -> None:
        """D is not frozen in G's stage, so its gradients travel twice."""
        with torch.no_grad():
            fake = self._fake()
        self._train_discriminator(fake)
        self._train_generator(self._loss.generator_loss(None, self._d(self._fake())))

    def tuned(self) -> None:
        """D's gradients must have arrived before G's stage begins."""
        fake = self._fake()
        self._train_discriminator(fake.detach())
        self._d.requires_grad_(False)
        self._train_generator(self._loss.generator_loss(None, self._d.module(fake)))
        self._d.requires_grad_(True)

    def one_stage(self) -> None:
        """D's gradients travel while G's are computed."""
        fake = self._fake()
        self._for_d.zero_grad()
        self._for_g.zero_grad()
        self._engine.backward(self._real, fake)
        self._for_d.step()
        self._for_g.step()

    def _fake(self) -> torch.Tensor:
        fake: torch.Tensor = self._g(torch.randn(len(self._real), self._g.module.latent_dim))
        return fake

    def _train_discriminator(self, fake: torch.Tensor) -> None:
        self._for_d.zero_grad()
        loss = self._loss.real(self._d(self._real)) + self._loss.fake(self._d(fake))
        loss.backward()
        self._for_d.step()

    def _train_generator(self, loss: torch.Tensor) -> None:
        self._for_g.zero_grad()
        loss.backward()
        self._for_g.step()


SCHEMES = {  # what a step does, and the engine's strategy where it plays
    "two-stage-naive": ("naive", "auto"),
    "two-stage-tuned": ("tuned", "auto"),
    "one-stage-dual": ("one_stage", "dual"),
    "one-stage-ratio": ("one_stage", "ratio"),
}
