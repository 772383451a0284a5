"""Comparing: one stage against two stages, on any preset, from several seeds.

A `Plan` says what: presets, methods, how many seeds (0, 1, 2, ...: fixed before anything is known
of them) and a scale. `run_comparison(plan, folder)` trains all methods of a preset and a seed in
one process, in turns of a few steps whose order alternates, so that a busy machine slows all alike.
`compare.json` in the folder has

* `machine`, `scale`, `methods`, `settings`, `features`: what it was made with;
* `records`, one for each preset, method, recipe and seed, written as soon as it is there:
  `metrics` after all steps (*equal steps*); `metrics_at_equal_time`, measured at
  `equal_time_steps`, where the method stands when one stage has done all of its steps by the median
  times of the turns; `seconds` of all turns and `steps_per_second` by the median; `flops` and
  `peak_bytes` of a step; `diverged_at`, where a loss was not finite any more; the whole `config`;
* `summary`, a row for each preset: the ratio of the FIDs, one stage over two, as the geometric mean
  over the seeds with a 90 % bootstrap interval (from two seeds on), at equal steps and at equal
  time; the speed-up, and the one that the floating-point operations allow; the paper's figures.

What is in it is not done again: the same plan and folder go on with a comparison that was stopped.
Of what takes longer than ten minutes the state is kept as well, in `unfinished` beside it.
"""

from onestage.compare._file import ComparisonFile, read_comparison
from onestage.compare._machine import describe_machine
from onestage.compare._page import write_page
from onestage.compare._paper import ROWS, Published, published
from onestage.compare._plan import METHODS, ONE_STAGE, Plan, Unit
from onestage.compare._play import describe_recipe, equal_time_steps, play
from onestage.compare._run import run_comparison
from onestage.compare._statistics import Interval, bootstrap_ratio, geometric_mean
from onestage.compare._summary import summarize
from onestage.compare._table import Table, build_tables, find_warnings, write_tables

__all__ = [
    "METHODS",
    "ONE_STAGE",
    "ROWS",
    "ComparisonFile",
    "Interval",
    "Plan",
    "Published",
    "Table",
    "Unit",
    "bootstrap_ratio",
    "build_tables",
    "describe_machine",
    "describe_recipe",
    "equal_time_steps",
    "find_warnings",
    "geometric_mean",
    "play",
    "published",
    "read_comparison",
    "run_comparison",
    "summarize",
    "write_page",
    "write_tables",
]
