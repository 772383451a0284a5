"""A run of the bench, from options to the content of its file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

import torch

from onestage._tree import tensors
from onestage.bench._entries import ALTERNATING, list_entries
from onestage.bench._factory import pair_from_factory
from onestage.bench._levers import Lever, pull_levers
from onestage.bench._machine import describe_machine, versions
from onestage.bench._options import CLOCKS, Options, Settings
from onestage.bench._pairs import PAIRS, Pair, Scale
from onestage.bench._point import Contender, contend, measure_point
from onestage.bench._rates import Rates
from onestage.bench._schedule import list_phases
from onestage.bench._threads import limited_threads
from onestage.engine import root_modules

_SEED = 0


def run_bench(options: Options, say: Callable[[str], object] = print) -> dict[str, Any]:
    """Measure everything that is asked for, in this process.

    Args:
        options: what.
        say: told of progress, a line at a time.

    Returns:
        The content of the JSON file: "machine", "versions", "date", "rounds", "clock", "records",
        "ratios", "levers", "parameters" and "phases", the kinds of steps that lazy penalties make.

    Raises:
        ValueError: for a device that is not there, and what a factory gives.
    """
    device = check_device(_automatic(options) if options.device == "auto" else options.device)
    with limited_threads(options.threads):
        return _run(options, device, say)


def _automatic(options: Options) -> str:
    return "cuda" if torch.cuda.is_available() and options.clock == "wall" else "cpu"


def check_device(name: str) -> torch.device:
    """The device.

    Raises:
        ValueError: for one that is unknown or not there.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"--device {name!r} is unknown: auto, cpu, cuda or cuda:N.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"--device {name!r}: this PyTorch finds no CUDA device. Use --device cpu.")
    return device


def _run(options: Options, device: torch.device, say: Callable[[str], object]) -> dict[str, Any]:
    rates = Rates(device, CLOCKS[options.clock])
    found: dict[str, Any] = {
        "machine": describe_machine(device),
        "versions": versions(),
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "records": [],
        "ratios": [],
        "levers": [],
        "parameters": [],
        "phases": [],
    }
    for scale in options.scales():
        make_pair = partial(build_pair, options.networks, scale)
        contenders, levers = _contenders(options, make_pair, device, say)
        found["levers"] += [asdict(lever) for lever in levers]
        about = _about(options.networks, scale, make_pair)
        pair = make_pair()
        found["parameters"].append({**about, **count_parameters(pair)})
        found["phases"] = [phase.record() for phase in list_phases(pair.penalties)]
        say(f"{options.networks}, {_at(about)}: {len(contenders)} contenders take turns")
        records, ratios = measure_point(
            contenders, about, rates, rounds=options.rounds, clock=CLOCKS[options.clock]
        )
        found["records"] += records
        found["ratios"] += ratios
    found["machine"]["load_average_after"] = describe_machine(device)["load_average"]
    found["rounds"] = options.rounds
    found["clock"] = options.clock
    return found


def count_parameters(pair: Pair) -> dict[str, int]:
    """Weights of each player: what processes have to agree on at every step."""
    players = {"generator": pair.generator, "discriminator": pair.discriminator}
    return {
        name: sum({id(p): p.numel() for m in root_modules(net) for p in m.parameters()}.values())
        for name, net in players.items()
    }


def build_pair(networks: str, scale: Scale | None) -> Pair:
    """The pair, with the same weights and batch at every call; random state is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        if scale is None:
            return pair_from_factory(networks)
        return PAIRS[networks][0](scale)


def _contenders(
    options: Options,
    make_pair: Callable[[], Pair],
    device: torch.device,
    say: Callable[[str], object],
) -> tuple[list[Contender], list[Lever]]:
    contenders: list[Contender] = []
    for precision in options.precisions:
        settings = Settings(precision, options.memory_format)
        entries = list_entries(make_pair, settings, device)
        if options.sweep is not None:
            entries = [entry for entry in entries if "hand" not in entry.name]
        contenders += [contend(entry, make_pair, settings, device) for entry in entries]
    if options.sweep is not None or not options.best:
        return contenders, []
    first = next(c.entry for c in contenders if c.entry.strategy != ALTERNATING)
    say(f"{options.networks}: the levers of one-stage-best, one by one")
    best, levers = pull_levers(
        # The steps of the most frequent kind: what pays there is kept.
        lambda settings: contend(first, make_pair, settings, device).schedule.steps[0],
        device,
        rounds=options.rounds,
        clock=CLOCKS[options.clock],
        compile_too=options.compile,
    )
    best_entry = replace(first, name="one-stage-best")
    return [*contenders, contend(best_entry, make_pair, best, device)], levers


def _about(networks: str, scale: Scale | None, make_pair: Callable[[], Pair]) -> dict[str, Any]:
    if scale is not None:
        return {"networks": networks, **asdict(scale)}
    batch = next((x.shape[0] for x in tensors(make_pair().real) if x.ndim), 1)
    return {"networks": networks, "batch": batch, "width": None, "size": None}


def _at(about: dict[str, Any]) -> str:
    return ", ".join(f"{k} {about[k]}" for k in ("batch", "width", "size") if about[k] is not None)
