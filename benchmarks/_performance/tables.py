"""Tables of the bench's files, in Markdown."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

Row = dict[str, Any]

# Contenders of the curves, and what they are called there.
_CURVES = ("two-stage-naive", "two-stage-tuned", "one-stage-ratio", "one-stage-dual")
_STRATEGIES = ("reversal", "ratio", "shared_penalty", "dual")


def contenders(found: Row) -> str:
    """Times, rates and memory of all contenders."""
    columns: dict[str, Callable[[Row], str]] = {
        "contender": lambda r: r["contender"],
        "settings": lambda r: ", ".join([r["precision"], r["memory_format"], *r["settings"]]),
        "ms": lambda r: f"{r['median_s'] * 1e3:.0f}",
        "quartiles": lambda r: f"{r['q1_s'] * 1e3:.0f} to {r['q3_s'] * 1e3:.0f}",
        "samples/s": lambda r: f"{r['batch'] / r['median_s']:.1f}",
        "GFLOP": lambda r: _or_dash(r["flops"], lambda x: f"{x / 1e9:.1f}"),
        "of best rates": lambda r: _or_dash(
            r["best_rates_s"], lambda x: f"{x / r['median_s']:.2f}"
        ),
        "peak MiB": lambda r: f"{r['peak_bytes'] / 2**20:.1f}",
    }
    return _table(columns, found["records"])


def ratios(found: Row) -> str:
    """What was measured, and what the counted work allows."""
    columns: dict[str, Callable[[Row], str]] = {
        "slower / faster": lambda r: f"{r['slower']} / {r['faster']}",
        "measured": lambda r: f"**{r['measured']:.2f}**",
        "95 %": lambda r: f"{r['low']:.2f} to {r['high']:.2f}",
        "FLOPs allow": lambda r: _or_dash(r["allowed_flops"], "{:.2f}".format),
        "measured / allowed": lambda r: _or_dash(r["measured_over_allowed"], "{:.2f}".format),
        "best rates allow": lambda r: _or_dash(r["allowed_rates"], "{:.2f}".format),
        "peak, faster / slower": lambda r: _or_dash(r["peak_bytes"], "{:.3f}".format),
    }
    return _table(columns, [r for r in found["ratios"] if _is_shown(r)])


def saved(found: Row) -> str:
    """How many times faster one stage is, and what it holds, strategy by strategy."""
    ratios = {(r["slower"], r["faster"]): r for r in found["ratios"]}
    columns: dict[str, Callable[[str], str]] = {
        "strategy": lambda name: f"`{name}`",
        "over tuned two stages": lambda name: (
            f"**{ratios['two-stage-tuned', f'one-stage-{name}']['measured']:.2f}**"
        ),
        "over two stages as usual": lambda name: (
            f"**{ratios['two-stage-naive', f'one-stage-{name}']['measured']:.2f}**"
        ),
        "peak memory, tuned = 1": lambda name: (
            f"{ratios['two-stage-tuned', f'one-stage-{name}']['peak_bytes']:.2f}"
        ),
    }
    names = [name for name in _STRATEGIES if ("two-stage-tuned", f"one-stage-{name}") in ratios]
    return _markdown([list(columns), *[[cell(n) for cell in columns.values()] for n in names]])


def levers(found: Row) -> str:
    """What each lever of one-stage-best did."""
    columns: dict[str, Callable[[Row], str]] = {
        "lever": lambda r: r["name"],
        "times faster": lambda r: _or_dash(r["ratio"], "{:.2f}".format),
        "kept": lambda r: "yes" if r["kept"] else "no",
    }
    return _table(columns, found["levers"])


def gains(found: Row) -> str:
    """What it brings, contender by contender, that freed memory is kept."""
    columns: dict[str, Callable[[Row], str]] = {
        "contender": lambda r: f"{r['contender']}, {r['precision']}",
        "left, ms": lambda r: f"{r['left_s'] * 1e3:.0f}",
        "kept, ms": lambda r: f"{r['kept_s'] * 1e3:.0f}",
        "times faster": lambda r: f"**{r['ratio']:.2f}**",
        "all turns": lambda r: f"{r['low']:.2f} to {r['high']:.2f}",
    }
    return _table(columns, found["gains"])


def curve(found: Row) -> str:
    """Step time and peak memory against what was swept."""
    records = found["records"]
    swept = next(n for n in ("batch", "width", "size") if len({r[n] for r in records}) > 1)
    names = [name for name in _CURVES if any(r["contender"] == name for r in records)]
    lines = [["", *[f"{name}, {unit}" for unit in ("ms", "MiB") for name in names]]]
    for value in sorted({r[swept] for r in records}):
        at = {r["contender"]: r for r in records if r[swept] == value}
        times = [f"{at[name]['median_s'] * 1e3:.0f}" for name in names]
        lines.append(
            [f"{swept} {value}", *times]
            + [f"{at[name]['peak_bytes'] / 2**20:.1f}" for name in names]
        )
    return _markdown(lines)


def traffic(found: Row) -> str:
    """Bytes of float32 gradients that all processes have to add up at every step."""

    def mebibytes(generator: int, discriminator: int) -> Callable[[Row], str]:
        return lambda r: (
            f"{4 * (generator * r['generator'] + discriminator * r['discriminator']) / 2**20:.1f}"
        )

    columns: dict[str, Callable[[Row], str]] = {
        "pair": lambda r: f"{r['networks']}, width {r['width']}",
        "weights of G": lambda r: f"{r['generator']:,}",
        "weights of D": lambda r: f"{r['discriminator']:,}",
        "one stage, tuned: MiB a step": mebibytes(1, 1),
        "naive: MiB a step": mebibytes(1, 2),
    }
    return _table(columns, found["parameters"])


def overlap(found: Row) -> str:
    """What a step takes over links of several speeds, and how much of the link's time it hides."""
    steps: dict[str, dict[float, Row]] = {}
    for row in found["rows"]:
        steps.setdefault(row["scheme"], {})[row["busy"]] = row
    shares = sorted({row["busy"] for row in found["rows"]} - {0.0})
    lines = [["scheme", "MiB", "no waits, ms", *[f"busy for {share:.0%}" for share in shares]]]
    for name, at in steps.items():
        alone, *waiting = (at[share] for share in (0.0, *shares))
        told = [f"+{_longer_by(r, alone) * 1e3:.0f} of {r['link_s'] * 1e3:.0f} ms" for r in waiting]
        size, base = alone["bytes"] / 2**20, alone["median_s"] * 1e3
        lines.append([name, f"{size:.1f}", f"{base:.0f}", *told])
    return _markdown(lines)


