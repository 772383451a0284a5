"""What it brings that commands keep freed memory: the bench, in processes with and without.

The allocator's settings are a process's own, so that no two contenders of one process can differ in
them: processes of either kind take turns, and the ratios are taken turn by turn. Writes
benchmarks/results/bench-allocator-cpu.json, which `python benchmarks/performance.py` puts into
docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from onestage._allocator import ALLOCATOR_VARIABLES, keep_freed_memory
from onestage.bench import Options, run_bench

_RESULT = Path(__file__).resolve().parent / "results" / "bench-allocator-cpu.json"
_LEFT, _KEPT = "left", "kept"


def main() -> None:
    options = _parser().parse_args()
    (_measure if options.child else _compare)(options)


def _compare(options: argparse.Namespace) -> None:
    """Processes of both kinds in turns, and the file."""
    turns: list[dict[str, Any]] = []
    for i in range(options.turns):
        kinds = (_LEFT, _KEPT)[:: 1 if i % 2 == 0 else -1]
        turns.append({kind: _in_a_process(kind) for kind in kinds})
        print(f"turn {i + 1} of {options.turns}", file=sys.stderr, flush=True)
    first, last = turns[0][_LEFT], turns[-1][_KEPT]
    after = last["machine"]["load_average_after"]
    record = {
        "machine": {**first["machine"], "load_average_after": after},
        "versions": first["versions"],
        "date": first["date"],
        "rounds": options.rounds * options.turns,
        "clock": first["clock"],
        "gains": [_gain(turns, i) for i in range(len(first["records"]))],
        "system_share": {kind: _system_share(turns, kind) for kind in (_LEFT, _KEPT)},
        "turns": turns,
    }
    print(json.dumps({name: record[name] for name in ("gains", "system_share")}, indent=1))
    options.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _measure(options: argparse.Namespace) -> None:
    """In a process of its own: the bench, and what the system took for itself."""
    if options.child == _KEPT:
        keep_freed_memory()
    found = run_bench(
        Options(
            device="cpu",
            precisions=("fp32", "bf16"),
            rounds=options.rounds,
            threads=1,
            clock="processor",
            sweep=("batch", (32,)),  # of one value: the schemes alone
        ),
        say=lambda _: None,
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    keys = ("machine", "versions", "date", "clock")
    names = ("contender", "precision", "median_s")
    record = {
        **{key: found[key] for key in keys},
        "records": [{name: each[name] for name in names} for each in found["records"]],
        "user_s": used.ru_utime,
        "system_s": used.ru_stime,
        "page_faults": used.ru_minflt,
    }
    print(json.dumps(record))


def _in_a_process(kind: str) -> dict[str, Any]:
    clean = {k: v for k, v in os.environ.items() if k not in ALLOCATOR_VARIABLES}
    command = [sys.executable, __file__, *sys.argv[1:], "--child", kind]
    done = subprocess.run(command, env=clean, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _gain(turns: list[dict[str, Any]], index: int) -> dict[str, Any]:
    """How many times faster one contender is where memory is kept."""
    pairs = [[turn[kind]["records"][index] for kind in (_LEFT, _KEPT)] for turn in turns]
    ratios = [left["median_s"] / kept["median_s"] for left, kept in pairs]
    times = {
        f"{kind}_s": statistics.median(pair[i]["median_s"] for pair in pairs)
        for i, kind in enumerate((_LEFT, _KEPT))
    }
    about = {name: pairs[0][0][name] for name in ("contender", "precision")}
    low, high = min(ratios), max(ratios)
    return {**about, **times, "ratio": statistics.median(ratios), "low": low, "high": high}


def _system_share(turns: list[dict[str, Any]], kind: str) -> float:
    """The part of the processor's time that the system took, most of it for pages."""
    system, user = (sum(turn[kind][f"{name}_s"] for turn in turns) for name in ("system", "user"))
    return system / (system + user)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="in each process")
    parser.add_argument("--turns", type=int, default=5, help="processes of each kind")
    parser.add_argument("--out", type=Path, default=_RESULT)
    parser.add_argument("--child", choices=(_LEFT, _KEPT), help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
