"""Every contender on every pair: who takes part, and that all of it is the same arithmetic."""

import contextlib
from dataclasses import replace
from functools import partial

import pytest
import torch

from onestage import R1, R2
from onestage.bench import Settings
from onestage.bench._contenders import one_stage, two_stage_tuned
from onestage.bench._entries import list_entries
from onestage.bench._hand_written import batched, hand_written
from onestage.bench._pairs import PAIRS, Scale
from onestage.bench._players import Players
from onestage.bench._run import build_pair

CPU = torch.device("cpu")
SMALL = {
    "dcgan64": Scale(4, 4, 16),
    "sngan64": Scale(4, 4, 16),
    "patch256": Scale(2, 4, 64),
    "r3gan64": Scale(4, 4, 16),
    "vocoder": Scale(2, 1, 256),
}
FIRST = {
    "dcgan64": "ratio",
    "sngan64": "ratio",
    "patch256": "dual",
    "r3gan64": "shared_penalty",
    "vocoder": "dual",
}
BY_HAND = {  # the reversal with the loss that declares it
    "dcgan64": ("ratio", "dual", "reversal", "batched"),
    "patch256": ("dual", "reversal"),
    "r3gan64": ("shared_penalty",),
}


def names(networks):
    make_pair = partial(build_pair, networks, SMALL[networks])
    return [entry.name for entry in list_entries(make_pair, Settings(), CPU)]


@pytest.mark.parametrize("networks", [n for n in PAIRS if n != "vocoder"])
def test_every_exact_strategy_takes_part(networks):
    found = names(networks)
    assert found[:2] == ["two-stage-naive", "two-stage-tuned"]
    assert found[2] == f"one-stage-{FIRST[networks]}"
    assert "one-stage-dual" in found
    assert "hand-written" in found
    assert ("hand-written-batched" in found) == (FIRST[networks] == "ratio")
    assert ("one-stage-reversal" in found) == (networks != "r3gan64")


def test_with_lazy_penalties_a_contender_is_called_by_what_it_does_at_most_steps():
    penalties = (R1(1.0, every=4), R2(1.0, every=16))
    pair = replace(build_pair("r3gan64", SMALL["r3gan64"]), penalties=penalties)
    entries = list_entries(lambda: pair, Settings(), CPU)
    found = {entry.name: entry.strategy for entry in entries}
    assert found == {
        "two-stage-naive": "alternating",
        "two-stage-tuned": "alternating",
        "one-stage-ratio": "ratio",  # the shared penalty at the steps with R2
        "one-stage-dual": "dual",
    }


@pytest.mark.slow
def test_the_vocoder_has_its_published_scheme():
    found = names("vocoder")
    assert found[:3] == ["two-stage-naive", "two-stage-published", "two-stage-tuned"]
    assert "one-stage-dual" in found


def gradients(build, networks, reversing=False):
    """Of D and G in float64, from the same weights and noise."""
    pair = build_pair(networks, SMALL[networks])
    pair.generator.double()
    pair.discriminator.double()
    inputs = (torch.randn(4, 100, generator=torch.Generator().manual_seed(0)).double(),)
    if pair.draw is None:
        inputs = tuple(x.double() for x in pair.inputs)
    if networks == "r3gan64":
        inputs = (inputs[0][:, :64],)
    pair = replace(pair, real=pair.real.double(), inputs=inputs, draw=None)
    game = Players(pair, Settings(), CPU).game(pair.reversing if reversing else None)
    torch.manual_seed(1)  # the U-Net's dropout
    build(replace(game, between=contextlib.nullcontext))()
    players = (pair.generator, pair.discriminator)
    return [p.grad for player in players for p in player.parameters()]


@pytest.mark.parametrize(
    ("networks", "strategy"), [(n, s) for n, strategies in BY_HAND.items() for s in strategies]
)
def test_what_is_written_by_hand_gives_the_same_gradients(networks, strategy):
    by_hand = batched if strategy == "batched" else partial(hand_written, strategy=strategy)
    reversing = strategy == "reversal"
    expected = gradients(two_stage_tuned, networks, reversing)
    for build in (by_hand, one_stage):
        found = gradients(build, networks, reversing)
        for ours, theirs in zip(found, expected, strict=True):
            # By hand, losses are taken in float32 whatever D's precision.
            assert (ours - theirs).norm() <= 1e-6 * theirs.norm()


@pytest.mark.parametrize("settings", [Settings("bf16"), Settings("bf16", "channels_last", True)])
def test_every_setting_trains_both_players(settings):
    make_pair = partial(build_pair, "dcgan64", SMALL["dcgan64"])
    for entry in list_entries(make_pair, settings, CPU):
        pair = make_pair()
        before = [
            p.clone() for p in (*pair.generator.parameters(), *pair.discriminator.parameters())
        ]
        (step,) = entry.schedule(pair, settings, CPU).steps
        step()
        after = (*pair.generator.parameters(), *pair.discriminator.parameters())
        assert all(not torch.equal(b, a) for b, a in zip(before, after, strict=True)), entry.name


def test_pairs_are_built_alike_and_leave_the_random_state_alone():
    state = torch.get_rng_state()
    first, second = (build_pair("dcgan64", SMALL["dcgan64"]) for _ in range(2))
    assert torch.equal(state, torch.get_rng_state())
    for ours, theirs in zip(
        first.generator.parameters(), second.generator.parameters(), strict=True
    ):
        assert torch.equal(ours, theirs)
