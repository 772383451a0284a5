"""How much of a link's time a step hides: two processes, and links as slow as is asked for.

Two processes on one machine exchange gradients by gloo, under DistributedDataParallel, and every
bucket then waits as long as a link of the given speed would take: a wait takes no processor, as a
network card takes none. The schemes take turns, link by link, round by round. Writes
benchmarks/results/bench-overlap-cpu.json, which `python benchmarks/performance.py` puts into
docs/performance.md.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import torch
from _overlap.links import Link, moved
from _overlap.loops import SCHEMES, Loop
from torch import distributed, multiprocessing

from onestage._allocator import keep_freed_memory
from onestage.bench import describe_machine, interleaved_times

_RESULT = Path(__file__).resolve().parent / "results" / "bench-overlap-cpu.json"
_PROCESSES = 2
_CPU = torch.device("cpu")
_BUSY = (0.1, 0.25, 0.5, 1.0)


def main() -> None:
    options = _parser().parse_args()
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(_play, (folder, options), nprocs=_PROCESSES)


def _play(rank: int, folder: str, options: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    meeting = f"file://{folder}/meeting"
    distributed.init_process_group("gloo", meeting, rank=rank, world_size=_PROCESSES)
    before = describe_machine(_CPU)
    link = Link()
    loops = {
        name: Loop(name, link, options.width, options.batch, options.bucket_mib) for name in SCHEMES
    }
    sent = {name: _sent(link, loop) for name, loop in loops.items()}
    shares = (0.0, *options.busy)  # 0: no waits at all
    speeds = _speeds(loops["one-stage-ratio"], sent["one-stage-ratio"], shares)
    steps = {
        f"{name} {busy}": functools.partial(_over, link, speed, loop.step)
        for name, loop in loops.items()
        for busy, speed in zip(shares, speeds, strict=True)
    }
    times = interleaved_times(steps, rounds=options.rounds, warmup=2, device=_CPU)
    if rank == 0:
        after = describe_machine(_CPU)["load_average"]
        record = {
            "machine": {**before, "load_average_after": after},
            "versions": {"torch": str(torch.__version__)},
            "date": date.today().isoformat(),
            "clock": "wall",
            **{name: getattr(options, name) for name in ("rounds", "width", "batch", "bucket_mib")},
            "rows": [
                _row(name, busy, speed, sent[name], times[f"{name} {busy}"])
                for name in loops
                for busy, speed in zip(shares, speeds, strict=True)
            ],
        }
        options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    distributed.barrier()
    distributed.destroy_process_group()
    sys.stdout.flush()
    os._exit(0)  # gloo's threads can outlive what they use


def _row(name: str, busy: float, speed: float, sent: int, times: list[float]) -> dict[str, Any]:
    """What the docs show of a scheme over a link."""
    return {
        "scheme": name,
        "busy": busy,
        "bytes": sent,
        "link_s": moved(sent) / speed,
        "median_s": median(times),
        "times_s": times,
    }


def _over(link: Link, speed: float, step: Callable[[], None]) -> None:
    link.bytes_per_second = speed
    step()


def _sent(link: Link, loop: Loop) -> int:
    """Bytes of a step, which every later one sends."""
    loop.step()
    before = link.sent
    loop.step()
    return link.sent - before


def _speeds(loop: Loop, sent: int, shares: Sequence[float]) -> list[float]:
    """Of the links, in bytes per second; the same in all processes."""
    times = interleaved_times({"": loop.step}, rounds=7, warmup=2, device=_CPU)[""]
    agreed = torch.tensor(median(times), dtype=torch.float64)
    distributed.broadcast(agreed, 0)
    return [moved(sent) / (busy * agreed.item()) if busy else math.inf for busy in shares]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batch", type=int, default=8, help="images of each process")
    parser.add_argument("--bucket-mib", type=float, default=1.0, help="DistributedDataParallel's")
    parser.add_argument(
        "--busy",
        type=float,
        nargs="+",
        default=_BUSY,
        help="parts of a one-stage step for which the links are busy with the gradients of one",
    )
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--out", type=Path, default=_RESULT)
    return parser


if __name__ == "__main__":
    main()
