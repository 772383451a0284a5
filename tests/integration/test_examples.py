"""Every example runs, is short, explains itself, does as much less work and trains as well."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


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


@pytest.mark.parametrize("name", EXAMPLES)
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
