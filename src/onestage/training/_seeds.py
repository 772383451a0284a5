"""Independent streams of random numbers from one seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def derive_seed(seed: int, stream: str) -> int:
    """A 63-bit seed for the stream of that name, unrelated to its neighbours."""
    digest = hashlib.blake2b(f"{seed},{stream}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def seeded_generator(seed: int, stream: str) -> torch.Generator:
    """A CPU generator of its own: the same numbers for every device."""
    return torch.Generator().manual_seed(derive_seed(seed, stream))


def seed_after(returns: int, seed: int) -> int:
    """The seed of a run that has gone back so often; without that, its own.

    Other numbers than before, or the very steps that were not finite would come again.
    """
    return derive_seed(seed, f"return {returns}") if returns else seed


@contextmanager
def seeded(seed: int, stream: str, device: torch.device | None = None) -> Iterator[None]:
    """Code that draws from the global generators (weights, dropout, augmentation) draws seeded.

    The global state is as before afterwards.

    Args:
        seed: the run's.
        stream: which independent sequence of that seed.
        device: whose generator is meant besides the CPU's.
    """
    cuda = [device] if device is not None and device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        number = derive_seed(seed, stream)
        torch.default_generator.manual_seed(number)
        if cuda:
            with torch.cuda.device(device):
                torch.cuda.manual_seed(number)
        yield
