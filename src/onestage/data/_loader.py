"""From a source to batches."""

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple, Protocol

import torch
from torch import Generator, Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from onestage.data._orphans import end_with_parent
from onestage.data._sampler import CounterSampler, sample_generator
from onestage.data._source import DataError, to_float
from onestage.data._unlabelled import how_to_label


class Samples(Protocol):
    """Whatever gives a tensor by number, such as an `ImageSource`.

    It may also have `fetch(indices)`, which gives a new tensor of samples (of uint8 pixels, which
    become floats in [-1, 1] later) and the indices of those they are; `blocks` (see
    `CounterSampler`); and `share()`, called before other processes read it.

    Attributes:
        name: short name.
        labels: class of each sample, int64 [N], or None.
    """

    @property
    def name(self) -> str: ...

    @property
    def labels(self) -> Tensor | None: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Tensor: ...


class _Key(NamedTuple):
    image: int  # its index in the source
    position: int  # its place in the run's stream of samples: what its chance depends on


class _KeyedBatches(Sampler[list[_Key]]):
    """The sampler's batches from `start`, each index with its place in the stream."""

    def __init__(self, sampler: CounterSampler, start: int) -> None:
        self._sampler = sampler
        self._start = start

    def __iter__(self) -> Iterator[list[_Key]]:
        for number in count(self._start):
            indices, positions = self._sampler.batch(number), self._sampler.positions(number)
            yield list(map(_Key, indices, positions))


class _Augmented(Dataset[Any]):
    """The source's samples, each flipped or not by a coin of its own, and their labels if asked."""

    def __init__(self, source: Samples, *, seed: int, flip: bool, labels: bool) -> None:
        self._source = source
        self._seed = seed
        self._flip = flip
        self._labels = source.labels if labels else None

    def __getitems__(self, keys: list[_Key], /) -> Tensor | tuple[Tensor, Tensor]:
        samples, indices = _fetch(self._source, [key.image for key in keys])
        if self._flip:
            for place, key in enumerate(keys):
                if _coin(sample_generator(self._seed, key.position)):
                    samples[place] = samples[place].flip(-1)
        return samples if self._labels is None else (samples, self._labels[indices])


class _Loader(DataLoader[Any]):
    """Pixels cross from the workers as bytes, a quarter of the floats' size."""

    def __iter__(self) -> Any:
        batches: Any = super().__iter__()
        try:
            for batch in batches:
                yield _as_floats(batch)
        finally:
            # An error's traceback keeps the workers; collected with it later, they would be waited
            # for five seconds each.
            getattr(batches, "_shutdown_workers", int)()


def _as_floats(batch: Any) -> Any:
    if isinstance(batch, tuple):
        return tuple(map(_as_floats, batch))
    tensor = batch if isinstance(batch, Tensor) else torch.from_numpy(batch)
    return to_float(tensor) if tensor.dtype == torch.uint8 else tensor


def _as_arrays(batch: Any) -> Any:
    """For the way from a worker: a tensor's shared memory costs twice what a pipe does."""
    return tuple(map(_as_arrays, batch)) if isinstance(batch, tuple) else batch.numpy()


def _as_it_is(batch: Any) -> Any:
    return batch


def _fetch(source: Samples, indices: list[int]) -> tuple[Tensor, list[int]]:
    """A batch that may be written to, and what is in it."""
    fetch = getattr(source, "fetch", None)
    if fetch is not None:
        return fetch(indices)
    return torch.stack([source[index] for index in indices]), indices


def _coin(generator: Generator) -> bool:
    return bool(torch.rand((), generator=generator) < 0.5)


def build_loader(
    source: Samples,
    batch_size: int,
    *,
    seed: int,
    start: int = 0,
    workers: int = 0,
    flip: bool = False,
    labels: bool = False,
    pin_memory: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> DataLoader[Any]:
    """Endless batches of samples, such as images [B, C, H, W] in [-1, 1].

    Batch k is the same whatever `start` and `workers` are, and the global random state is not
    touched.

    Args:
        source: the samples.
        batch_size: samples in a batch, on each rank.
        seed: order and flips.
        start: number of batches already taken, for a resumed run.
        workers: processes that read ahead; 0 reads in this one.
        flip: mirror each image, left to right, with probability 1/2.
        labels: batches are pairs [samples, labels], the labels int64 [B].
        pin_memory: batches in page-locked memory, for a copy to a GPU that nobody waits for.
        rank: number of this process.
        world_size: number of processes.

    Raises:
        ValueError: if a number is out of its range.
        DataError: if the source has no labels and they are asked for; while iterating, if an image
            cannot be read.
    """
    if workers < 0:
        raise ValueError(f"workers={workers} is not a number of processes; give at least 0.")
    if labels and source.labels is None:
        raise DataError(f"{source.name} has no labels; {how_to_label(source)}")
    sampler = CounterSampler(
        len(source),
        batch_size,
        seed=seed,
        start=start,
        rank=rank,
        world_size=world_size,
        blocks=getattr(source, "blocks", None),
    )
    if workers and hasattr(source, "share"):
        source.share()
    collate = _as_floats if pin_memory else _as_arrays if workers else _as_it_is
    return _Loader(
        _Augmented(source, seed=seed, flip=flip, labels=labels),
        batch_sampler=_KeyedBatches(sampler, start),
        collate_fn=collate,
        num_workers=workers,
        worker_init_fn=end_with_parent if workers else None,
        pin_memory=pin_memory,
        generator=Generator().manual_seed(seed),  # else each iterator draws from the global one
    )
