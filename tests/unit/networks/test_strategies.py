"""Holds every discriminator to the strategies that its docstring calls exact."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from inspect import getdoc

import pytest
import torch
from torch import Tensor, nn

from onestage import R1, OneStage, networks
from onestage.losses import build_loss
from onestage.networks import (
    CGANDiscriminator,
    DCGANDiscriminator,
    MLPDiscriminator,
    MultiScaleDiscriminator,
    PatchDiscriminator,
    ProjectionDiscriminator,
    R3GANDiscriminator,
    SNGANDiscriminator,
    VocoderDiscriminator,
    head_logits,
)
from onestage.penalties import R2
from onestage.testing import assert_exact

BATCH = 3
DTYPE = torch.float64
LABELS = torch.tensor([0, 2, 1])
ALL = ("reversal", "ratio", "shared_penalty", "dual")


@dataclass(frozen=True)
class Row:
    """One discriminator: how it is built, what it sees, and which line of its docstring counts."""

    kind: type[nn.Module]
    options: dict
    shape: tuple[int, ...]
    line: str = ""
    condition: Tensor | None = None
    logits: Callable = lambda outputs: outputs


_SMALL = {"image_size": 16, "channels": 1, "base_width": 2}
_IMAGE = (1, 16, 16)
_CLASSES = {"num_classes": 3}
_PATCH = {"channels": 1, "base_width": 2, "num_layers": 1}
ROWS = {
    **{
        f"dcgan-{norm}": Row(DCGANDiscriminator, {**_SMALL, "norm": norm}, _IMAGE, f'"{norm}"')
        for norm in ("group", "none", "batch")
    },
    **{
        f"cgan-{norm}": Row(
            CGANDiscriminator,
            {**_SMALL, **_CLASSES, "norm": norm},
            _IMAGE,
            f'"{norm}"',
            condition=LABELS,
        )
        for norm in ("group", "none", "batch")
    },
    "sngan-32": Row(SNGANDiscriminator, {**_SMALL, "image_size": 32}, (1, 32, 32)),
    "sngan-64": Row(SNGANDiscriminator, {**_SMALL, "image_size": 64, "base_width": 1}, (1, 64, 64)),
    "projection": Row(
        ProjectionDiscriminator,
        {**_SMALL, **_CLASSES, "image_size": 32},
        (1, 32, 32),
        condition=LABELS,
    ),
    **{
        f"patch-{norm}": Row(PatchDiscriminator, {**_PATCH, "norm": norm}, (1, 12, 12))
        for norm in ("instance", "batch", "group", "none")
    },
    "patch-condition": Row(
        PatchDiscriminator,
        {**_PATCH, "condition_channels": 2},
        (1, 12, 12),
        condition=torch.linspace(-1, 1, BATCH * 2 * 144, dtype=DTYPE).view(BATCH, 2, 12, 12),
    ),
    "multi-scale": Row(MultiScaleDiscriminator, {**_PATCH, "num_scales": 2}, (1, 16, 16)),
    "r3gan": Row(R3GANDiscriminator, {**_SMALL, "group_size": 2}, _IMAGE),
    "mlp": Row(MLPDiscriminator, {"base_width": 8}, (2,)),
    "vocoder": Row(
        VocoderDiscriminator,
        {"base_width": 1, "periods": (2, 3), "num_scales": 2},
        (1, 64),
        logits=head_logits,
    ),
}


def _documented(row: Row) -> tuple[str, ...]:
    """The strategies in the docstring's own section, on the line that names the row's options."""
    section = re.search(r"^Strategies:\n((?:    .+\n)+)", getdoc(row.kind) or "", re.MULTILINE)
    assert section is not None
    (line,) = (text for text in section[1].splitlines() if row.line in text)
    return tuple(re.findall(r"\w+", line.rpartition(":")[2]))


@pytest.fixture(params=ROWS)
def row(request) -> Row:
    return ROWS[request.param]


@pytest.fixture
def discriminator(row) -> nn.Module:
    """Away from its initial weights, some of which are 0."""
    network = row.kind(**row.options).to(DTYPE)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    return network


@pytest.fixture
def game(row) -> dict:
    """Both samples, their conditions, the fake behind a tiny generator."""
    generator = nn.Conv1d(1, 1, 1).to(DTYPE)
    real, noise = torch.randn(2, BATCH, *row.shape, dtype=DTYPE)
    fake = generator(noise.reshape(BATCH, 1, -1)).tanh().view(BATCH, *row.shape)
    args = () if row.condition is None else (row.condition,)
    return {"real": real, "fake": fake, "real_args": args, "fake_args": args}


def test_every_discriminator_has_a_row():
    public = {name for name in networks.__all__ if name.endswith("Discriminator")}
    assert {row.kind.__name__ for row in ROWS.values()} == public


def test_the_docstring_names_strategies_cheapest_first(row):
    documented = _documented(row)
    assert documented == tuple(name for name in ALL if name in documented)
    assert {"reversal", "dual"} <= set(documented)
    assert ("ratio" in documented) == ("shared_penalty" in documented)


@pytest.mark.parametrize(
    ("loss", "penalties", "wanted"),
    [
        ("wasserstein", (), "reversal"),
        ("nonsaturating", (), "ratio"),
        ("relativistic", (R1(1.0), R2(1.0)), "shared_penalty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_auto_takes_what_the_docstring_names(row, discriminator, game, loss, penalties, wanted):
    rules = build_loss(loss, logits=row.logits)
    found = assert_exact(discriminator, rules, penalties=penalties, **game)
    assert found.strategy == (wanted if wanted in _documented(row) else "dual")


@pytest.mark.parametrize("strategy", ["reversal", "ratio", "dual"])
def test_by_name_what_is_documented_is_exact_and_the_rest_raises(
    row, discriminator, game, strategy
):
    rules = build_loss("wasserstein", logits=row.logits)
    if strategy in _documented(row):
        found = assert_exact(discriminator, rules, strategy=strategy, **game)
        assert found.strategy == strategy
        return
    before = [weight.detach().clone() for weight in discriminator.parameters()]
    with pytest.raises(ValueError, match=f"strategy='{strategy}' cannot be exact here"):
        OneStage(discriminator, rules, strategy=strategy).backward(**game)
    assert all(weight.grad is None for weight in discriminator.parameters())
    assert all(map(torch.equal, before, discriminator.parameters()))


def test_auto_is_right_at_the_initial_weights_too(row, game):
    """Residual branches that begin at 0 hide nothing."""
    rules = build_loss("nonsaturating", logits=row.logits)
    found = assert_exact(row.kind(**row.options).to(DTYPE), rules, **game)
    assert found.strategy == ("ratio" if "ratio" in _documented(row) else "dual")
