"""Handwritten digits: networks, a split, and a teacher that is trained within seconds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from onestage.apps.distillation._images import LabelledImages
from onestage.training import seeded

_NUM_DIGITS, _NUM_TEST = 1797, 397
_EPOCHS, _BATCH_SIZE, _LEARNING_RATE = 20, 64, 3e-3


class DigitsNet(nn.Module):
    """Three convolutions and a linear layer, for grey images of 16 or 8 pixels.

    Maps of 16 pixels are halved by maximum pooling after each convolution; of 8 pixels once, by
    the second convolution's stride.

    Args:
        base_width: channels of the first map; twice as many of the others.
        batch_norm: whether maps are normalised over the batch.
        num_classes: length of the logits.
        image_size: 16 or 8.

    Raises:
        ValueError: for another size.
    """

    def __init__(
        self, *, base_width: int, batch_norm: bool, num_classes: int = 10, image_size: int = 16
    ) -> None:
        super().__init__()
        if image_size not in (8, 16):
            raise ValueError(
                f"image_size={image_size} does not fit the digits' network; give 8 or 16."
            )
        pooled, wide = image_size == 16, 2 * base_width
        layers: list[nn.Module] = []
        for before, after, halved in ((1, base_width, 1), (base_width, wide, 2), (wide, wide, 1)):
            stride = 1 if pooled else halved
            layers.append(nn.Conv2d(before, after, 3, stride, 1, bias=not batch_norm))
            layers += [nn.BatchNorm2d(after)] if batch_norm else []
            layers += [nn.ReLU(), nn.MaxPool2d(2)] if pooled else [nn.ReLU()]
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(wide * (4 if pooled else 16), num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, num_classes] of images [B, 1, image_size, image_size]."""
        return self.head(self.features(images))


def digits_parts() -> tuple[Tensor, Tensor]:
    """Indices of the training and the test digits, 1,400 and 397, which no seed changes."""
    with seeded(0, "digits split"):
        order = torch.randperm(_NUM_DIGITS)
    return order[_NUM_TEST:], order[:_NUM_TEST]


def train_digits_teacher(
    network: nn.Module, train: LabelledImages, *, seed: int, epochs: int = _EPOCHS
) -> nn.Module:
    """Train a classifier on the training digits, on one thread.

    Args:
        network: with the weights to begin with; it is trained in place.
        train: the training digits.
        seed: decides the order.
        epochs: passes over the 1,400 digits.

    Returns:
        The network in eval mode on the CPU.
    """
    images, labels = train.take(torch.arange(len(train))), train.labels
    steps = epochs * len(images) // _BATCH_SIZE
    optimizer = torch.optim.Adam(network.train().parameters(), _LEARNING_RATE)
    schedule = OneCycleLR(optimizer, _LEARNING_RATE, total_steps=steps)
    with _one_thread(), seeded(seed, "digits teacher"), torch.enable_grad():
        for _ in range(steps):
            pick = torch.randint(len(images), (_BATCH_SIZE,))
            loss = F.cross_entropy(network(images[pick]), labels[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    optimizer.zero_grad()
    return network.eval()


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """The same bits wherever it is called from."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
