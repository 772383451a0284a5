"""`onestage bench`."""

from __future__ import annotations

from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

from cyclopts import Parameter

from onestage.bench import Options, bench_command, describe_bench, parse_sweep
from onestage.cli._answer import Answer, Block
from onestage.cli._options import strict
from onestage.cli._terminal import Said

_Count = Annotated[int | None, Parameter(converter=strict)]


def bench(
    out: Path | None = None,
    *,
    networks: str = "dcgan64",
    batch: _Count = None,
    width: _Count = None,
    size: _Count = None,
    device: str = "auto",
    precision: str = "fp32",
    memory_format: str = "contiguous",
    rounds: Annotated[int, Parameter(converter=strict)] = 20,
    threads: _Count = None,
    clock: str = "wall",
    no_best: Annotated[bool, Parameter(negative=())] = False,
    compile: Annotated[bool, Parameter(negative=())] = False,
    sweep: str | None = None,
    picture: Path | None = None,
    terminal: Said,
) -> Answer:
    """Measure the speed of one stage and two on this machine.

    Whole training steps of a pair of networks, in every way that there is, take turns in one
    process. Printed are times, ratios with their intervals, and what the counted work allows.
    `python -m onestage.bench` does the same where only torch is installed.

    Parameters
    ----------
    out
        Write the figures into this file too, as JSON.
    networks
        dcgan64, sngan64, patch256, r3gan64, vocoder, or MODULE:FACTORY as for `onestage check`.
    batch
        Samples per step. [default: the pair's own]
    width
        base_width of both networks. [default: the pair's own]
    size
        Pixels along an edge; samples of a wave. [default: the pair's own]
    device
        cpu, cuda, cuda:1 ...; auto is the GPU where there is one.
    precision
        fp32, bf16 (autocast) or fp32,bf16.
    memory_format
        contiguous or channels_last, of all but one-stage-best, which tries both.
    rounds
        How often each contender is timed, after warm-up.
    threads
        CPU threads. [default: torch's own]
    clock
        wall; or processor, this process's own time: on CPU with --threads 1, on a busy machine.
    no_best
        Leave out one-stage-best, whose levers take as long as everything else.
    compile
        Whether one-stage-best also tries torch.compile.
    sweep
        NAME=N,N,... with batch, width or size: a curve instead of one point.
    picture
        Draw measured against allowed ratios into this file.

    Examples
    --------
    onestage bench
    onestage bench --networks my_gan:build_check --device cuda
    onestage bench --sweep batch=8,16,32 --no-best --out batch.json
    onestage bench --networks r3gan64 --json r3gan.json
    """
    options = Options(
        networks=networks,
        batch=batch,
        width=width,
        size=size,
        device=device,
        precisions=tuple(precision.split(",")),
        memory_format=memory_format,
        rounds=rounds,
        threads=threads,
        clock=clock,
        best=not no_best,
        compile=compile,
        sweep=None if sweep is None else parse_sweep(sweep),
    )
    found = bench_command(options, terminal.note, out, picture)
    drawn = describe_bench(found, get_terminal_size().columns)
    return Answer(found, [Block(drawn, describe_bench(found))])
