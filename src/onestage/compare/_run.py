"""All units of a comparison, one after the other or several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from onestage.apps import build_game
from onestage.compare._file import ComparisonFile
from onestage.compare._plan import ONE_STAGE, Plan, Unit
from onestage.compare._play import Record, play
from onestage.compare._unfinished import UNFINISHED, Unfinished
from onestage.training import ConfigError

Say = Callable[[str], None]
_ONE_THREAD = "OMP_NUM_THREADS"


def run_comparison(
    plan: Plan, folder: Path, *, jobs: int = 1, say: Say = lambda line: None
) -> dict[str, Any]:
    """Train what is missing, and write it down as soon as it is done.

    Args:
        plan: what is compared.
        folder: gets `compare.json`; if it is there, the comparison is gone on with.
        jobs: units at a time, each in a process of its own with one thread if more than 1.
        say: takes a line about each unit that is done.

    Returns:
        What `compare.json` holds.

    Raises:
        ValueError: before anything is trained, if the comparison cannot be had; one line.
    """
    if jobs < 1:
        raise ConfigError(f"--jobs is {jobs}: it must be at least 1.")
    for preset in plan.presets:
        plan.unit(preset, 0).config(ONE_STAGE)
    file = ComparisonFile(folder, plan)
    units = file.missing()
    _check_games(units)
    total = len(list(plan.units()))
    done = total - len(units)
    if done:
        say(f"{done} of {total} are done already")
    for records in _play_all(units, folder / UNFINISHED, jobs):
        file.add(records)
        done += 1
        say(f"[{done}/{total}] {_describe(records)}")
    return file.record


def _check_games(units: Sequence[Unit]) -> None:
    """Build each preset's game once: what is wrong with the data is said before any training."""
    for unit in {unit.preset: unit for unit in units}.values():
        build_game(unit.config(ONE_STAGE))


def _play_all(units: Sequence[Unit], place: Path, jobs: int) -> Iterator[list[Record]]:
    if jobs == 1 or len(units) < 2:
        for unit in units:
            yield play(unit, unfinished=_unfinished(unit, place))
        return
    before = os.environ.get(_ONE_THREAD)
    os.environ[_ONE_THREAD] = "1"  # read by the processes when they begin
    try:
        with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
            parent = os.getpid()
            try:
                tasks = [pool.submit(_play_below, unit, place, parent) for unit in units]
                for future in as_completed(tasks):
                    yield future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        os.environ.pop(_ONE_THREAD)
        if before is not None:
            os.environ[_ONE_THREAD] = before


def _play_below(unit: Unit, place: Path, parent: int) -> list[Record]:
    """In a process of its own, which does not outlive the one that waits for it."""

    def between() -> None:
        if os.getppid() != parent:
            os._exit(1)

    return play(unit, between, _unfinished(unit, place))


def _unfinished(unit: Unit, place: Path) -> Unfinished:
    return Unfinished(place / f"{unit.preset}-{unit.seed}.pt")


def _describe(records: Sequence[Record]) -> str:
    """One line about a unit."""
    parts = []
    for record in records:
        if record["metrics"] is None:
            parts.append(f"{record['method']} diverged by step {record['diverged_at']}")
        else:
            fid, speed = record["metrics"]["fid"], record["steps_per_second"]
            shown = "" if speed is None else f" ({speed:.1f} steps/s)"
            parts.append(f"{record['method']} FID {fid:.4g}{shown}")
    return f"{records[0]['preset']}, seed {records[0]['seed']}: {'; '.join(parts)}"
