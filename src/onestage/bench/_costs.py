"""What does not depend on the machine: operations and bytes of small steps, to notice a rise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from onestage.bench._entries import list_entries
from onestage.bench._flops import count_flops
from onestage.bench._measure import peak_bytes
from onestage.bench._options import Settings
from onestage.bench._pairs import Scale
from onestage.bench._run import build_pair

_SMALL = {
    "dcgan64": Scale(8, 4, 64),
    "sngan64": Scale(4, 4, 32),
    "patch256": Scale(2, 4, 64),
    "r3gan64": Scale(4, 4, 16),
    "vocoder": Scale(2, 1, 512),
}
Cost = dict[str, Any]


def measure_costs(names: Sequence[str] = tuple(_SMALL)) -> list[Cost]:
    """FLOPs and peak bytes of every contender on small editions of the named pairs, on CPU."""
    return [cost for name in names for cost in _costs_of(name)]


def risen(before: list[Cost], now: list[Cost], tolerance: float = 0.02) -> list[str]:
    """What costs more than it did, a line each; a contender that has gone is named as well.

    Args:
        before: as `measure_costs` gave it once.
        now: as it gives it today.
        tolerance: the rise that is let pass, as a share.
    """
    found = {_key(cost): cost for cost in now}
    lines = []
    for old in before:
        new = found.get(_key(old))
        if new is None:
            lines.append(f"{' '.join(_key(old))} is no longer measured")
            continue
        for quantity in ("flops", "peak_bytes"):
            if new[quantity] > old[quantity] * (1 + tolerance):
                rise = new[quantity] / old[quantity] - 1
                lines.append(f"{' '.join(_key(old))}: {quantity} rose by {rise:.1%}")
    return lines


def _costs_of(name: str) -> list[Cost]:
    device = torch.device("cpu")
    make_pair = partial(build_pair, name, _SMALL[name])
    costs = []
    for entry in list_entries(make_pair, Settings(), device):
        # No penalty of these pairs is lazy: there is one kind of step.
        (step,) = entry.schedule(make_pair(), Settings(), device).steps
        step()  # the first call plans, and makes the optimisers' state
        costs.append(
            {
                "networks": name,
                "contender": entry.name,
                "flops": count_flops(step),
                "peak_bytes": peak_bytes(step, device),
            }
        )
    return costs


def _key(cost: Cost) -> tuple[str, str]:
    return cost["networks"], cost["contender"]
