"""Distillation without data on digits: accuracy against the controls, and speed.

Writes benchmarks/results/distillation-NAME.json, one file per part:

    accuracy   every method, no BatchNorm with k = 1 and BatchNorm with k = 5, seeds 0, 1, 2
    speed      a cycle of each method in turns: wall clock and processor time
    work       the floating-point operations of such a cycle
    schedules  other schedules of the second, to be held against its two stages of k = 5
    held-out   the schedule that was found, against two stages, on seeds 3 to 7

and the tables of docs/distillation.md from these files (`--tables` writes them alone). Run with
OMP_NUM_THREADS=1 for the published figures.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch

from onestage.apps.distillation import (
    DistillationConfig,
    build_distillation,
    build_distillation_config,
    build_teacher,
)
from onestage.bench import count_flops

FOLDER = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs" / "distillation.md"
Task = tuple[dict[str, Any], Callable[[], dict[str, Any]]]  # settings, and what measures them
Part = Callable[[list[int], bool], Iterator[Task]]
SEEDS = (0, 1, 2)
NETS = {"digits-bn": "BatchNorm", "digits": "no BatchNorm"}
METHODS = ("one-stage", "noise", "two-stage-fresh")
TIMED = ("one-stage", "two-stage-tuned", "two-stage-fresh", "two-stage-naive")
# What is timed: the students of the presets, and one that is as wide as its teacher.
STUDENTS = {
    "digits-half": "no BatchNorm",
    "digits": "no BatchNorm, student as wide",
    "digits-half-bn": "BatchNorm",
}
CYCLES = (
    *(("digits", student, k) for student in ("digits-half", "digits") for k in (1, 5)),
    *(("digits-bn", "digits-half-bn", k) for k in (1, 2, 3, 5, 10)),
)


def schedule(method: str, k: int, cycles: int, rate: float | None = None) -> dict[str, Any]:
    chosen = {"method": method, "student_steps": k, "steps": cycles}
    return chosen if rate is None else {**chosen, "generator_learning_rate": rate}


SCHEDULES = (
    schedule("one-stage", 2, 400),
    schedule("one-stage", 1, 600),
    schedule("one-stage", 5, 200),
    schedule("two-stage-fresh", 5, 200),
    *(schedule("one-stage", 1, 700, rate) for rate in (5e-4, 2e-4, 5e-5)),
    *(schedule("one-stage", 2, 470, rate) for rate in (5e-4, 2e-4, 5e-5)),
    schedule("two-stage-fresh", 1, 530, 2e-4),
    schedule("two-stage-fresh", 2, 370, 5e-4),
)
# What was chosen by looking at seeds 0 to 2 is measured on others.
HELD_OUT_SEEDS = (3, 4, 5, 6, 7)
HELD_OUT = (
    schedule("two-stage-fresh", 5, 300),
    schedule("two-stage-fresh", 5, 200),
    schedule("two-stage-fresh", 1, 530, 2e-4),
    schedule("one-stage", 5, 200),
    schedule("one-stage", 1, 700, 2e-4),
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--tables", action="store_true", help="write the page's tables alone")
    parser.add_argument("--anew", action="store_true", help="measure again what the files have")
    parser.add_argument("--smoke", action="store_true", help="a few cycles, to see it run")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for part in [] if given.tables else given.parts:
        fill(given.out / f"distillation-{part}.json", PARTS[part], given)
    if not given.smoke:
        PAGE.write_text(with_tables(PAGE.read_text(), given.out))
    return 0


def fill(path: Path, part: Part, given: argparse.Namespace) -> None:
    """Measure what the file lacks; a run that is stopped leaves what it has measured."""
    known = path.exists() and not given.anew
    rows = json.loads(path.read_text())["rows"] if known else []
    for settings, measure in part(given.seeds, given.smoke):
        if not any(all(row.get(k) == v for k, v in settings.items()) for row in rows):
            rows.append({**settings, **measure()})
            print(rows[-1], flush=True)
            path.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


def machine() -> dict[str, Any]:
    return {"torch": torch.__version__, "machine": platform.machine(), "threads": 1}


class Teachers:
    """Each trained once."""

    def __init__(self) -> None:
        self._known: dict[Any, torch.nn.Module] = {}

    def __call__(self, config: DistillationConfig) -> torch.nn.Module:
        key = (config.teacher_network, config.seed)
        if key not in self._known:
            self._known[key] = build_teacher(config)
        return self._known[key]


def accuracy(seeds: list[int], smoke: bool) -> Iterator[Task]:
    teachers = Teachers()
    for seed, preset, method in itertools.product(seeds, NETS, METHODS):
        settings = {"preset": preset, "seed": seed, "method": method}
        yield settings, partial(play, settings, teachers, smoke)


def schedules(seeds: list[int], smoke: bool) -> Iterator[Task]:
    teachers = Teachers()
    for seed, one in itertools.product(seeds, SCHEDULES):
        settings = {"preset": "digits-bn", "seed": seed, **one}
        yield settings, partial(play, settings, teachers, smoke)


def held_out(seeds: list[int], smoke: bool) -> Iterator[Task]:
    teachers = Teachers()
    for seed, one in itertools.product(HELD_OUT_SEEDS, HELD_OUT):
        settings = {"preset": "digits-bn", "seed": seed, **one}
        yield settings, partial(play, settings, teachers, smoke)


def play(settings: dict[str, Any], teachers: Teachers, smoke: bool) -> dict[str, Any]:
    """Train one and measure it; the time is the processor's, which a busy machine changes less."""
    config = build_distillation_config({**settings, **({"steps": 3} if smoke else {})})
    step = build_distillation(config, teachers(config))
    began = time.process_time()
    for _ in range(config.steps):
        step.step()
    seconds = time.process_time() - began
    metrics = step.evaluate()
    return {
        "steps": config.steps,
        "student_steps": config.student_steps,
        "generator_learning_rate": config.generator_learning_rate,
        "cpu_seconds": round(seconds, 2),
        **{name: round(metrics[name], 4) for name in SHOWN},
    }


