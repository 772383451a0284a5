"""Figures in the documents are those of the files that the project's own commands wrote."""

import json
import re

from tests.doc._snippets import ROOT


def cells(line: str) -> list[str]:
    return [cell.strip().strip("*") for cell in line.strip().strip("|").split("|")]


def row(page: str, method: str, columns: int) -> list[str]:
    rows = [cells(line) for line in (ROOT / page).read_text().splitlines() if line.startswith("|")]
    (found,) = [r for r in rows if r[0] == method and len(r) == columns and "all" in [*r, "all"]]
    return found


def overall(method: str) -> list[str]:
    lines = (ROOT / "docs/quality.md").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"| **{method}** | all |")]
    return cells(line)


def test_the_table_is_the_summary_of_the_measurement():
    for method in ("one-stage", "two-stage-tuned"):
        name, _, speed, equal_steps, equal_time, _, coverage, confidence = overall(method)
        assert row("README.md", method, 6) == [
            name,
            speed,
            equal_steps,
            equal_time,
            coverage,
            confidence,
        ]


def test_the_ratios_are_those_of_the_measurement():
    readme = " ".join((ROOT / "README.md").read_text().split())
    page = (ROOT / "docs/quality.md").read_text()
    (speed_up,) = re.findall(r"Speed-up ([\d.]+)\*\*", page)
    steps = re.search(r"equal steps ([\d.]+) \(90 % interval ([\d.]+) to ([\d.]+)\)", page).groups()
    time = re.search(r"equal time ([\d.]+) \(90 % interval ([\d.]+) to ([\d.]+)\)", page).groups()
    assert (
        f"Speed-up {speed_up}, FID ratio {steps[0]} at equal steps (90 % interval {steps[1]} to "
        f"{steps[2]}) and {time[0]} at equal time ({time[1]} to {time[2]})."
    ) in readme


def test_the_trials_on_photographs_are_those_of_their_files():
    lines = (ROOT / "docs/your-own-images.md").read_text().splitlines()
    tables = [cells(line) for line in lines if line.startswith("|")][2:]
    images, records = "", []
    for row_ in tables:
        images = row_[0] or images
        if row_[5]:
            records = json.loads((ROOT / "benchmarks/results" / row_[5].strip("`")).read_text())
        seed, step = int(images[-1]), row_[2].replace(",", "")
        for method, shown in (("one-stage", row_[3]), ("two-stage-tuned", row_[4])):
            r1 = 2.5 if images.startswith("32") else 10.0
            (found,) = [
                record["fid_by_step"][step]
                for record in records["records"]
                if (record["method"], record["seed"], record["r1"]) == (method, seed, r1)
            ]
            assert shown == f"{found:.1f}"
