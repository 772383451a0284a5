"""Play one step of every situation, and write which strategy the planner takes.

    make strategies     # writes the tables of README.md and docs/which-strategy.md

The words on the left are ours; strategy, cost, reason and what would be cheaper are the engine's
own. Every game of a row must take the same strategy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from onestage import R2, LeCam, OneStage
from onestage.losses import LOSSES, build_loss
from onestage.networks import (
    DCGANDiscriminator,
    MultiScaleDiscriminator,
    PatchDiscriminator,
    R3GANDiscriminator,
    SNGANDiscriminator,
)
from onestage.penalties import AnyPenalty

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "which-strategy.md")
_IMAGE = {"image_size": 16, "channels": 1, "base_width": 4}
_PATCH = {"channels": 1, "base_width": 4, "num_layers": 1}


class _Coupled(nn.Module):
    """A linear discriminator whose samples see one another."""

    def __init__(self, mix: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.mix, self.head = mix, nn.Linear(2 * 16 * 16, 1)

    def forward(self, images: Tensor) -> Tensor:
        hidden = images.flatten(1)
        return self.head(torch.cat([hidden, self.mix(hidden)], 1)).view(-1)


def _deviation(hidden: Tensor) -> Tensor:
    return hidden.std(0, keepdim=True).expand_as(hidden)


def _attention(hidden: Tensor) -> Tensor:
    return (hidden @ hidden.T / 16).softmax(-1) @ hidden


INDEPENDENT = (
    lambda: DCGANDiscriminator(**_IMAGE, norm="group"),
    lambda: SNGANDiscriminator(**_IMAGE),
    lambda: R3GANDiscriminator(**_IMAGE, group_size=2),
)
COUPLED = (
    lambda: DCGANDiscriminator(**_IMAGE, norm="batch"),
    lambda: _Coupled(_deviation),
    lambda: _Coupled(_attention),
)
MAPS = (
    lambda: PatchDiscriminator(**_PATCH),
    lambda: MultiScaleDiscriminator(**_PATCH, num_scales=2),
)
REVERSING = tuple(name for name in LOSSES if build_loss(name).reversal is not None)
OTHERS = tuple(name for name in LOSSES if name not in REVERSING)
EVERY = tuple(LOSSES)


@dataclass(frozen=True)
class Situation:
    """A row: its words, and the games that stand for it."""

    loss: str
    discriminator: str
    losses: tuple[str, ...]
    discriminators: tuple[Callable[[], nn.Module], ...]
    penalties: Callable[[], tuple[AnyPenalty, ...]] = tuple
    float16: bool = False
    batch: int = 4
    brief: bool = True  # also in the README


@dataclass(frozen=True)
class Told:
    """What the engine says of a game."""

    strategy: str
    cost: str
    why: str
    cheaper: str


_R2 = "any, on a step with R2"
SITUATIONS = (
    Situation(
        f"declares a reversal: {', '.join(REVERSING)}",
        "any",
        REVERSING,
        (*INDEPENDENT, *COUPLED, *MAPS),
    ),
    Situation("any other", "one logit per sample, samples independent", OTHERS, INDEPENDENT),
    Situation(
        "any other", "BatchNorm, minibatch statistics, attention across the batch", OTHERS, COUPLED
    ),
    Situation("any other", "patches, several heads", OTHERS, MAPS),
    Situation("any other", "float16 autocast", OTHERS, INDEPENDENT[:1], float16=True),
    Situation("any other", "a batch of one", OTHERS, INDEPENDENT, batch=1),
    Situation(_R2, "as for `ratio`", EVERY, INDEPENDENT, lambda: (R2(1.0),)),
    Situation(
        _R2,
        "float16 autocast",
        EVERY,
        INDEPENDENT[:1],
        lambda: (R2(1.0),),
        float16=True,
        brief=False,
    ),
    Situation(
        _R2,
        "coupled samples",
        EVERY,
        COUPLED,
        lambda: (R2(1.0),),
        brief=False,
    ),
    Situation(
        _R2,
        "patches, several heads",
        EVERY,
        MAPS,
        lambda: (R2(1.0),),
        brief=False,
    ),
    Situation(
        "declares a reversal, with LeCam",
        "as for `ratio`",
        REVERSING,
        INDEPENDENT,
        lambda: (LeCam(0.3),),
        brief=False,
    ),
)


def play(situation: Situation) -> Told:
    """One step of every game of a row.

    Raises:
        RuntimeError: if they do not all take one strategy.
    """
    told = [_step(situation, *game) for game in _games(situation)]
    if len({one.strategy for one in told}) > 1:
        raise RuntimeError(f"{situation.loss}, {situation.discriminator}: {told}")
    return told[0]


def _games(situation: Situation) -> Iterator[tuple[str, Callable[[], nn.Module]]]:
    return ((loss, build) for loss in situation.losses for build in situation.discriminators)


def _step(situation: Situation, loss: str, build: Callable[[], nn.Module]) -> Told:
    torch.manual_seed(0)
    game = OneStage(build(), loss, penalties=situation.penalties())
    real = torch.randn(situation.batch, 1, 16, 16)
    fake = torch.randn(situation.batch, 1, 16, 16, requires_grad=True)
    with torch.autocast("cpu", torch.float16, enabled=situation.float16):
        game.backward(real, fake.view_as(fake))
    said = {
        heading: text.strip()
        for heading, _, text in (line.partition(":") for line in game.explain().splitlines())
    }
    cost = said["cost"].partition(", in forwards")[0].replace(" per step", "")
    return Told(said["strategy"].split()[0], cost, said["why"], said["cheaper"])


def table(told: dict[Situation, Told]) -> str:
    """The situations and what is taken."""
    rows = ["| loss | discriminator | strategy | cost |", "|---|---|---|---|"]
    for situation, one in told.items():
        names = f"{situation.loss} | {situation.discriminator}"
        rows.append(f"| {names} | `{one.strategy}` | {one.cost} |")
    return "\n".join(rows)


def reasons(told: dict[Situation, Told]) -> str:
    """What the engine says of each, in its own words."""
    return "\n\n".join(
        f"* **{situation.loss}; {situation.discriminator}: `{one.strategy}`.** {one.why}\n"
        f"  *Cheaper:* {one.cheaper}"
        for situation, one in told.items()
    )


def filled(text: str, told: dict[Situation, Told]) -> str:
    """A page with its tables made anew."""
    kinds = {
        "brief": lambda: table({key: one for key, one in told.items() if key.brief}),
        "all": lambda: table(told),
        "reasons": lambda: reasons(told),
    }

    def fill(match: re.Match[str]) -> str:
        return f"<!-- strategies {match[1]} -->\n{kinds[match[1]]()}\n<!-- end -->"

    return re.sub(r"<!-- strategies (\w+) -->\n.*?<!-- end -->", fill, text, flags=re.DOTALL)


def main() -> None:
    """Write the pages."""
    torch.set_num_threads(1)
    told = {situation: play(situation) for situation in SITUATIONS}
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8"), told), encoding="utf-8")
        print(f"{page.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
