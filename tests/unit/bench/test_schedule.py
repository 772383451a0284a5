"""Lazy penalties: kinds of steps, and what a contender costs over all of them."""

from fractions import Fraction

import pytest
import torch

from onestage import DRAGAN, R1, R2, LeCam
from onestage.bench import (
    Game,
    Schedule,
    build_schedule,
    count_scheduled,
    describe_phases,
    interleaved_means,
    list_phases,
    one_stage,
    two_stage_tuned,
)
from onestage.losses import build_loss
from onestage.networks import DCGANDiscriminator, DCGANGenerator

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "every", [(), (1,), (16,), (4, 16), (4, 6), (1, 3), (2, 3, 5), (4, 6, 9, 1), (5, 5)]
)
def test_shares_are_those_of_a_whole_period(every):
    kinds = (R1, R2, DRAGAN, LeCam)
    penalties = [kind(1.0, every=k) for kind, k in zip(kinds, every, strict=False)]
    period = 180 * 16
    due = [tuple(p for p in penalties if step % p.every == 0) for step in range(period)]
    phases = list_phases(penalties)
    found = {tuple(p.name for p in phase.penalties): phase.share for phase in phases}
    names = [tuple(p.name for p in kind) for kind in due]
    assert found == {kind: Fraction(names.count(kind), period) for kind in names}
    assert [p.share for p in phases] == sorted((p.share for p in phases), reverse=True)


def test_intervals_without_a_common_measure_take_no_time():
    penalties = [R1(1.0, every=99991), R2(1.0, every=99989), DRAGAN(1.0, every=99971)]
    assert sum(phase.share for phase in list_phases(penalties)) == 1


def game(*penalties) -> Game:
    discriminator = DCGANDiscriminator(image_size=16, channels=1, base_width=4)
    generator = DCGANGenerator(image_size=16, channels=1, latent_dim=4, base_width=4)
    z, real = torch.randn(4, 4), torch.rand(4, 1, 16, 16)
    loss = build_loss("nonsaturating")
    return Game(discriminator, lambda: generator(z), loss, real, penalties=penalties)


@pytest.mark.parametrize("build", [one_stage, two_stage_tuned])
@pytest.mark.parametrize("kind", [R1, R2])
def test_work_is_the_mean_over_steps_and_memory_the_most(build, kind):
    without, due, lazy = (
        build_schedule(build, game(*penalties))
        for penalties in ((), (kind(1.0),), (kind(1.0, every=16),))
    )
    for schedule in (without, due, lazy):
        for step in schedule.steps:
            step()
    flops = {
        name: count_scheduled(s)[0] for name, s in zip("ndl", (without, due, lazy), strict=True)
    }
    assert flops["n"] < flops["d"]
    assert flops["l"] == round((15 * flops["n"] + flops["d"]) / 16)
    assert lazy.peak_bytes(CPU) == pytest.approx(due.peak_bytes(CPU), rel=0.05)
    assert without.peak_bytes(CPU) < 0.9 * lazy.peak_bytes(CPU)


@pytest.mark.parametrize("build", [one_stage, two_stage_tuned])
def test_a_kind_of_step_costs_the_same_each_time(build):
    """Though the discriminator learns between, and its steps are counted."""
    played = game(R1(1.0, every=16))
    schedule = build_schedule(build, played)
    optimizer = torch.optim.SGD(played.discriminator.parameters(), 1e-3)
    for step in schedule.steps:
        step()  # which probes
    first = count_scheduled(schedule)
    for _ in range(3):
        for step in schedule.steps:
            optimizer.zero_grad()
            step()
            optimizer.step()
        optimizer.zero_grad()
        assert count_scheduled(schedule) == first


def test_times_are_means_round_by_round():
    now = [0.0]

    def after(seconds: float):
        return lambda: now.__setitem__(0, now[0] + seconds)

    phases = list_phases([R1(1.0, every=4)])
    schedules = {
        name: Schedule(phases, [after(k), after(5 * k)]) for name, k in (("a", 1.0), ("b", 2.0))
    }
    times = interleaved_means(schedules, rounds=3, warmup=1, device=CPU, clock=lambda: now[0])
    assert times == {"a": [2.0] * 3, "b": [4.0] * 3}


def test_only_lazy_penalties_are_a_matter_of_words():
    assert describe_phases([phase.record() for phase in list_phases([R1(1.0)])]) == ""
    records = [phase.record() for phase in list_phases([R1(1.0, every=4), R2(1.0, every=16)])]
    assert records[0] == {"share": 0.75, "steps": "3/4", "penalties": []}
    said = describe_phases(records)
    assert "3/4 with no penalty, 3/16 with r1, 1/16 with r1 and r2." in said
