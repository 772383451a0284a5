"""The rows of the matrix, and the measurement of one."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random

import torch
from torch import Tensor, nn

from _exactness.parts import (
    BATCH,
    DTYPE,
    LOSS_NAMES,
    NETWORKS,
    PENALTIES,
    make_loss,
)
from onestage._tree import map_tensors
from onestage.losses import AnyLoss
from onestage.penalties import AnyPenalty, OutputPenalty
from onestage.testing import measure_exactness

TOLERANCE = 1e-12


@dataclass(frozen=True)
class Row:
    """One combination.

    Attributes:
        loss: a name of the matrix; so are the next two.
        network: see there.
        penalty: see there.
        strategy: what is asked of the engine.
        takes: what it must take.
    """

    loss: str
    network: str
    penalty: str
    strategy: str
    takes: str

    def __str__(self) -> str:
        asked = "" if self.strategy == self.takes else f" ({self.strategy})"
        return f"{self.loss}, {self.network}, {self.penalty}, {self.takes}{asked}"


@dataclass(frozen=True)
class Measured:
    """The relative errors of a row, and what the engine says of it.

    An error is ||one stage - two stages|| / ||two stages|| over all of a player's parameters.
    """

    discriminator_error: float
    generator_error: float
    strategy: str
    explanation: str = ""

    @property
    def error(self) -> float:
        """The larger one; NaN if either is."""
        return float(torch.tensor([self.discriminator_error, self.generator_error]).double().max())


def matrix() -> list[Row]:
    """Every loss x network x penalty x strategy that is exact; "auto" stands for the cheapest."""
    return [
        Row(loss, network, penalty, strategy, takes)
        for loss in LOSS_NAMES
        for network in NETWORKS
        for penalty in PENALTIES
        for strategy, takes in _strategies(loss, network, penalty)
    ]


def _strategies(loss: str, network: str, penalty: str) -> list[tuple[str, str]]:
    """(asked for, taken): the cheapest by "auto", the rest by name."""
    on = {each.branch for each in PENALTIES[penalty]()}
    exact = []
    if make_loss(loss).reversal is not None and on.isdisjoint({"fake", "outputs"}):
        exact.append("reversal")
    if NETWORKS[network].ratio:
        exact.append("shared_penalty" if "fake" in on else "ratio")
    exact.append("dual")
    return [("auto", exact[0]), *[(name, name) for name in exact[1:]]]


def measure(row: Row) -> Measured:
    """Both players' errors, in float64, with weights away from where they were initialised."""
    torch.manual_seed(zlib.crc32(f"{row.loss}/{row.network}/{row.penalty}".encode()))
    network = NETWORKS[row.network]
    discriminator = network.build().to(DTYPE)
    with torch.no_grad():
        for weight in discriminator.parameters():  # some begin at 0
            weight.add_(0.05 * torch.randn_like(weight))
            if weight.ndim == 1:  # no unit is dead: where one hides a path the probe cannot decide
                weight.add_(0.2)
    generator = nn.Conv1d(1, 1, 1).to(DTYPE)
    real, noise = torch.randn(2, BATCH, *network.shape, dtype=DTYPE)
    fake = generator(noise.reshape(BATCH, 1, -1)).tanh().view_as(real)
    condition = network.condition()
    loss, penalties = make_loss(row.loss, **network.logits), PENALTIES[row.penalty]()
    with torch.no_grad():
        outputs = (discriminator(real, *condition), discriminator(fake, *condition))
    _teach(loss, penalties, *outputs)
    found = measure_exactness(
        discriminator,
        loss,
        real,
        fake,
        real_args=condition,
        fake_args=condition,
        penalties=penalties,
        strategy=row.strategy,
    )
    return Measured(
        found.discriminator_error, found.generator_error, found.strategy, found.explanation
    )


def _teach(loss: AnyLoss, penalties: tuple[AnyPenalty, ...], real: Tensor, fake: Tensor) -> None:
    """What learns has learned something: a multiplier, running means that are not the batch's."""
    if loss.commit is not None:
        loss.commit(real, fake)
    for penalty in penalties:
        if isinstance(penalty, OutputPenalty):
            moved = (map_tensors(lambda x: 0.5 * x + 1, loss.logits(side)) for side in (real, fake))
            penalty.commit(*moved)


def cover(rows: Sequence[Row], seed: int, extra: int) -> list[Row]:
    """A seeded choice in which every name occurs, and `extra` rows more."""
    shuffled = Random(seed).sample(rows, len(rows))
    seen: set[tuple[str, str]] = set()
    chosen, rest = [], []
    for row in shuffled:
        names = set(asdict(row).items())
        (rest if names <= seen else chosen).append(row)
        seen |= names
    return [*chosen, *rest[:extra]]


def failure(row: Row, found: Measured) -> str | None:
    """What is wrong with a measured row, or None."""
    if found.strategy != row.takes:
        return f"{row}: took {found.strategy}"
    if not found.error <= TOLERANCE:
        return f"{row}: off by {found.error:.1e}"
    return None
