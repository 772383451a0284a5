"""One random number for each sample."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from onestage._processes import drawn_rows


@dataclass(frozen=True)
class Draw:
    """Draws for a batch of images, in their type and on their device.

    Args:
        images: [B, ...].
        generator: as `drawn_rows` takes it.
    """

    images: Tensor
    generator: torch.Generator | None = None

    def uniform(self, low: float, high: float) -> Tensor:
        """U(low, high), [B]."""
        return low + (high - low) * drawn_rows(Tensor.uniform_, self._like, self.generator)

    def normal(self) -> Tensor:
        """N(0, 1), [B]."""
        return drawn_rows(Tensor.normal_, self._like, self.generator)

    def integers(self, low: int, high: int) -> Tensor:
        """The integers low to high - 1, equally likely, int64 [B]."""

        def fill(numbers: Tensor, **options: torch.Generator) -> Tensor:
            return numbers.random_(low, high, **options)

        return drawn_rows(fill, self._like.long(), self.generator)

    def sometimes(self, p: Tensor, values: Tensor, neutral: float) -> Tensor:
        """Each of the values [B] with probability p (0-dim), else the neutral one.

        As many numbers are drawn whatever p is: a uniform one is below 0 never and below 1 always.
        """
        return torch.where(self.uniform(0.0, 1.0) < p, values, neutral)

    def coin(self, p: Tensor) -> Tensor:
        """1 with probability p (0-dim), else 0; [B]."""
        return self.sometimes(p, torch.ones_like(self._like), 0.0)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images."""
        return self.images.shape[-2], self.images.shape[-1]

    @property
    def dtype(self) -> torch.dtype:
        """The type of what is drawn."""
        return self.images.dtype

    @property
    def _like(self) -> Tensor:
        return self.images.new_empty(self.images.shape[0])


def widened(images: Tensor) -> Tensor:
    """The images in float32 at least."""
    return images.to(torch.promote_types(images.dtype, torch.float32))


def per_pixel(values: Tensor) -> Tensor:
    """[B] as [B, 1, 1, 1]."""
    return values.view(-1, 1, 1, 1)
