"""The devices, and what works on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from onestage.bench import describe_machine, interleaved_medians
from onestage.networks import DCGANDiscriminator, DCGANGenerator
from onestage.testing import Exactness, measure_exactness

_HALVES = {"bf16": torch.bfloat16, "fp16": torch.float16}
_ROUNDS = 5


@dataclass(frozen=True)
class Precision:
    """A precision of autocast on a device.

    Attributes:
        fault: why it does not work, or None.
        time: forward and backward of a convolution, as a multiple of float32's time; None where it
            does not work.
    """

    fault: str | None = None
    time: float | None = None


@dataclass(frozen=True)
class Device:
    """A device and what was tried on it.

    Attributes:
        name: as `--device` takes it.
        facts: model, memory in bytes, cores and threads or compute capability, TF32.
        exactness: one step of one stage against two; None where it could not be computed.
        precisions: by the names that `--precision` has them.
        fault: what does not work, or None.
    """

    name: str
    facts: dict[str, Any]
    exactness: Exactness | None = None
    precisions: dict[str, Precision] = field(default_factory=dict)
    fault: str | None = None


def examine_devices(say: Callable[[str], object] = lambda line: None) -> list[Device]:
    """All devices, the CPU first.

    Args:
        say: told of each device before it is tried.
    """
    found = []
    for device in _devices():
        say(f"trying {device}")
        found.append(_examine(device))
    return found


def _devices() -> Iterator[torch.device]:
    yield torch.device("cpu")
    for number in range(torch.cuda.device_count()):
        yield torch.device("cuda", number)
    if torch.backends.mps.is_available():
        yield torch.device("mps")


def _examine(device: torch.device) -> Device:
    facts = _facts(device)
    try:
        exactness = measure_step(device)
    except RuntimeError as error:  # no kernel for this device, no memory, a driver that is too old
        return Device(str(device), facts, fault=" ".join(str(error).split()))
    fault = None
    if not exactness.is_exact:
        fault = (
            f"One stage differs from two: D by {exactness.discriminator_error:.2g}, G by "
            f"{exactness.generator_error:.2g}; {exactness.tolerance:.2g} is allowed."
        )
    precisions = {name: _try(device, dtype) for name, dtype in _HALVES.items()}
    return Device(str(device), facts, exactness, precisions, fault)


def _facts(device: torch.device) -> dict[str, Any]:
    machine = describe_machine(device)
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return {
            "model": machine["device"],
            "memory": properties.total_memory,
            "capability": f"{properties.major}.{properties.minor}",
            "tf32": machine["tf32"],
        }
    facts = {"model": machine["cpu"], "cores": machine["cores"], "threads": machine["threads"]}
    return facts | _memory() if device.type == "cpu" else {"model": machine["cpu"]}


def _memory() -> dict[str, int]:
    """The machine's, where the system tells."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return {}
    return {"memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")}


def measure_step(device: torch.device) -> Exactness:
    """One step of a small DCGAN with the hinge loss against two separate stages.

    In float64, where the device has it: errors are then rounding or mistakes, nothing between.
    """
    dtype = torch.float32 if device.type == "mps" else torch.float64
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(0)
        generator = DCGANGenerator(image_size=16, channels=1, latent_dim=4, base_width=4)
        judge = DCGANDiscriminator(image_size=16, channels=1, base_width=4)
        real, noise = (x.to(device, dtype) for x in (torch.rand(4, 1, 16, 16), torch.randn(4, 4)))
        fake = generator.to(device, dtype)(noise)
        return measure_exactness(judge.to(device, dtype), "hinge", real, fake)


def _try(device: torch.device, dtype: torch.dtype) -> Precision:
    """A convolution's forward and backward under autocast, against float32."""
    layer = nn.Conv2d(32, 32, 3, padding=1).to(device)
    images = torch.rand(8, 32, 32, 32).to(device)

    def step(enabled: bool) -> None:
        with torch.autocast(device.type, dtype, enabled=enabled):
            value = layer(images).float().square().mean()
        value.backward()

    steps = {"half": lambda: step(True), "full": lambda: step(False)}
    try:
        found = interleaved_medians(steps, rounds=_ROUNDS, warmup=1, device=device)
    except RuntimeError as error:
        return Precision(" ".join(str(error).split()))
    gradients = [parameter.grad for parameter in layer.parameters()]
    if not all(x is not None and bool(x.isfinite().all()) for x in gradients):
        return Precision("gives gradients that are not finite")
    return Precision(time=found["half"] / found["full"])