SHOWN = ("accuracy", "teacher_accuracy", "agreement", "diversity", "class_balance")


def speed(seeds: list[int], smoke: bool) -> Iterator[Task]:
    teachers = Teachers()
    rounds = 4 if smoke else 100
    for settings in map(settings_of, CYCLES):
        yield settings, partial(time_cycles, settings, teachers, rounds)


def work(seeds: list[int], smoke: bool) -> Iterator[Task]:
    teachers = Teachers()
    for settings in map(settings_of, CYCLES):
        yield settings, partial(count_cycles, settings, teachers)


def settings_of(cycle: tuple[str, str, int]) -> dict[str, Any]:
    return dict(zip(("preset", "student", "student_steps"), cycle, strict=True))


def games_of(settings: dict[str, Any], teachers: Teachers) -> dict[str, Any]:
    games = {}
    for method in TIMED:
        config = build_distillation_config({**settings, "method": method})
        games[method] = build_distillation(config, teachers(config))
    return games


def count_cycles(settings: dict[str, Any], teachers: Teachers) -> dict[str, Any]:
    games = games_of(settings, teachers)
    for game in games.values():
        game.step()  # the first cycle may look at the networks
    flops = {method: count_flops(game.step) for method, game in games.items()}
    allowed = {method: round(count / flops["one-stage"], 3) for method, count in flops.items()}
    return {"flops": flops, "flops_allow": allowed}


def time_cycles(settings: dict[str, Any], teachers: Teachers, rounds: int) -> dict[str, Any]:
    """The methods take turns at every cycle, so that a busy machine slows all of them alike."""
    games = games_of(settings, teachers)
    times: dict[str, list[tuple[float, float]]] = {method: [] for method in TIMED}
    for turn in range(rounds + 3):
        for method in sorted(TIMED, reverse=bool(turn % 2)):
            wall, cpu = time.perf_counter(), time.process_time()
            games[method].step()
            times[method].append((time.perf_counter() - wall, time.process_time() - cpu))
    row: dict[str, Any] = {"rounds": rounds}
    for index, name in enumerate(("wall", "cpu")):
        taken = {m: statistics.median(t[index] for t in times[m][3:]) for m in TIMED}
        row[f"{name}_ms"] = {m: round(1e3 * t, 2) for m, t in taken.items()}
        row[f"{name}_ratio"] = {m: round(t / taken["one-stage"], 3) for m, t in taken.items()}
    return row


