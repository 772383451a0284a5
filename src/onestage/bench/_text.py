"""A run of the bench in words."""

from __future__ import annotations

from typing import Any

from onestage.bench._flops import describe_uncounted
from onestage.bench._schedule import describe_phases
from onestage.bench._table import Tables


def describe_bench(found: dict[str, Any], width: int | None = None) -> str:
    """Tables of contenders and ratios, as plain text.

    Args:
        found: of `run_bench`.
        width: the terminal's; columns that find no room are left out, and named.
    """
    tables = Tables(width, _LEAST_MISSED)
    machine, made = found["machine"], found["versions"]
    head = (
        f"{machine['cpu']}, {machine['threads']} of {machine['cores']} cores, device "
        f"{machine['device']}, PyTorch {made['torch']}, {found['date']}, load "
        f"{machine['load_average']}, {found['rounds']} rounds, {found['clock']} clock"
    )
    parts = [
        head,
        tables.draw(_COLUMNS, found["records"]),
        tables.draw(_RATIO_COLUMNS, _main(found)),
    ]
    if found["levers"]:
        parts.append("Levers of one-stage-best:\n" + "\n".join(map(_lever, found["levers"])))
    parts += filter(None, [_sentence(describe_phases(found.get("phases", []))), _uncounted(found)])
    if tables.left_out:
        missing = "; ".join(tables.left_out)
        parts.append(f"No room for: {missing}. A wider terminal, a file or a pipe has them.")
    return "\n\n".join(parts)


def _uncounted(found: dict[str, Any]) -> str:
    """What the operations are without; files of older versions do not tell."""
    names = {name for record in found["records"] for name in record.get("uncounted", [])}
    return _sentence(describe_uncounted(sorted(names)))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _main(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The ratios of a two-stage scheme to another, and of the library to plain PyTorch."""
    return [r for r in found["ratios"] if is_main(r)]


def is_main(ratio: dict[str, Any]) -> bool:
    """Whether a ratio is worth a line: all others are in the file."""
    same = ratio["precision"] == ratio["faster_precision"]
    if ratio["faster"] == "one-stage-best":
        return ratio["slower"].startswith("two-stage") and ratio["precision"] == "fp32"
    if ratio["slower"].startswith("one-stage"):
        return same and ratio["same_strategy"] and ratio["faster"].startswith("hand-written")
    return same and ratio["slower"].startswith("two-stage") and "hand" not in ratio["faster"]


def share_of_best(record: dict[str, Any]) -> float | None:
    """Achieved FLOP/s over those of the step's own convolutions and products at their best."""
    best = record["best_rates_s"]
    return None if best is None else best / record["median_s"]


def milliseconds(seconds: float) -> str:
    """As in the tables."""
    return f"{seconds * 1e3:.1f}"


def optional(value: float | None, form: str = ".2f") -> str:
    """A number, or a dash."""
    return "-" if value is None else format(value, form)


def _per_second(record: dict[str, Any]) -> str:
    return f"{record['batch'] / record['median_s']:.1f}"


_COLUMNS = {
    "networks": lambda r: r["networks"],
    "batch": lambda r: str(r["batch"]),
    "contender": lambda r: r["contender"],
    "precision": lambda r: r["precision"],
    "ms": lambda r: milliseconds(r["median_s"]),
    "quartiles": lambda r: f"{milliseconds(r['q1_s'])}-{milliseconds(r['q3_s'])}",
    "samples/s": _per_second,
    "GFLOP": lambda r: optional(r["flops"] and r["flops"] / 1e9, ".1f"),
    "GFLOP/s": lambda r: optional(r["flops"] and r["flops"] / r["median_s"] / 1e9, ".0f"),
    "of best": lambda r: optional(share_of_best(r)),
    "peak MiB": lambda r: f"{r['peak_bytes'] / 2**20:.1f}",
    "settings": lambda r: ", ".join([r["memory_format"], *r["settings"]]),
}
_RATIO_COLUMNS = {
    "slower / faster": lambda r: f"{r['slower']} / {r['faster']}",
    "batch": lambda r: str(r["batch"]),
    "precision": lambda r: "/".join(dict.fromkeys([r["precision"], r["faster_precision"]])),
    "measured": lambda r: f"{r['measured']:.3f}",
    "95 %": lambda r: f"{r['low']:.3f}-{r['high']:.3f}",
    "FLOPs allow": lambda r: optional(r["allowed_flops"], ".3f"),
    "measured/allowed": lambda r: optional(r["measured_over_allowed"], ".3f"),
    "best rates allow": lambda r: optional(r["allowed_rates"], ".3f"),
    "peak, faster/slower": lambda r: optional(r["peak_bytes"], ".3f"),
}


_LEAST_MISSED = (
    *("settings", "networks", "GFLOP", "GFLOP/s", "quartiles", "of best"),
    *("peak, faster/slower", "measured/allowed", "best rates allow"),
    *("batch", "precision", "peak MiB", "samples/s", "FLOPs allow", "95 %"),
)


def _lever(lever: dict[str, Any]) -> str:
    if lever["ratio"] is None:
        return f"  {lever['name']}: not possible: {lever['reason']}"
    return f"  {lever['name']}: {lever['ratio']:.2f} times, {'kept' if lever['kept'] else 'left'}"
