"""What may change in a run that goes on, and what would make it another."""

from pathlib import Path

import pytest

from onestage.training import ConfigError, build_config, check_changes

FILE = Path("run/config.yaml")


def change(settings, free=frozenset(("steps", "data.workers"))):
    check_changes(build_config(), build_config(settings), free, FILE)


@pytest.mark.parametrize("settings", [{}, {"steps": 9000}, {"data": {"workers": 3}}])
def test_what_is_free_may_change(settings):
    change(settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 32}, "--batch-size cannot change from 64 to 32 within a run; leave it, or"),
        ({"penalties": {"r1_every": 2}}, "--penalties.r1-every cannot change from 4 to 2"),
        ({"steps": 9, "seed": 1}, "start a new run with --config run/config.yaml"),
    ],
)
def test_anything_else_would_be_another_run(settings, message):
    with pytest.raises(ConfigError) as caught:
        change(settings)
    assert message in str(caught.value)
