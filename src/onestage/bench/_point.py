"""One point of a measurement: all contenders on one pair, batch and precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import torch

from onestage.bench._entries import Entry
from onestage.bench._launches import count_launches
from onestage.bench._measure import Clock
from onestage.bench._options import Settings
from onestage.bench._pairs import Pair
from onestage.bench._rates import Rates, collect_calls
from onestage.bench._ratios import quartiles, ratio_with_interval
from onestage.bench._schedule import Schedule, count_scheduled, interleaved_means

_WARMUP = 3


@dataclass(frozen=True)
class Contender:
    """An entry, how it computes, and its steps."""

    entry: Entry
    settings: Settings
    schedule: Schedule


def contend(
    entry: Entry, make_pair: Callable[[], Pair], settings: Settings, device: torch.device
) -> Contender:
    """A contender with a pair of its own, from the same weights as all others."""
    schedule = entry.schedule(make_pair(), settings, device)
    if settings.captured:
        from onestage.graphs import CapturedStep

        captured = [CapturedStep(step, device=device) for step in schedule.steps]
        schedule = replace(schedule, steps=captured)
    return Contender(entry, settings, schedule)


def measure_point(
    contenders: list[Contender], about: dict[str, Any], rates: Rates, *, rounds: int, clock: Clock
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(records, ratios) of contenders that take turns.

    Args:
        contenders: who takes part; the order tells slower from faster in the ratios.
        about: what every record and ratio also says.
        rates: of the device.
        rounds: how often each is timed.
        clock: in seconds.
    """
    device = rates.device
    schedules = {str(i): contender.schedule for i, contender in enumerate(contenders)}
    for schedule in schedules.values():
        for step in schedule.steps:
            step()  # the first call plans and probes, and makes the optimisers' state
    times = interleaved_means(schedules, rounds=rounds, warmup=_WARMUP, device=device, clock=clock)
    records = [
        {**about, **_record(contender, times[str(i)], rates)}
        for i, contender in enumerate(contenders)
    ]
    ratios = [
        {**about, **_ratio(records[i], records[k], times[str(i)], times[str(k)])}
        for i, k in combinations(range(len(records)), 2)
    ]
    return records, ratios


def _record(contender: Contender, times: list[float], rates: Rates) -> dict[str, Any]:
    low, median, high = quartiles(times)
    schedule, settings = contender.schedule, contender.settings
    record: dict[str, Any] = {
        "contender": contender.entry.name,
        "precision": settings.precision,
        "memory_format": settings.memory_format,
        "strategy": contender.entry.strategy,
        "settings": _extras(settings),
        "median_s": median,
        "q1_s": low,
        "q3_s": high,
        "flops": None,
        "uncounted": [],
        "peak_bytes": schedule.peak_bytes(rates.device),
        "best_rates_s": None,
    }
    if not (settings.captured or settings.compiled):  # what is replayed or fused has no operations
        record["flops"], record["uncounted"] = count_scheduled(schedule)
        record["best_rates_s"] = schedule.mean(
            rates.seconds(collect_calls(step)) for step in schedule.steps
        )
    counted = [count_launches(step, rates.device) for step in schedule.steps]
    known = [counts for counts in counted if counts is not None]
    if known:
        launches, waits = (round(schedule.mean(counts)) for counts in zip(*known, strict=True))
        record["launches"], record["host_waits"] = launches, waits
    return record


def _extras(settings: Settings) -> list[str]:
    names = {"fused": "fused Adam", "compiled": "torch.compile", "captured": "CUDA graph"}
    return [text for name, text in names.items() if getattr(settings, name)]


def _ratio(
    slower: dict[str, Any], faster: dict[str, Any], theirs: list[float], ours: list[float]
) -> dict[str, Any]:
    """Measured against what counted work, and work at its best rates, would give."""
    measured, low, high = ratio_with_interval(theirs, ours)
    allowed = _over(slower["flops"], faster["flops"])
    return {
        "slower": slower["contender"],
        "faster": faster["contender"],
        "precision": slower["precision"],
        "faster_precision": faster["precision"],
        "same_strategy": slower["strategy"] == faster["strategy"],
        "measured": measured,
        "low": low,
        "high": high,
        "allowed_flops": allowed,
        "measured_over_allowed": None if allowed is None else measured / allowed,
        "allowed_rates": _over(slower["best_rates_s"], faster["best_rates_s"]),
        "peak_bytes": _over(faster["peak_bytes"], slower["peak_bytes"]),
    }


def _over(first: float | None, second: float | None) -> float | None:
    return first / second if first and second else None
