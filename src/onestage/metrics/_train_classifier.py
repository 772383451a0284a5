"""How the digits classifier is trained."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR

from onestage.data import build_source
from onestage.metrics._classifier import DigitsClassifier
from onestage.metrics._images import resize

_IMAGE_SIZES = (16, 32, 64, 128)
MIN_ACCURACY = 0.98
_SIZE = 16
_NUM_HELD_OUT = 360  # of 1,797
_EPOCHS, _BATCH_SIZE, _LEARNING_RATE = 30, 64, 4e-3
_ROTATION, _ZOOM, _SHIFT, _NOISE = 0.15, 0.1, 0.08, 0.1


def train_digits_classifier(seed: int) -> tuple[DigitsClassifier, float]:
    """Train on four fifths of the real digits and measure on the rest.

    A generated image of 64 pixels reaches the classifier resized from 64 to 16. So the digits go
    the same way: up to each size that images are generated at, down to the classifier's own, and
    each sample of a batch by one of these ways.

    Returns:
        The classifier in eval mode, and its accuracy on held-out digits by the worst of these ways.
        Both are the same for a seed on one kind of machine.

    Raises:
        RuntimeError: if the accuracy is below 98 %.
    """
    images, labels = _digits()  # [ways, N, 1, 16, 16], [N]
    with _isolated(seed):
        order = torch.randperm(len(labels))
        held_out, trained_on = order[:_NUM_HELD_OUT], order[_NUM_HELD_OUT:]
        classifier = DigitsClassifier()
        _fit(classifier, images[:, trained_on], labels[trained_on])
        classifier.eval()
        _scale_features(classifier, images[0, trained_on])
        accuracy = _accuracy(classifier, images[:, held_out], labels[held_out])
    if accuracy < MIN_ACCURACY:
        raise RuntimeError(
            f"the digits classifier knows only {accuracy:.1%} of held-out digits, too few for "
            f"metrics ({MIN_ACCURACY:.0%} are needed); train it with another seed than {seed}."
        )
    return classifier, accuracy


@contextmanager
def _isolated(seed: int) -> Iterator[None]:
    """One thread and a random state of its own: the same bits wherever it is called from."""
    num_threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        # `torch.manual_seed` would seed the devices as well, which `fork_rng` does not undo here.
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.default_generator.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(num_threads)


def _digits() -> tuple[Tensor, Tensor]:
    sources = [build_source("digits", image_size=size) for size in _IMAGE_SIZES]
    ways = [
        resize(torch.stack([source[i] for i in range(len(source))]), _SIZE) for source in sources
    ]
    labels = sources[0].labels
    assert labels is not None
    return torch.stack(ways), labels


def _fit(classifier: DigitsClassifier, images: Tensor, labels: Tensor) -> None:
    num_ways, num_samples = images.shape[:2]
    num_steps = _EPOCHS * num_samples // _BATCH_SIZE
    optimizer = torch.optim.Adam(classifier.parameters(), _LEARNING_RATE)
    schedule = OneCycleLR(optimizer, _LEARNING_RATE, total_steps=num_steps)
    for _ in range(num_steps):
        index = torch.randint(num_samples, (_BATCH_SIZE,))
        way = torch.randint(num_ways, (_BATCH_SIZE,))
        logits = classifier.logits(_augment(images[way, index]))
        optimizer.zero_grad()
        F.cross_entropy(logits, labels[index]).backward()
        optimizer.step()
        schedule.step()


def _augment(images: Tensor) -> Tensor:
    """Small rotations, zooms and shifts, and noise, of images [B, 1, H, W] on black."""
    batch = len(images)
    angle, zoom = _uniform(_ROTATION, batch), 1 + _uniform(_ZOOM, batch)
    x, y = _uniform(_SHIFT, batch), _uniform(_SHIFT, batch)
    top = torch.stack([zoom * angle.cos(), -angle.sin(), x], dim=1)
    bottom = torch.stack([angle.sin(), zoom * angle.cos(), y], dim=1)
    maps = torch.stack([top, bottom], dim=1)  # [B, 2, 3]
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    # Outside the image grid_sample gives 0, and black is -1.
    moved = F.grid_sample(images + 1, grid, align_corners=False) - 1
    return moved + _NOISE * torch.randn_like(moved)


def _uniform(bound: float, count: int) -> Tensor:
    return bound * (2 * torch.rand(count) - 1)


@torch.no_grad()
def _scale_features(classifier: DigitsClassifier, images: Tensor) -> None:
    """Give the features of `images` a mean square of 1; the logits stay as they are."""
    classifier.scale.copy_(classifier(images).square().mean().sqrt())


@torch.no_grad()
def _accuracy(classifier: DigitsClassifier, images: Tensor, labels: Tensor) -> float:
    ways = [classifier.logits(way).argmax(dim=1) == labels for way in images]
    return min(hits.double().mean().item() for hits in ways)
