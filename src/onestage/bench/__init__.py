"""Measuring: the contenders, and the instruments that they are held under.

`onestage bench`, or `python -m onestage.bench` where only torch is installed, makes whole training
steps of a pair of networks in every way that there is, all with the same optimiser, precision and
memory format and taking turns in one process:

* `two-stage-naive`: noise of its own for G's stage, D not frozen in it: 4 G + 9 D.
* `two-stage-tuned`: fakes reused, D frozen in G's stage: 3 G + 8 D.
* `two-stage-published`, for the vocoder: HiFi-GAN's scheme, 3 G + 12 D.
* `one-stage-reversal`, `-ratio`, `-shared_penalty`, `-dual`: each that is exact for the pair. The
  reversal plays `minimax` where the pair's loss declares none.
* `hand-written`: the first of these in plain lines of PyTorch: the library's overhead.
* `hand-written-batched`: D once over real and fake together, where nothing couples them.
* `one-stage-best`: with every lever that the measurement shows to pay.

Work in floating-point operations and memory in bytes do not drift; times do, so only their ratios
are worth quoting. A ratio of times is held against the ratio of operations, which is what one
stage can gain, and against that of the best times of the step's own convolutions and matrix
products, each measured alone: operations of different kinds do not run at one rate.

With lazy penalties every contender makes each kind of step that there is, with them and without;
operations and times are means by the kinds' shares of all steps, and the peak is the highest of
any. A strategy is then that of the most frequent kind.

This room imports the core, the networks and, for a step as one CUDA graph, `graphs`.
"""

from onestage.bench._command import bench_command
from onestage.bench._contenders import Game, one_stage, two_stage_naive, two_stage_tuned
from onestage.bench._costs import measure_costs, risen
from onestage.bench._flops import count_flops, describe_uncounted
from onestage.bench._machine import describe_machine
from onestage.bench._measure import (
    PeakStorage,
    interleaved_medians,
    interleaved_times,
    peak_bytes,
)
from onestage.bench._options import Options, Settings, parse_sweep
from onestage.bench._picture import draw_ratios
from onestage.bench._run import run_bench
from onestage.bench._schedule import (
    Phase,
    Schedule,
    build_schedule,
    count_scheduled,
    describe_phases,
    interleaved_means,
    list_phases,
)
from onestage.bench._text import describe_bench
from onestage.bench._threads import limited_threads

__all__ = [
    "Game",
    "Options",
    "PeakStorage",
    "Phase",
    "Schedule",
    "Settings",
    "bench_command",
    "build_schedule",
    "count_flops",
    "count_scheduled",
    "describe_bench",
    "describe_machine",
    "describe_phases",
    "describe_uncounted",
    "draw_ratios",
    "interleaved_means",
    "interleaved_medians",
    "interleaved_times",
    "limited_threads",
    "list_phases",
    "measure_costs",
    "one_stage",
    "parse_sweep",
    "peak_bytes",
    "risen",
    "run_bench",
    "two_stage_naive",
    "two_stage_tuned",
]
