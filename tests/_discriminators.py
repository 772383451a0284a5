"""A zoo of discriminators, one row each: what the engine must be exact for."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils.checkpoint import checkpoint

CHANNELS, SIZE, WIDTH = 2, 6, 4
BATCH = 6  # no power of two: the probe's masks are not all halves


class Plain(nn.Module):
    """Two convolutions and a linear head; the base of most rows."""

    def __init__(self, normalise: Callable[[], nn.Module] = nn.Identity) -> None:
        super().__init__()
        self.first = nn.Conv2d(CHANNELS, WIDTH, 3, padding=1)
        self.second = nn.Conv2d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.norm = normalise()
        self.head = nn.Linear(WIDTH * (SIZE // 2) ** 2, 1)

    def features(self, images: Tensor) -> Tensor:
        hidden = nn.functional.leaky_relu(self.first(images), 0.2)
        return nn.functional.leaky_relu(self.norm(self.second(hidden)), 0.2)  # [B, W, 3, 3]

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images).flatten(1)).view(images.shape[0])

    def heads(self) -> list[nn.Module]:
        """The layers whose bias moves every logit."""
        return [self.head]


def group_norm() -> nn.Module:
    return Plain(lambda: nn.GroupNorm(2, WIDTH))


def batch_norm() -> nn.Module:
    return Plain(lambda: nn.BatchNorm2d(WIDTH))


def dropout() -> nn.Module:
    return Plain(lambda: nn.Dropout(0.3))


def spectral() -> nn.Module:
    net = Plain()
    for name in ("first", "second", "head"):
        setattr(net, name, spectral_norm(getattr(net, name)))
    return net


class MinibatchStddev(Plain):
    """One more channel that holds the standard deviation over groups of samples."""

    def __init__(self, group: int = 3, *, strided: bool = True) -> None:
        super().__init__()
        self.group, self.strided = group, strided
        self.head = nn.Linear((WIDTH + 1) * (SIZE // 2) ** 2, 1)

    def forward(self, images: Tensor) -> Tensor:
        hidden = self.features(images)
        batch, _, height, width = hidden.shape
        group = self.group if batch % self.group == 0 else batch
        # StyleGAN2 groups samples i, i + B/g, ...; others take neighbours.
        shape = (group, batch // group) if self.strided else (batch // group, group)
        over = 0 if self.strided else 1
        grouped = hidden.reshape(*shape, -1)
        deviation = (grouped.var(over, unbiased=False) + 1e-8).sqrt().mean(-1)
        deviation = deviation.repeat(group) if self.strided else deviation.repeat_interleave(group)
        extra = deviation.view(batch, 1, 1, 1).expand(batch, 1, height, width)
        return self.head(torch.cat([hidden, extra], 1).flatten(1)).view(batch)


class Patch(Plain):
    """A map of logits, [B, 1, 3, 3]."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Conv2d(WIDTH, 1, 3, padding=1)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.features(images))


class TwoHeads(Plain):
    """A dict of two heads: a logit and a map."""

    def __init__(self) -> None:
        super().__init__()
        self.map = nn.Conv2d(WIDTH, 1, 1)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        hidden = self.features(images)
        return {"logit": self.head(hidden.flatten(1)).squeeze(1), "map": self.map(hidden)}

    def heads(self) -> list[nn.Module]:
        return [self.head, self.map]


class Conditional(Plain):
    """A projection discriminator: labels are a second argument."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(3, WIDTH)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        hidden = self.features(images)
        projection = (self.embed(labels) * hidden.sum((2, 3))).sum(1)  # [B]
        return self.head(hidden.flatten(1)).view(-1) + projection


class BatchAttention(Plain):
    """Every sample attends to every other."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(WIDTH * 9, 5), nn.Linear(WIDTH * 9, 5)

    def forward(self, images: Tensor) -> Tensor:
        hidden = self.features(images).flatten(1)  # [B, F]
        weights = (self.query(hidden) @ self.key(hidden).mT / 5**0.5).softmax(-1)  # [B, B]
        return self.head(hidden + weights @ hidden).view(images.shape[0])


class ZeroResidual(Plain):
    """A residual branch with BatchNorm that is multiplied by zero at initialisation."""

    def __init__(self) -> None:
        super().__init__()
        self.branch = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)
        self.branch_norm = nn.BatchNorm2d(WIDTH)
        self.gain = nn.Parameter(torch.zeros(()))

    def features(self, images: Tensor) -> Tensor:
        hidden = super().features(images)
        return hidden + self.gain * self.branch_norm(self.branch(hidden))


