"""Which levers are kept, by a clock that the steps move themselves."""

import itertools

import pytest
import torch

from onestage.bench import Settings
from onestage.bench._levers import pull_levers

CPU = torch.device("cpu")


class Steps:
    """Steps of a second; each lever that is pulled makes them so many times as long."""

    def __init__(self, **lengths):
        self.now = 0.0
        self.tried = []
        self._lengths = lengths

    def build(self, settings):
        self.tried.append(settings)
        length = 1.0
        for name, factor in self._lengths.items():
            if getattr(settings, name) != getattr(Settings(), name):
                length *= factor() if callable(factor) else factor

        def step():
            self.now += length

        return step

    def wait(self, seconds):
        self.now += seconds

    def pull(self, **options):
        chosen = {"rounds": 3, "clock": lambda: self.now, "compile_too": False, **options}
        return pull_levers(self.build, CPU, **chosen)


def test_what_pays_is_kept_and_the_rest_is_left():
    best, levers = Steps(precision=0.5, memory_format=1.25, fused=0.8).pull()
    assert best == Settings(precision="bf16", fused=True)
    found = {lever.name: (lever.ratio, lever.kept) for lever in levers}
    assert found == {
        "bf16 autocast": (pytest.approx(2.0), True),
        "channels_last": (pytest.approx(0.8), False),
        "fused Adam": (pytest.approx(1.25), True),
    }


def test_what_pays_less_than_the_noise_is_left():
    """Half a per cent in the median, and as often slower as faster."""
    lengths = itertools.cycle([0.5, 0.995, 1.5])
    steps = Steps()
    made = steps.build

    def build(settings):
        step = made(settings)
        return step if settings == Settings() else lambda: steps.wait(next(lengths))

    steps.build = build
    best, levers = steps.pull(rounds=9)
    assert best == Settings()
    assert levers[0].ratio == pytest.approx(1 / 0.995)
    assert not any(lever.kept for lever in levers)


def test_a_little_that_is_sure_is_kept():
    best, _ = Steps(fused=0.995).pull()
    assert best == Settings(fused=True)


def test_each_is_held_against_the_best_before_it():
    steps = Steps(precision=0.5, memory_format=2.0)
    steps.pull()
    bf16 = Settings(precision="bf16")
    assert steps.tried == [
        *(Settings(), bf16),
        *(bf16, Settings("bf16", "channels_last")),
        *(bf16, Settings("bf16", fused=True)),
    ]


def test_what_cannot_be_pulled_says_why():
    def fail():
        raise RuntimeError("no compiler\nat all")

    best, levers = Steps(compiled=fail).pull(compile_too=True)
    assert best == Settings()
    (compiled,) = (lever for lever in levers if lever.name == "torch.compile")
    assert (compiled.ratio, compiled.kept, compiled.reason) == (None, False, "no compiler")
