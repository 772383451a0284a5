from itertools import chain, islice, pairwise

import pytest
import torch

from onestage.data import CounterSampler, sample_generator


def _batches(count, *args, **options):
    return list(islice(CounterSampler(*args, **options), count))


@pytest.mark.parametrize("batch_size", [1, 3, 10, 25])
def test_every_epoch_is_a_permutation(batch_size):
    stream = list(chain.from_iterable(_batches(30, 10, batch_size, seed=0)))
    for first in range(0, len(stream) - len(stream) % 10, 10):
        assert sorted(stream[first : first + 10]) == list(range(10))


def test_epochs_and_seeds_differ():
    (first,), (second,) = _batches(2, 100, 100, seed=0)[:1], _batches(2, 100, 100, seed=0)[1:]
    assert first != second
    assert first != _batches(1, 100, 100, seed=1)[0]


@pytest.mark.parametrize("start", [0, 1, 7, 1000])
def test_start_skips_batches(start):
    sampler = CounterSampler(11, 4, seed=3)
    resumed = _batches(5, 11, 4, seed=3, start=start)
    assert resumed == [sampler.batch(start + number) for number in range(5)]


def test_a_batch_does_not_depend_on_those_before():
    sampler = CounterSampler(11, 4, seed=3)
    backwards = [sampler.batch(number) for number in reversed(range(20))]
    assert backwards[::-1] == _batches(20, 11, 4, seed=3)


def test_iterating_twice_gives_the_same():
    sampler = CounterSampler(11, 4, seed=3)
    assert list(islice(sampler, 5)) == list(islice(sampler, 5))


def test_ranks_share_the_stream():
    whole = _batches(6, 13, 8, seed=5)
    ranks = [_batches(6, 13, 4, seed=5, rank=rank, world_size=2) for rank in range(2)]
    assert whole == [first + second for first, second in zip(*ranks, strict=True)]


def test_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    _batches(5, 11, 4, seed=3)
    assert torch.equal(before, torch.get_rng_state())


def test_order_is_frozen():
    # A change here breaks the resumption of every run that exists.
    assert _batches(2, 5, 4, seed=0) == [[3, 4, 0, 1], [2, 3, 1, 2]]


def test_sample_generators_are_unrelated_and_repeatable():
    draws = [torch.rand(4, generator=sample_generator(seed, n)) for seed in (0, 1) for n in (0, 1)]
    assert len({tuple(draw.tolist()) for draw in draws}) == 4
    assert torch.equal(draws[0], torch.rand(4, generator=sample_generator(0, 0)))


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        ((0, 4), {}, "num_samples=0"),
        ((4, 0), {}, "batch_size=0"),
        ((4, 4), {"start": -1}, "start=-1"),
        ((4, 4), {"rank": 2, "world_size": 2}, "rank=2"),
        ((4, 4), {"world_size": 0}, "world_size=0"),
    ],
)
def test_impossible_numbers(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        CounterSampler(*arguments, seed=0, **options)


def test_blocks_come_a_few_at_a_time_and_every_sample_once():
    blocks = [5, 3, 7, 1, 4, 6, 2, 5, 3]
    owner = [number for number, length in enumerate(blocks) for _ in range(length)]
    (epoch,) = _batches(1, 36, 36, seed=0, blocks=blocks)
    assert sorted(epoch) == list(range(36))
    seen = [owner[index] for index in epoch]
    groups = [set(seen[first:last]) for first, last in _cuts(seen)]
    assert [len(group) for group in groups] == [4, 4, 1]
    assert seen != sorted(seen)
    (second,) = _batches(1, 36, 36, seed=0, blocks=blocks, start=1)
    assert epoch != second


def _cuts(seen):
    """Where a set of four blocks ends: nothing before it comes again after it."""
    ends = [k for k in range(1, len(seen) + 1) if set(seen[:k]).isdisjoint(seen[k:])]
    chosen = [0]
    for end in ends:
        if len(set(seen[chosen[-1] : end])) == 4 or end == len(seen):
            chosen.append(end)
    return list(pairwise(chosen))


def test_blocks_resume_exactly():
    blocks = [5, 3, 7, 1, 4]
    straight = _batches(12, 20, 3, seed=1, blocks=blocks)
    assert _batches(5, 20, 3, seed=1, blocks=blocks, start=7) == straight[7:]


@pytest.mark.parametrize("blocks", [[5, 3], [10, 0, 10], [20, 1]])
def test_blocks_that_are_not_the_dataset(blocks):
    with pytest.raises(ValueError, match="blocks of"):
        CounterSampler(20, 4, seed=0, blocks=blocks)
