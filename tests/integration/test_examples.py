"""Every example runs, is short, explains itself, does as much less work and trains as well."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
# Three steps of these take more than five seconds.
SMOKE = [pytest.param(x, marks=[pytest.mark.slow] if x == "cyclegan" else []) for x in EXAMPLES]


@pytest.fixture
def load(monkeypatch):
    """An example as a module, imported as when it is run as a script."""
    monkeypatch.syspath_prepend(FOLDER)
    before = torch.get_num_threads()
    yield importlib.import_module
    torch.set_num_threads(before)


def test_there_are_examples():
    assert {"pix2pix", "super_resolution", "vqgan"} <= set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_is_short(name):
    assert len((FOLDER / f"{name}.py").read_text().splitlines()) <= 150


@pytest.mark.parametrize("name", SMOKE)
def test_three_steps_do_less_work_and_explain_themselves(load, name, capsys):
    example = load(name).EXAMPLE
    result = load("_compare").compare(example, ["--smoke", "--threads", "1"])
    assert result.failures == []
    assert {"two-stage"} <= set(example.flop_bars) <= set(example.versions)
    assert min(example.flop_bars.values()) > 1
    assert "strategy:" in result.explanation
    assert result.explanation in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_full_training_is_as_good_as_in_two_stages(name):
    command = [sys.executable, "-W", "error", FOLDER / f"{name}.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_missed_bar_is_noticed(load):
    bar = load("_compare").Bar
    assert not bar(True, slack=1.0, reach=5.0).missed_by(9.5, 10.0)
    assert bar(True, slack=1.0, reach=5.0).missed_by(8.5, 10.0)
    assert bar(True, slack=1.0, reach=9.9).missed_by(9.5, 10.0)
    assert bar(False, slack=0.1, reach=1.0).missed_by(0.7, 0.5)
    assert not bar(False, slack=0.1, reach=1.0).missed_by(0.55, 0.5)
    assert bar(False, slack=0.1, reach=1.0).missed_by(float("nan"), 0.5)


@pytest.mark.parametrize("name", ["cyclegan", "super_resolution", "vqgan"])
def test_one_stage_takes_the_steps_of_a_simultaneous_two_stage_code(load, name):
    """In float64, where rounding has no time to grow: the weights stay the same."""
    example = load(name).EXAMPLE
    weights = {}
    for version in ("two-stage-tuned", "one-stage"):
        torch.manual_seed(0)
        players = example.build(5)
        networks = [part for part in vars(players).values() if isinstance(part, torch.nn.Module)]
        for network in networks:
            network.double()
        for _, batch in zip(range(5), example.batches(0), strict=False):
            parts = batch if isinstance(batch, tuple) else (batch,)
            wide = [part[:4].double() for part in parts]
            example.versions[version](players, wide if isinstance(batch, tuple) else wide[0])
        weights[version] = [p.detach() for network in networks for p in network.parameters()]
    torch.testing.assert_close(weights["one-stage"], weights["two-stage-tuned"], rtol=0, atol=1e-9)
