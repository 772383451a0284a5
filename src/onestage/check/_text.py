"""The report in words."""

from __future__ import annotations

from collections.abc import Iterator

from onestage.bench import describe_phases, describe_uncounted
from onestage.check._report import Report

_NOISE = 0.9  # below this a measured ratio is a slowdown, not noise


def describe(report: Report) -> str:
    """What a person wants to know, in the order in which they want it."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    found = report.exactness
    verdict = "exact" if found.is_exact else "NOT EXACT"
    yield f"gradients: {verdict}"
    yield f"  D's relative error: {found.discriminator_error:.2g}"
    yield f"  G's relative error: {found.generator_error:.2g}   (allowed: {found.tolerance:.2g})"
    yield from found.explanation.splitlines()
    if report.coupled:
        yield f"samples are coupled by: {', '.join(report.coupled)}"
    else:
        yield "samples are coupled by: nothing that was found"
    yield "one forward and backward of both players:"
    yield f"  {'':16} {'GFLOP':>10} {'ms':>10} {'peak MiB':>10}"
    for method, cost in report.costs.items():
        gflop, ms, mib = cost.flops / 1e9, cost.seconds * 1e3, cost.peak_bytes / 2**20
        yield f"  {method:16} {gflop:10.3f} {ms:10.2f} {mib:10.2f}"
    for method in ("two-stage-tuned", "two-stage-naive"):
        yield (
            f"  {method} / one-stage: {report.ratio('flops', method):.2f} in FLOPs, "
            f"{report.ratio('seconds', method):.2f} in time, "
            f"{report.ratio('peak_bytes', method):.2f} in memory"
        )
    uncounted = {name for cost in report.costs.values() for name in cost.uncounted}
    phases = [phase.record() for phase in report.phases]
    for note in (describe_phases(phases), describe_uncounted(sorted(uncounted))):
        if note:
            yield f"  {note}"
    if report.ratio("seconds") < _NOISE:
        yield (
            "  One stage is slower here although it works less: the networks are too small for "
            "their arithmetic to matter, or the machine is busy."
        )