def frozen_first_layers() -> nn.Module:
    net = Plain()
    net.first.requires_grad_(False)
    return net


class Tied(Plain):
    """One convolution twice."""

    def __init__(self) -> None:
        super().__init__()
        self.same = nn.Conv2d(WIDTH, WIDTH, 3, padding=1)

    def features(self, images: Tensor) -> Tensor:
        hidden = super().features(images)
        return self.same(nn.functional.leaky_relu(self.same(hidden), 0.2))


class UnusedOnFakes(Plain):
    """A layer that only real samples go through, and one that nobody goes through."""

    def __init__(self) -> None:
        super().__init__()
        self.for_real, self.for_nobody = nn.Conv2d(WIDTH, WIDTH, 1), nn.Linear(2, 2)

    def forward(self, images: Tensor, side: str) -> Tensor:
        hidden = self.features(images)
        hidden = self.for_real(hidden) if side == "real" else hidden
        return self.head(hidden.flatten(1)).view(images.shape[0])


class Checkpointed(Plain):
    """Activations of the body are computed again on the way back."""

    def __init__(self, *, use_reentrant: bool = False) -> None:
        super().__init__()
        self.use_reentrant = use_reentrant

    def features(self, images: Tensor) -> Tensor:
        return checkpoint(super().features, images, use_reentrant=self.use_reentrant)


@dataclass(frozen=True)
class Row:
    """One discriminator.

    Attributes:
        build: a factory.
        ratio: whether the ratio is exact for it: one logit, samples independent.
        conditions: what D takes after the sample: (real_args, fake_args) for a batch size.
    """

    build: Callable[[], nn.Module]
    ratio: bool
    conditions: Callable[[int], tuple[tuple, tuple]] = lambda _: ((), ())


ZOO: dict[str, Row] = {
    "conv": Row(Plain, ratio=True),
    "group_norm": Row(group_norm, ratio=True),
    "batch_norm": Row(batch_norm, ratio=False),
    "minibatch_stddev": Row(MinibatchStddev, ratio=False),
    "spectral_norm": Row(spectral, ratio=True),
    "dropout": Row(dropout, ratio=True),
    "patch": Row(Patch, ratio=False),
    "two_heads": Row(TwoHeads, ratio=False),
    "condition": Row(
        Conditional,
        ratio=True,
        conditions=lambda n: ((torch.arange(n) % 3,), (torch.arange(n) % 2,)),
    ),
    "batch_attention": Row(BatchAttention, ratio=False),
    "zero_residual": Row(ZeroResidual, ratio=False),
    "frozen": Row(frozen_first_layers, ratio=True),
    "tied": Row(Tied, ratio=True),
    "unused": Row(UnusedOnFakes, ratio=True, conditions=lambda _: (("real",), ("fake",))),
    "checkpoint": Row(Checkpointed, ratio=True),
}
REVERSING = ("minimax", "wasserstein")
SIX_LOSSES = ("minimax", "nonsaturating", "hinge", "least_squares", "wasserstein", "relativistic")


def exact_strategies(loss: str, row: Row) -> list[str]:
    """Every strategy that is exact for this pair, cheapest first."""
    reversal = ["reversal"] if loss in REVERSING else []
    return [*reversal, *(["ratio"] if row.ratio else []), "dual"]


MATRIX = [
    (loss, name, strategy)
    for loss in SIX_LOSSES
    for name, row in ZOO.items()
    for strategy in exact_strategies(loss, row)
]


class Generator(nn.Module):
    """Latents [B, 5] to images [B, 2, 6, 6] in [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(5, WIDTH * SIZE**2)
        self.last = nn.Conv2d(WIDTH, CHANNELS, 3, padding=1)

    def forward(self, latents: Tensor) -> Tensor:
        hidden = nn.functional.leaky_relu(self.first(latents), 0.2)
        return self.last(hidden.view(-1, WIDTH, SIZE, SIZE)).tanh()


@torch.no_grad()
def shift_(discriminator: nn.Module, amount: float) -> None:
    """Move every logit by `amount`, and every weight a little, in place, as an optimiser would."""
    for weight in discriminator.parameters():
        weight.add_(0.03 * torch.randn_like(weight))
    for head in discriminator.heads():
        head.bias.add_(amount)


def images(batch: int = BATCH, **options) -> Tensor:
    return torch.randn(batch, CHANNELS, SIZE, SIZE, **options)
