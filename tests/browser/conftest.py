"""One browser for all tests, and pages to look at."""

import pytest
from tests.browser._chromium import Chromium, find_chromium
from tests.unit.report._folders import evaluation, log_of, write_run

from onestage.report import write_comparison, write_report


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """The browser; its tests are skipped where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with Chromium(path, tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The page of a run, of several runs with long names, and of a comparison."""
    place = tmp_path_factory.mktemp("pages")
    records = [*log_of(300), *(evaluation(step, 10.0 - step / 100) for step in (100, 200, 300))]
    long = {"data": {"source": "/a/long/path/without/any/space/in/it/" * 4}}
    runs = [
        write_run(place / f"{'a-long-name-' * 6}{seed}", {"seed": seed, **long}, records)
        for seed in range(3)
    ]
    write_report(runs[:1], place / "run.html")
    write_report(runs, place / "runs.html")
    ratio = {"ratio": 0.9, "low": 0.8, "high": 1.1}
    summary = [
        {"preset": p, "equal_steps": ratio, "equal_time": ratio, "speed_up": 1.2 + i / 10}
        for i, p in enumerate(("bgan", "cgan", "wgan"))
    ]
    results = [
        {"preset": p, "method": m, "seed": s, "metrics": {"fid": 5.0 + s}, "peak_bytes": 2**27}
        for p in ("bgan", "cgan", "wgan")
        for m in ("one-stage", "two-stage-tuned")
        for s in range(3)
    ]
    write_comparison({"summary": summary, "records": results}, place / "comparison.html")
    return place
