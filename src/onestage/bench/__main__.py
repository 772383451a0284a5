"""`python -m onestage.bench`: the same as `onestage bench`, with torch as its only dependency."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from shutil import get_terminal_size

from onestage._allocator import keep_freed_memory
from onestage.bench._command import bench_command
from onestage.bench._options import FORMATS, Options, parse_sweep
from onestage.bench._pairs import PAIRS
from onestage.bench._text import describe_bench

_NUMBERS = {
    "batch": "samples per step",
    "width": "base_width of both networks",
    "size": "pixels along an edge; samples of a wave",
    "threads": "CPU threads; by default torch's own",
}


def main(arguments: list[str] | None = None) -> int:
    """Measure; the exit status is 2 for a request that cannot be met."""
    given = _parser().parse_args(arguments)
    keep_freed_memory()
    try:
        options = Options(
            networks=given.networks,
            device=given.device,
            precisions=tuple(given.precision.split(",")),
            memory_format=given.memory_format,
            rounds=given.rounds,
            clock=given.clock,
            best=not given.no_best,
            compile=given.compile,
            sweep=None if given.sweep is None else parse_sweep(given.sweep),
            **{name: getattr(given, name) for name in _NUMBERS},
        )
        say = _silent if given.quiet else _say
        found = bench_command(options, say, given.out or given.file, given.picture)
    except ValueError as error:
        print("onestage bench:", " ".join(str(error).split()), file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(found))
    elif not given.quiet:
        width = get_terminal_size().columns if sys.stdout.isatty() else None
        print(describe_bench(found, width))
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silent(line: str) -> None:
    pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m onestage.bench", description=__doc__)
    known = ", ".join(PAIRS)
    parser.add_argument("file", nargs="?", type=Path, help="write the figures, as JSON")
    parser.add_argument("--networks", default="dcgan64", help=f"{known}, or MODULE:FACTORY")
    for name, text in _NUMBERS.items():
        parser.add_argument(f"--{name}", type=int, help=text)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--precision", default="fp32", help="fp32, bf16 or fp32,bf16")
    parser.add_argument("--memory-format", default="contiguous", help=" or ".join(FORMATS))
    parser.add_argument("--rounds", type=int, default=20, help="how often each is timed")
    parser.add_argument("--clock", default="wall", help="wall, or processor on a busy machine")
    parser.add_argument("--no-best", action="store_true", help="leave out one-stage-best")
    parser.add_argument("--compile", action="store_true", help="also try torch.compile")
    parser.add_argument("--sweep", metavar="NAME=N,N", help="batch=8,16,32, width=... or size=...")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the same")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw them; needs Pillow")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quiet", "-q", action="store_true", help="print nothing but errors")
    return parser


if __name__ == "__main__":
    sys.exit(main())
