"""Where a plain ratio g / f of the two losses' derivatives goes wrong: G's gradient, in float64.

    make papers-ratio     # writes benchmarks/results/papers-ratio.json and docs/mathematics.md

The ratio is the paper's gradient decomposition (Shen et al., CVPR 2021, section 3.2) as it stands:
D's loss on the fakes is walked back, and sample i's input gradient is multiplied by g_i / f_i.
Where a sample has many logits, which the paper does not treat, it is the ratio of the sums over
them. Both it and this library are held against two separate stages.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from onestage import __version__
from onestage.compare import describe_machine
from onestage.losses import build_loss
from onestage.networks import DCGANDiscriminator, PatchDiscriminator
from onestage.testing import measure_exactness, reference_gradients, relative_error

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "papers-ratio.json"
PAGE = ROOT / "docs" / "mathematics.md"
LOSSES = ("minimax", "wasserstein", "nonsaturating", "least_squares", "hinge")
_BATCH, _DTYPE = 8, torch.float64
_IMAGE = {"image_size": 16, "channels": 1, "base_width": 4}


_DCGAN = partial(DCGANDiscriminator, **_IMAGE)
DISCRIMINATORS: dict[str, tuple[Callable[[], nn.Module], float]] = {  # and the spread of its logits
    "samples independent, unsure": (partial(_DCGAN, norm="group"), 0.2),
    "samples independent": (partial(_DCGAN, norm="group"), 2.0),
    "BatchNorm": (partial(_DCGAN, norm="batch"), 2.0),
    "PatchGAN": (partial(PatchDiscriminator, channels=1, base_width=4, num_layers=2), 2.0),
}


@torch.no_grad()
def spread_(discriminator: nn.Module, samples: Tensor, deviation: float) -> None:
    """Scale the last layer, in place: the logits are as far apart as is asked for."""
    last = [layer for layer in discriminator.modules() if isinstance(layer, nn.Conv2d)][-1]
    last.weight.mul_(deviation / discriminator(samples).std())


def plain_ratio(discriminator: nn.Module, loss: str, fake: Tensor) -> Tensor:
    """G's gradient at the fakes [B, ...] as the paper has it."""
    rules = build_loss(loss)
    leaf = fake.detach().requires_grad_()
    logits = discriminator(leaf)
    (f,) = torch.autograd.grad(rules.discriminator_loss(None, logits), logits, retain_graph=True)
    (g,) = torch.autograd.grad(rules.generator_loss(None, logits), logits, retain_graph=True)
    (at_input,) = torch.autograd.grad(logits, leaf, f)
    ratio = g.flatten(1).sum(1) / f.flatten(1).sum(1) if g.ndim > 1 else g / f  # [B]
    return at_input * ratio.view(-1, *[1] * (leaf.ndim - 1))


def measure(loss: str, discriminator: str) -> dict[str, str | float]:
    """The relative errors of G's gradient by the plain ratio and by this library."""
    torch.manual_seed(0)
    build, deviation = DISCRIMINATORS[discriminator]
    network = build().to(_DTYPE)
    generator = nn.Conv2d(1, 1, 3, padding=1).to(_DTYPE)
    real, noise = torch.randn(2, _BATCH, 1, 16, 16, dtype=_DTYPE)
    fake = generator(noise).tanh()
    spread_(network, fake, deviation)
    reference = reference_gradients(network, loss, real, fake).generator
    gradients = torch.autograd.grad(
        fake, list(reference), plain_ratio(network, loss, fake), retain_graph=True
    )
    found = measure_exactness(network, loss, real, fake)
    return {
        "loss": loss,
        "discriminator": discriminator,
        "plain_ratio": relative_error(dict(zip(reference, gradients, strict=True)), reference),
        "onestage": found.generator_error,
        "strategy": found.strategy,
    }


def table(record: dict) -> str:
    """Losses down, discriminators across; the plain ratio, then this library."""
    rows = {(row["loss"], row["discriminator"]): row for row in record["rows"]}
    lines = [
        "| loss | " + " | ".join(DISCRIMINATORS) + " |",
        "|---" * (len(DISCRIMINATORS) + 1) + "|",
    ]
    for loss in LOSSES:
        cells = [_cell(rows[loss, discriminator]) for discriminator in DISCRIMINATORS]
        lines.append(f"| {loss} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(row: dict) -> str:
    return f"{_short(row['plain_ratio'])} / {_short(row['onestage'])} (`{row['strategy']}`)"


def _short(error: float) -> str:
    if not math.isfinite(error):
        return f"**{error}**".replace("nan", "NaN")
    text = (
        "0"
        if error == 0
        else f"{error:.0e}".replace("e-0", "e-")
        if error < 1e-3
        else f"{error:.2g}"
    )
    return f"**{text}**" if error > 1e-3 else text


def page(text: str, record: dict) -> str:
    """The page with the table of a record."""
    made = f"<!-- papers-ratio -->\n{table(record)}\n<!-- end -->"
    return re.sub(r"<!-- papers-ratio -->\n.*?<!-- end -->", lambda _: made, text, flags=re.DOTALL)


def main() -> None:
    """Measure, and write the record and the page."""
    torch.set_num_threads(1)
    record = {
        "date": date.today().isoformat(),
        "command": "make papers-ratio",
        "onestage": __version__,
        "machine": describe_machine(),
        "batch_size": _BATCH,
        "rows": [measure(loss, name) for loss in LOSSES for name in DISCRIMINATORS],
    }
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if PAGE.exists():
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    print(table(record))


if __name__ == "__main__":
    main()