def with_tables(page: str, folder: Path) -> str:
    """The page with its tables, each between two comments, made from the files."""
    rows = {
        part: json.loads((folder / f"distillation-{part}.json").read_text())["rows"]
        for part in PARTS
    }
    tables = {
        "speed": speed_table(rows["speed"], rows["work"]),
        "accuracy": accuracy_table(rows["accuracy"]),
        "schedules": schedules_table(rows, rows["schedules"], with_full=True),
        "held-out": schedules_table(rows, rows["held-out"], with_full=False),
    }
    for name, table in tables.items():
        begin, rest = page.split(f"<!-- {name} -->\n")
        _, end = rest.split("<!-- end -->", 1)
        page = f"{begin}<!-- {name} -->\n{table}<!-- end -->{end}"
    return page


def table_of(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def speed_table(rows: list[dict[str, Any]], work: list[dict[str, Any]]) -> str:
    allowed = {(row["student"], row["student_steps"]): row["flops_allow"] for row in work}

    def cell(row: dict[str, Any], method: str) -> str:
        if method == "one-stage":
            return f"{row['cpu_ms'][method]:.1f}"
        most = allowed[row["student"], row["student_steps"]][method]
        ratios = f"{row['cpu_ratio'][method]:.2f}, {row['wall_ratio'][method]:.2f}; {most:.2f}"
        return f"{row['cpu_ms'][method]:.1f} ({ratios})"

    lines = [
        [STUDENTS[row["student"]], str(row["student_steps"]), *(cell(row, m) for m in TIMED)]
        for row in rows
    ]
    return table_of(["networks", "k", *TIMED], lines)


def values(rows: list[dict[str, Any]], name: str, **wanted: Any) -> list[float]:
    """That figure of all seeds of the rows that are as wanted."""
    return [row[name] for row in rows if all(row.get(k) == v for k, v in wanted.items())]


def listed(found: list[float]) -> str:
    return f"{statistics.mean(found):.3f} ({', '.join(f'{x:.3f}' for x in found)})"


def accuracy_table(rows: list[dict[str, Any]]) -> str:
    lines = []
    for preset, name in NETS.items():
        some = [row for row in rows if row["preset"] == preset]
        lines.append(
            [name, "the teacher", listed(values(some, "teacher_accuracy", method="noise"))]
        )
        lines[-1] += ["", ""]
        for method in METHODS:
            found = [values(some, x, method=method) for x in ("accuracy", "agreement", "diversity")]
            lines.append(
                [name, method, *map(listed, found[:2]), f"{statistics.mean(found[2]):.2f}"]
            )
    return table_of(["networks", "method", "accuracy (by seed)", "agreement", "diversity"], lines)


def cycle_ms(rows: list[dict[str, Any]], method: str, k: int) -> float:
    (row,) = [r for r in rows if (r["preset"], r["student_steps"]) == ("digits-bn", k)]
    return row["cpu_ms"][method]


def schedules_table(
    rows: dict[str, list[dict[str, Any]]], trials: list[dict[str, Any]], *, with_full: bool
) -> str:
    if with_full:
        trials = [*(row for row in rows["accuracy"] if row["preset"] == "digits-bn"), *trials]
    keys = ("method", "student_steps", "steps", "generator_learning_rate")
    base = 300 * cycle_ms(rows["speed"], "two-stage-fresh", 5)
    lines = []
    for trial in dict.fromkeys(tuple(row[key] for key in keys) for row in trials):
        method, k, steps, rate = trial
        found = values(trials, "accuracy", **dict(zip(keys, trial, strict=True)))
        timed = method if method in TIMED else None
        ratio = f"{steps * cycle_ms(rows['speed'], timed, k) / base:.2f}" if timed else ""
        lines.append([method, str(k), str(steps), f"{rate:g}", ratio, listed(found)])
    head = ["method", "k", "cycles", "G's rate", "time ratio", "accuracy (by seed)"]
    return table_of(head, lines)


PARTS: dict[str, Part] = {
    "work": work,
    "speed": speed,
    "accuracy": accuracy,
    "schedules": schedules,
    "held-out": held_out,
}

if __name__ == "__main__":
    sys.exit(main())
