"""A comparison by hand."""

from onestage.compare import summarize

METHODS = ("one-stage", "two-stage-tuned")
METRICS = {
    "fid": 2.0,
    "kid": 0.03,
    "smallest_class": 0.061,
    "confidence": 0.9,
    "num_samples": 2000,
    "num_reference": 1797,
    "reference": "digits",
    "feature_network": "digits-classifier",
    "feature_network_sha256": "0123456789abcdef",
}
MACHINE = {
    "cpu": "a processor",
    "cores": 2,
    "threads": 1,
    "system": "Linux",
    "python": "3.11",
    "torch": "2.13",
}


def comparison(diverged=False):
    records = [
        {
            "preset": preset,
            "method": method,
            "recipe": "adam 0.001 (0.25, 0.99)",
            "seed": seed,
            "steps": 500,
            "steps_per_second": 20.0 if method == METHODS[0] else 16.0,
            "diverged_at": None,
            "metrics": METRICS,
            "metrics_at_equal_time": {"fid": 4.0},
            "equal_time_steps": 400,
            "flops": 100,
            "peak_bytes": 2**20,
        }
        for preset in ("wgan", "r3gan")
        for seed in (0, 1)
        for method in METHODS
    ]
    if diverged:
        records[0].update(metrics=None, metrics_at_equal_time=None, diverged_at=30)
    return {
        "machine": MACHINE,
        "scale": "small",
        "methods": METHODS,
        "paper": "the paper, table 1",
        "records": records,
        "summary": summarize(records, METHODS[1]),
    }
