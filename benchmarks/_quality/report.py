"""The table, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from _quality.play import BLOCK, METHODS
from _quality.summary import Records, by_method, summarize
from onestage.compare import Interval
from onestage.metrics import upgrade_record

_HEADER = (
    "method",
    "seed",
    "steps/s",
    "FID, equal steps",
    "FID, equal time",
    "at step",
    "least class",
    "confidence",
)


def write_report(records: Records, machine: Mapping[str, Any], date: str, command: str) -> str:
    """The whole page.

    Args:
        records: as `play` gives them, of all seeds.
        machine: as `describe_machine` gives it.
        date: of the measurement.
        command: that repeats it.
    """
    return (
        "\n\n".join(
            [
                "# Quality: one stage against two",
                _introduction(records[0]),
                _conclusions(records),
                write_table(records),
                _explanations(records[0]),
                f"Measured on {date} with `{command}`: {_machine(machine)}.",
            ]
        )
        + "\n"
    )


def write_table(records: Records) -> str:
    """One row per method and seed, and one for each method over all seeds."""
    rows = [_row(record) for record in records]
    rows += [_overall(method, by_method(records, method)) for method in METHODS]
    lines = [_HEADER, ["---", *["---:"] * (len(_HEADER) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(record: Mapping[str, Any]) -> list[str]:
    quality = upgrade_record(record["equal_steps"])
    return [
        record["method"],
        str(record["seed"]),
        f"{record['steps_per_second']:.1f}",
        f"{quality['fid']:.2f}",
        f"{record['equal_time']['fid']:.2f}",
        str(record["equal_time_steps"]),
        f"{quality['smallest_class']:.1%}",
        f"{quality['confidence']:.3f}",
    ]


def _overall(method: str, records: Records) -> list[str]:
    at_end = [upgrade_record(record["equal_steps"]) for record in records]
    seconds = [seconds for record in records for seconds in record["block_seconds"]]
    return [
        f"**{method}**",
        "all",
        f"{BLOCK / median(seconds):.1f}",
        f"{fmean(quality['fid'] for quality in at_end):.2f}",
        f"{fmean(record['equal_time']['fid'] for record in records):.2f}",
        f"{fmean(record['equal_time_steps'] for record in records):.0f}",
        f"{min(quality['smallest_class'] for quality in at_end):.1%}",
        f"{fmean(quality['confidence'] for quality in at_end):.3f}",
    ]


def _introduction(record: Mapping[str, Any]) -> str:
    config = record["config"]
    player = config["generator"]
    return (
        "The demonstration's recipe, played by the one-stage method and by the alternating scheme "
        "with the least work (fakes used twice, D frozen in G's stage): the same networks, "
        f"optimisers, images, noise and initial weights. {config['loss']} loss, "
        f"{config['steps']} steps of {config['batch_size']} images of "
        f"{config['image_size']} x {config['image_size']} pixels, "
        f"{player['optimizer']} {player['learning_rate']:g} "
        f"({player['beta1']:g}, {player['beta2']:g}), R1 {config['penalties']['r1']:g}, "
        f"average of the generator {config['ema_decay']:g}."
    )


def _conclusions(records: Records) -> str:
    summary = summarize(records)
    return "\n".join(
        [
            f"* **Speed-up {summary.speed_up:.2f}** in steps per second (ratio of median times; "
            f"single seeds {summary.slowest:.2f} to {summary.fastest:.2f}).",
            f"* **FID ratio at equal steps {_interval(summary.equal_steps)}**, one stage over two: "
            "below 1 one stage is better.",
            f"* **FID ratio at equal time {_interval(summary.equal_time)}**.",
        ]
    )


def _interval(interval: Interval) -> str:
    return f"{interval.estimate:.2f} (90 % interval {interval.low:.2f} to {interval.high:.2f})"


def _explanations(record: Mapping[str, Any]) -> str:
    quality = record["equal_steps"]
    return "\n".join(
        [
            f"* The two methods take turns of {BLOCK} steps in one process, and change who goes "
            "first, so that a busy machine slows both alike. Times are medians over these turns "
            "and hold whole steps: real images, both updates, the average.",
            "* *Equal time*: when the one-stage method has done all its steps. Two stages stand "
            "then at the step in the column beside, by that seed's ratio of median times.",
            f"* FID: {quality['num_samples']} images from the averaged generator against "
            f"{quality['num_reference']} real ones, features of `{quality['feature_network']}` "
            f"(sha256 {quality['feature_network_sha256'][:12]}): not the Inception FID of the "
            "literature. *Least class*: the share of the class that is made least (ideal 10 %). "
            "*Confidence*: the classifier's, on average.",
            "* The learning rates were picked, on other seeds, where the two schemes are level. "
            "Larger updates make both better sooner and put alternating ahead, so this does not "
            "speak for every rate: the trials are in `src/onestage/training/recipes.py`.",
            "* The FID ratio is the geometric mean over seeds; its interval is a bootstrap over "
            "seeds, which with few of them is rather too narrow. The rows *all* hold the median "
            "of the speeds, the mean of FID and confidence and the smallest least class.",
        ]
    )


def _machine(machine: Mapping[str, Any]) -> str:
    used: Sequence[str] = [
        str(machine["cpu"]),
        f"{machine['threads']} of {machine['cores']} cores used",
        f"PyTorch {machine['torch']}",
        f"Python {machine['python']}",
        str(machine["system"]),
    ]
    return ", ".join(used)
