"""The order of the samples, counted."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import accumulate

import torch
from torch import Generator, Tensor
from torch.utils.data import Sampler

WINDOW = 4  # blocks that are shuffled together
_EPOCH, _SAMPLE = 0, 1


def _seed(*numbers: int) -> int:
    """A 63-bit seed from several integers, so that neighbours give unrelated streams."""
    text = ",".join(map(str, numbers)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


def sample_generator(seed: int, number: int) -> Generator:
    """The randomness of the `number`-th sample of a run: a pure function of both arguments."""
    return Generator().manual_seed(_seed(seed, _SAMPLE, number))


class CounterSampler(Sampler[list[int]]):
    """Endless batches of indices, for `DataLoader(batch_sampler=...)`, without state.

    All epochs are one stream, each epoch a permutation of its own: batch k takes the next
    `batch_size` indices of the stream (of every rank in turn), so that no sample is dropped at an
    epoch's end. It is a pure function of `seed` and k; to resume, count the batches taken.

    Args:
        num_samples: length of the dataset.
        batch_size: samples in a batch, on each rank; it may exceed `num_samples`.
        seed: which permutations.
        start: number of batches already taken.
        rank: number of this process.
        world_size: number of processes.
        blocks: lengths of the blocks that the dataset's indices lie in, one after another. An epoch
            then takes the blocks in a random order, shuffling the samples of each four blocks
            among themselves; None shuffles all together.

    Raises:
        ValueError: if a number is out of its range, or the blocks are not the dataset.
    """

    def __init__(
        self,
        num_samples: int,
        batch_size: int,
        *,
        seed: int,
        start: int = 0,
        rank: int = 0,
        world_size: int = 1,
        blocks: Sequence[int] | None = None,
    ) -> None:
        _check(num_samples, batch_size, start, rank, world_size)
        if blocks is not None and (sum(blocks) != num_samples or min(blocks) < 1):
            raise ValueError(
                f"blocks of {sum(blocks)} samples are not the {num_samples} there are."
            )
        self._blocks = blocks
        self._num_samples = num_samples
        self._batch_size = batch_size
        self._seed = seed
        self._start = start
        self._rank = rank
        self._world_size = world_size
        self._permutation: tuple[int, list[int]] = (-1, [])

    def __iter__(self) -> Iterator[list[int]]:
        """Batches number `start`, `start + 1` and so on."""
        number = self._start
        while True:
            yield self.batch(number)
            number += 1

    def batch(self, number: int) -> list[int]:
        """The indices of batch `number`."""
        return [self._index(position) for position in self.positions(number)]

    def positions(self, number: int) -> range:
        """The places of batch `number` in the stream; each is taken once, by one rank."""
        first = (number * self._world_size + self._rank) * self._batch_size
        return range(first, first + self._batch_size)

    def _index(self, position: int) -> int:
        epoch, place = divmod(position, self._num_samples)
        if self._permutation[0] != epoch:
            generator = Generator().manual_seed(_seed(self._seed, _EPOCH, epoch))
            self._permutation = (epoch, self._order(generator).tolist())
        return self._permutation[1][place]

    def _order(self, generator: Generator) -> Tensor:
        if self._blocks is None:
            return torch.randperm(self._num_samples, generator=generator)
        starts = list(accumulate(self._blocks, initial=0))
        order = []
        for group in torch.randperm(len(self._blocks), generator=generator).split(WINDOW):
            together = torch.cat([torch.arange(starts[k], starts[k + 1]) for k in group.tolist()])
            order.append(together[torch.randperm(len(together), generator=generator)])
        return torch.cat(order)


def _check(num_samples: int, batch_size: int, start: int, rank: int, world_size: int) -> None:
    counts = {"num_samples": num_samples, "batch_size": batch_size, "world_size": world_size}
    for name, value in counts.items():
        if value < 1:
            raise ValueError(f"{name}={value} gives no batches; give at least 1.")
    if start < 0:
        raise ValueError(f"start={start} is not a number of batches taken; give at least 0.")
    if not 0 <= rank < world_size:
        raise ValueError(f"rank={rank} is not one of {world_size} processes, counted from 0.")