def _longer_by(row: Row, alone: Row) -> float:
    """Seconds that a step waits, round by round; less than nothing is noise."""
    pairs = zip(row["times_s"], alone["times_s"], strict=True)
    return max(median(there - here for there, here in pairs), 0.0)


def source(name: str, found: Row) -> str:
    """Where it is from, for those who will not repeat it."""
    return f"`benchmarks/results/{name}`, {found['date']}."


def provenance(name: str, found: Row) -> str:
    """One line: where, when, with what."""
    machine, made = found["machine"], found["versions"]
    after = machine["load_average_after"]
    return (
        f"`benchmarks/results/{name}`: {machine['cpu']}, {machine['threads']} of "
        f"{machine['cores']} cores, device {machine['device']}, PyTorch {made['torch']}, "
        f"{found['date']}, {found['rounds']} rounds by the {found['clock']} clock; "
        f"load average {machine['load_average']} before and {after} after."
    )


KINDS: dict[str, Callable[[Row], str]] = {
    "contenders": contenders,
    "ratios": ratios,
    "saved": saved,
    "levers": levers,
    "gains": gains,
    "curve": curve,
    "traffic": traffic,
    "overlap": overlap,
}


def _is_shown(ratio: Row) -> bool:
    if ratio["slower"].startswith("one-stage"):
        return ratio["same_strategy"] and ratio["faster"].startswith("hand-written")
    return ratio["slower"].startswith("two-stage") and "hand" not in ratio["faster"]


def _or_dash(value: float | None, form: Callable[[float], str]) -> str:
    return "-" if value is None else form(value)


def _table(columns: dict[str, Callable[[Row], str]], rows: list[Row]) -> str:
    return _markdown([list(columns), *[[cell(row) for cell in columns.values()] for row in rows]])


def _markdown(lines: list[list[str]]) -> str:
    rule = ["---", *["---:"] * (len(lines[0]) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])
