import json
from pathlib import Path

from _quality.report import write_report, write_table

from onestage.compare import describe_machine


def _quality(fid):
    return {
        "fid": fid,
        "smallest_class": 0.07,
        "confidence": 0.93,
        "num_samples": 2000,
        "num_reference": 1797,
        "feature_network": "digits-classifier",
        "feature_network_sha256": "0123456789abcdef",
    }


def _record(method, seed, fid):
    return {
        "method": method,
        "seed": seed,
        "steps_per_second": 25.0,
        "block_seconds": [0.4],
        "equal_steps": _quality(fid),
        "equal_time_steps": 800,
        "equal_time": _quality(fid + 1),
        "config": {
            "loss": "hinge",
            "steps": 1000,
            "batch_size": 64,
            "image_size": 16,
            "ema_decay": 0.995,
            "penalties": {"r1": 1.0},
            "generator": {
                "optimizer": "adam",
                "learning_rate": 1e-3,
                "beta1": 0.0,
                "beta2": 0.99,
                "optimism": 1.0,
            },
        },
    }


_RECORDS = [
    _record(method, seed, fid)
    for seed, fid in ((0, 2.0), (1, 4.0))
    for method in ("one-stage", "two-stage-tuned")
]


def test_every_row_has_every_column():
    lines = write_table(_RECORDS).splitlines()
    assert len(lines) == 2 + 4 + 2  # header, records, one row per method over all seeds
    assert len({line.count("|") for line in lines}) == 1


def test_a_row_says_what_was_measured():
    row = write_table(_RECORDS).splitlines()[2]
    assert row == "| one-stage | 0 | 25.0 | 2.00 | 3.00 | 800 | 7.0% | 0.930 |"


def test_the_last_rows_are_over_all_seeds():
    row = write_table(_RECORDS).splitlines()[-1]
    assert row == "| **two-stage-tuned** | all | 25.0 | 3.00 | 4.00 | 800 | 7.0% | 0.930 |"


def test_the_page_names_the_machine_the_date_and_the_command():
    machine = describe_machine()
    page = write_report(_RECORDS, machine, "2001-02-03", "python benchmarks/quality.py")
    for fact in (machine["cpu"], machine["torch"], "2001-02-03", "`python benchmarks/quality.py`"):
        assert fact in page
    assert "FID ratio at equal steps 1.00 (90 % interval 1.00 to 1.00)" in page
    assert "Speed-up 1.00" in page


def test_the_page_in_the_manual_is_that_of_its_file():
    """Also of records from when the smallest class was called coverage."""
    root = Path(__file__).parents[3]
    page = (root / "docs/quality.md").read_text()
    (found,) = [
        file
        for file in (root / "benchmarks/results").glob("quality-*.json")
        if f"Measured on {file.stem.removeprefix('quality-')} with" in page
    ]
    measured = json.loads(found.read_text())
    about = (measured["machine"], measured["date"], measured["command"])
    assert write_report(measured["records"], *about) == page
