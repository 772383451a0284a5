"""Makes a record of the measured rows, and a page of the record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from _exactness.parts import BATCH, LOSS_NAMES, NETWORKS
from _exactness.rows import TOLERANCE, Measured, Row, failure

Pairs = list[tuple[Row, Measured]]


def summarise(found: Pairs, about: dict[str, Any]) -> dict[str, Any]:
    """The record of a run: the worst row of each loss with each network, penalty and strategy.

    Args:
        found: every row with its measurement.
        about: date, command, machine, seconds.
    """
    by_cell = _grouped(found, lambda row: (row.loss, row.network))
    return {
        **about,
        "rows": len(found),
        "batch_size": BATCH,
        "tolerance": TOLERANCE,
        "failures": [text for row, one in found if (text := failure(row, one)) is not None],
        "worst": _worst(found),
        "by_strategy": _by(found, lambda row: row.takes),
        "by_penalty": _by(found, lambda row: row.penalty),
        "cells": [
            {"loss": loss, "network": network, **_worst(pairs)}
            for (loss, network), pairs in by_cell.items()
        ],
    }


def write_page(record: dict[str, Any]) -> str:
    """The page docs/exactness.md."""
    machine, worst = record["machine"], record["worst"]
    return f"""# How exact is exact

{_TEXT.strip()}

**{record["rows"]:,} rows; worst relative error {_short(worst["error"])}** ({worst["row"]});
rows above {_short(record["tolerance"])} or with another strategy than expected: \
{len(record["failures"])}.

Worst error of each loss with each network, over its forms, all penalties and all strategies:

{_cells(record["cells"])}

By strategy:

{_table("strategy", record["by_strategy"])}

By penalty:

{_table("penalty", record["by_penalty"])}

{_NOTES.strip()}

Written by `{record["command"]}` on {record["date"]} in {record["seconds"]:.0f} s: threads \
{machine["threads"]}, {machine["cpu"]}, Python {machine["python"]}, torch {machine["torch"]},
onestage {record["onestage"]}. The figures of every loss with every network are in
`benchmarks/results/exactness.json`.
"""


_TEXT = """
Every loss of `onestage.losses` in all its forms, with every discriminator of `onestage.networks`,
every penalty and every strategy that is exact for the three: both players' gradients from one
stage, held against a forward and a backward of their own for each. An error is
||one stage - two stages|| / ||two stages|| over all of a player's parameters, the larger of the
two players', in float64, whose rounding is 1e-16. A 0 means the same numbers to the last bit.
"""

_NOTES = """
What the figures do not say, and what is not in the table:

* The reversal is taken where the loss declares it and neither a penalty on the fakes (R2) nor one
  on D's outputs (LeCam) is due; the ratio and the shared penalty where D gives one logit for each
  sample and looks at each alone. Asked for by name elsewhere they are refused, and `auto` takes
  what is exact.
* Batches have three samples, and networks are a few channels wide. Weights are moved away from
  their initial values, and biases up, so that no unit is dead: where dead units cut a sample off
  from its logit, the probe cannot decide and `auto` takes the dual until it can.
* Fisher's multiplier and LeCam's running means have moved before the row is measured. Fisher is
  taken with rho = 0.3: with the paper's 1e-6 its quadratic terms would not be seen.
* Spectral norm gives some logits of -160 here, for which the exponential losses ask 1e70 of G and
  1 of D. The floor under the ratio (2^-64 of what G asks for) counts such a g as 1: one that grows
  with it was found by these rows to drown D's gradient.
* Half precisions have tests of their own, as have several processes, accumulated micro-batches and
  consecutive steps.
"""


def _worst(pairs: Pairs) -> dict[str, Any]:
    """The largest errors of each player, and the row that is worst; of several, the first."""
    row, found = max(pairs, key=lambda pair: _nan_last(pair[1].error))
    return {
        "rows": len(pairs),
        "error": found.error,
        "discriminator_error": max((one.discriminator_error for _, one in pairs), key=_nan_last),
        "generator_error": max((one.generator_error for _, one in pairs), key=_nan_last),
        "strategy": found.strategy,
        "row": str(row),
    }


def _nan_last(error: float) -> float:
    return float("inf") if error != error else error


def _grouped(found: Pairs, key: Callable[[Row], Any]) -> dict[Any, Pairs]:
    groups: dict[Any, Pairs] = {}
    for row, one in found:
        groups.setdefault(key(row), []).append((row, one))
    return groups


def _by(found: Pairs, key: Callable[[Row], str]) -> dict[str, Any]:
    return {name: _worst(pairs) for name, pairs in _grouped(found, key).items()}


def _cells(cells: list[dict[str, Any]]) -> str:
    """Losses down, networks across, both without their variants."""
    networks = _unique(network.partition(" ")[0] for network in NETWORKS)
    lines = ["| | " + " | ".join(networks) + " |", "|---" * (len(networks) + 1) + "|"]
    for loss in _unique(name.partition(" ")[0] for name in LOSS_NAMES):
        errors = []
        for network in networks:
            same = [
                cell["error"]
                for cell in cells
                if (cell["loss"].partition(" ")[0], cell["network"].partition(" ")[0])
                == (loss, network)
            ]
            errors.append(_short(max(same, key=_nan_last)))
        lines.append(f"| {loss} | " + " | ".join(errors) + " |")
    return "\n".join(lines)


def _table(title: str, groups: dict[str, Any]) -> str:
    lines = [f"| {title} | rows | D's worst | G's worst | worst row |", "|---|---|---|---|---|"]
    for name, worst in groups.items():
        errors = f"{_short(worst['discriminator_error'])} | {_short(worst['generator_error'])}"
        lines.append(f"| {name} | {worst['rows']:,} | {errors} | {worst['row']} |")
    return "\n".join(lines)


def _short(error: float) -> str:
    return "0" if error == 0 else f"{error:.0e}".replace("e-0", "e-")


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
