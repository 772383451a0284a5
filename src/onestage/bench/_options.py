"""What is to be measured, and under which settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from onestage.bench._pairs import PAIRS, Scale

PRECISIONS = ("fp32", "bf16")
# One thread's own time is what a step would take on a quiet machine, whoever else is on this one.
CLOCKS: dict[str, Callable[[], float]] = {
    "wall": time.perf_counter,
    "processor": time.process_time,
}
FORMATS = ("contiguous", "channels_last")
SWEPT = ("batch", "width", "size")


@dataclass(frozen=True)
class Settings:
    """How a contender computes.

    Attributes:
        precision: "fp32", or "bf16" for autocast around each stage.
        memory_format: "contiguous" or "channels_last", of networks and images.
        fused: whether Adam is the fused one, rather than torch's default for the device.
        compiled: whether both networks go through `torch.compile`.
        captured: whether the whole step is one CUDA graph.
    """

    precision: str = "fp32"
    memory_format: str = "contiguous"
    fused: bool = False
    compiled: bool = False
    captured: bool = False


@dataclass(frozen=True, kw_only=True)
class Options:
    """A run of the bench.

    Attributes:
        networks: a name of `PAIRS`, or MODULE:FACTORY.
        batch: samples per step; by default the pair's own, as are the next two.
        width: `base_width` of both networks.
        size: pixels along an edge; samples of a wave.
        device: "cpu", "cuda" or "cuda:N"; "auto" is the GPU where there is one, by the wall clock.
        precisions: each is measured.
        memory_format: of all contenders but `one-stage-best`.
        rounds: how often each contender is timed.
        threads: CPU threads; None leaves torch's own.
        clock: "wall", or "processor" for the process's own time, which a busy machine hardly
            disturbs; on CPU with one thread.
        best: whether `one-stage-best` takes part; its levers take as long as everything else.
        compile: whether `torch.compile` is among the levers of `one-stage-best`.
        sweep: a name of `SWEPT` and the values that it takes; None for one point.
    """

    networks: str = "dcgan64"
    batch: int | None = None
    width: int | None = None
    size: int | None = None
    device: str = "auto"
    precisions: tuple[str, ...] = ("fp32",)
    memory_format: str = "contiguous"
    rounds: int = 20
    threads: int | None = None
    clock: str = "wall"
    best: bool = True
    compile: bool = False
    sweep: tuple[str, tuple[int, ...]] | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for what cannot be measured."""
        _check_known("--precision", self.precisions, PRECISIONS)
        _check_known("--memory-format", (self.memory_format,), FORMATS)
        _check_known("--clock", (self.clock,), tuple(CLOCKS))
        if self.clock == "processor" and (self.device not in ("cpu", "auto") or self.threads != 1):
            raise ValueError(
                "--clock processor adds up the time of all threads and knows nothing of a GPU. "
                "Give --device cpu --threads 1, or take --clock wall."
            )
        if self.sweep is not None:
            _check_known("--sweep", (self.sweep[0],), SWEPT)
        swept = () if self.sweep is None else self.sweep[1]
        for name in ("batch", "width", "size", "rounds", "threads"):
            _check_positive(f"--{name}", getattr(self, name))
        for value in swept:
            _check_positive("--sweep", value)
        if ":" not in self.networks:
            _check_known("--networks", (self.networks,), (*PAIRS, "MODULE:FACTORY"))
        elif (self.batch, self.width, self.size, self.sweep) != (None, None, None, None):
            raise ValueError(
                "--batch, --width, --size and --sweep are for the named pairs: a factory brings "
                "networks and a batch of its own. Change them there."
            )

    def scales(self) -> list[Scale | None]:
        """The points that are measured; None for a factory's own."""
        if ":" in self.networks:
            return [None]
        default = PAIRS[self.networks][1]
        base = {name: getattr(self, name) or getattr(default, name) for name in SWEPT}
        if self.sweep is None:
            return [Scale(**base)]
        name, values = self.sweep
        return [Scale(**{**base, name: value}) for value in values]


def parse_sweep(text: str) -> tuple[str, tuple[int, ...]]:
    """`batch=8,16` as ("batch", (8, 16)).

    Raises:
        ValueError: for anything else.
    """
    name, _, values = text.partition("=")
    try:
        return name, tuple(int(value) for value in values.split(","))
    except ValueError:
        raise ValueError(f"--sweep {text!r} is not NAME=N,N,..., such as batch=8,16,32.") from None


def _check_known(option: str, found: tuple[str, ...], known: tuple[str, ...]) -> None:
    for value in found or ("",):
        if value not in known:
            raise ValueError(f"{option} {value!r} is unknown. Known: {', '.join(known)}.")


def _check_positive(option: str, value: int | None) -> None:
    if value is not None and value < 1:
        raise ValueError(f"{option} is {value}: it must be at least 1.")
