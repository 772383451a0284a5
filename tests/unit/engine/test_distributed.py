"""Each network in DistributedDataParallel, or sharded: two processes over gloo."""

import contextlib
import re

import pytest
import torch
from tests._ddp import (
    ACCUMULATED,
    CASES,
    GATHERED,
    accumulate,
    penalties,
    play_whole,
    players,
    samples,
    work,
)
from tests._processes import needs_sharding, run_together
from torch import distributed

from onestage import R1, OneStage

KINDS = ["ddp", pytest.param("fsdp", marks=needs_sharding)]
# "otherwise": where FSDP's inside is not as the engine knows it.
KINDS_LEFT_ALONE = [*KINDS, pytest.param("otherwise", marks=needs_sharding)]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    if not distributed.is_available():
        pytest.skip("torch was built without distributed")
    folder = tmp_path_factory.mktemp("ddp")
    run_together(work, folder)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.parametrize("kind", KINDS_LEFT_ALONE)
@pytest.mark.parametrize(("loss", "strategy", "penalised"), CASES)
def test_gradients_are_those_of_one_process_on_the_global_batch(
    results, loss, strategy, penalised, kind
):
    discriminator, generator = players()
    penalties = [R1(1.0)] if penalised else []
    game = OneStage(discriminator, loss, strategy=strategy, penalties=penalties)
    index = CASES.index((loss, strategy, penalised))
    for step, (real, latents) in enumerate(zip(*samples(), strict=True)):
        discriminator.zero_grad()
        generator.zero_grad()
        game.backward(real, generator(latents))
        expected = [p.grad for p in (*discriminator.parameters(), *generator.parameters())]
        for process in results:
            for ours, theirs in zip(process[kind][index][step], expected, strict=True):
                assert (ours - theirs).norm() <= 1e-12 * theirs.norm().clamp_min(1e-3)


def test_a_game_of_one_process_waits_for_no_other(results):
    assert [process["alone"] for process in results] == [(201, "ratio"), (201, "")]


def test_a_last_batch_of_one_sample_in_one_process(results):
    """Looks at coupling are never out of step."""
    assert [process["uneven"] for process in results] == [[*["dual"] * 8, "ratio"]] * 2


def test_weights_that_the_wrapper_would_wait_for_are_named(results):
    for process in results:
        assert re.match(
            r"No gradient of L_D comes to b\.weight, b\.bias .*find_unused_parameters=True",
            process["reals alone"],
        )


@needs_sharding
def test_a_sharded_generator_beside_its_discriminator_moves_at_each_step(results):
    for process in results:
        for ours, theirs in zip(process["whole"], play_whole(0, 1, shard=False), strict=True):
            for a, b in zip(ours, theirs, strict=True):
                assert (a - b).norm() <= 1e-12 * b.norm().clamp_min(1e-3)


@needs_sharding
def test_a_sharded_head_that_generator_loss_alone_runs_stays(results):
    for process in results:
        assert process["head of its own"] == [0.0] * 3


def test_a_loss_is_gathered_wherever_it_was_built(results):
    """Before the process joined the others, and in this one, which is alone."""
    discriminator, generator = players()
    real, latents = (both[0] for both in samples())
    OneStage(discriminator, GATHERED).backward(real, generator(latents))
    expected = [p.grad for p in (*discriminator.parameters(), *generator.parameters())]
    for process in results:
        for ours, theirs in zip(process["gathered"], expected, strict=True):
            assert (ours - theirs).norm() <= 1e-12 * theirs.norm().clamp_min(1e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("loss", "strategy"), ACCUMULATED)
def test_parts_with_points_of_penalties_are_those_of_one_process(results, loss, strategy, kind):
    discriminator, generator = players()
    game = OneStage(discriminator, loss, strategy=strategy, penalties=penalties())
    accumulate(game, generator, list(zip(*samples(), strict=True)), contextlib.nullcontext())
    expected = [p.grad for p in (*discriminator.parameters(), *generator.parameters())]
    index = ACCUMULATED.index((loss, strategy))
    for process in results:
        found = process[f"{kind} in parts"][index]
        for ours, theirs in zip(found["gradients"], expected, strict=True):
            assert (ours - theirs).norm() <= 1e-12 * theirs.norm().clamp_min(1e-3)
        layers = [*discriminator.children(), *generator.children()]
        shared = [layer for layer in layers if any(True for _ in layer.parameters())]
        assert found["sent"] == (len(shared) if kind == "fsdp" else 0)  # each once


@needs_sharding
def test_shards_that_are_left_to_themselves_are_exchanged_more_often(results):
    for process in results:
        asked, left = process["exchanges"]
        assert asked == 2 * 6 < left  # two steps, and six layers with weights


@needs_sharding
def test_a_call_that_raises_leaves_nothing_kept_for_the_next_exchange(results):
    for process in results:
        assert process["interrupted"] == [0.0, 0.0]


def test_all_processes_take_the_same_strategy(results):
    assert [process["plans"] for process in results] == [
        ["COUPLED", mine, "dual"] for mine in ("INDEPENDENT", "COUPLED")
    ]


def test_a_static_graph_is_refused(results):
    for process in results:
        assert re.search(r"static_graph=True.*static_graph=False", process["static"])


@needs_sharding
def test_a_lazy_penalty_counts_steps_of_shards(results):
    for process in results:
        assert process["lazy"] == [True, True, False, False, True, True]


@needs_sharding
def test_a_call_that_raises_leaves_the_shards_gradients_as_they_were(results):
    for process in results:
        assert process["undone"] == [0.0] * len(process["undone"])


@needs_sharding
def test_a_sharded_network_that_is_never_run_is_no_obstacle(results):
    for process in results:
        assert process["idle"]


@needs_sharding
def test_a_penalty_on_weights_that_are_freed_is_refused_with_the_way_out(results):
    for process in results:
        assert "reshard_after_forward=False" in process["freed"]
