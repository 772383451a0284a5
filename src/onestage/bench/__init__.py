"""Measuring: the contenders, and the instruments that they are held under.

Work in floating-point operations and memory in bytes do not drift; times do, so contenders take
turns in one process and only their ratios are worth quoting.

This room imports the core alone.
"""

from onestage.bench._contenders import Game, one_stage, two_stage_naive, two_stage_tuned
from onestage.bench._flops import count_flops
from onestage.bench._measure import PeakStorage, interleaved_medians, peak_bytes

__all__ = [
    "Game",
    "PeakStorage",
    "count_flops",
    "interleaved_medians",
    "one_stage",
    "peak_bytes",
    "two_stage_naive",
    "two_stage_tuned",
]
