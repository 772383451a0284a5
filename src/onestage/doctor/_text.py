"""The diagnosis in words."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill

from onestage.doctor._devices import Device
from onestage.doctor._diagnosis import Diagnosis
from onestage.doctor._packages import Package

_WIDTH = 79


def describe(found: Diagnosis) -> str:
    """What a person wants to know; the verdict last."""
    return "\n".join(_lines(found))


def _lines(found: Diagnosis) -> Iterator[str]:
    built = f"CUDA {found.cuda}" if found.cuda else "without CUDA"
    yield f"onestage {found.onestage}, Python {found.python}, {found.system}"
    yield f"PyTorch {found.torch}, {built}; {found.free / 1e9:,.0f} GB free on this disk"
    for device in found.devices:
        yield ""
        yield from _device(device)
    if found.packages:
        yield ""
        yield from _packages(found.packages)
    if found.problems:
        yield ""
    for problem in found.problems:
        yield f"{'broken' if problem.is_needed else 'note'}: {problem.what}"
        if problem.remedy:
            yield f"  {problem.remedy}"
    yield ""
    yield "usable" if found.is_usable else "not usable before what is broken is mended"


def _device(device: Device) -> Iterator[str]:
    facts = dict(device.facts)
    yield f"{device.name}: {facts.pop('model')}"
    if "memory" in facts:
        facts["memory"] = f"{facts['memory'] / 2**30:,.0f} GiB"
    tf32 = facts.pop("tf32", None)
    if facts:
        yield "  " + ", ".join(f"{name} {value}" for name, value in facts.items())
    if tf32 is not None:
        yield "  TF32: " + ", ".join(f"{what} {_on(value)}" for what, value in tf32.items())
    if device.exactness is not None:
        yield (
            f"  one step against two stages: D's gradient off by "
            f"{device.exactness.discriminator_error:.1g}, G's by "
            f"{device.exactness.generator_error:.1g} ({_allowed(device)})"
        )
    for name, precision in device.precisions.items():
        time = f"works; a convolution takes {precision.time or 0:.2f} of float32's time"
        yield f"  {name}: {precision.fault or time}"


def _packages(packages: list[Package]) -> Iterator[str]:
    extras = dict.fromkeys(package.extra for package in packages)
    for extra in extras:
        of = [package for package in packages if package.extra == extra]
        missing = [package for package in of if package.version is None]
        versions = ", ".join(f"{x.name} {x.version or '(missing)'}" for x in of)
        yield fill(f"{extra or 'core'}: {versions}", _WIDTH, subsequent_indent="  ")
        if missing:
            yield f"  {missing[0].remedy}"


def _on(value: bool) -> str:
    return "on" if value else "off"


def _allowed(device: Device) -> str:
    assert device.exactness is not None
    return f"{'exact' if device.exactness.is_exact else 'NOT EXACT'} by {device.exactness.strategy}"
