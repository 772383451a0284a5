"""What a network asks of its options and inputs, in one sentence each."""

import torch
from torch import Tensor

SMALLEST_MAP = 4


def check_positive(**sizes: int) -> None:
    """Raise `ValueError` for an option that is below 1."""
    for name, value in sizes.items():
        if value < 1:
            raise ValueError(f"{name}={value} leaves nothing to learn; give at least 1.")


def count_halvings(image_size: int, smallest: int, largest: int, network: str) -> int:
    """How often an image of that size is halved until it is 4 x 4.

    Raises:
        ValueError: unless the size is a power of two between `smallest` and `largest`.
    """
    power_of_two = image_size > 0 and image_size & (image_size - 1) == 0
    if not power_of_two or not smallest <= image_size <= largest:
        sizes = [2**i for i in range(smallest.bit_length() - 1, largest.bit_length())]
        listed = ", ".join(map(str, sizes[:-1]))
        raise ValueError(
            f"image_size={image_size} does not fit {network}, which halves the image down to "
            f"4 x 4; choose {listed} or {sizes[-1]}."
        )
    return (image_size // SMALLEST_MAP).bit_length() - 1


def check_latents(latents: Tensor, latent_dim: int) -> None:
    """Raise `ValueError` unless `latents` is [B, latent_dim]."""
    if latents.ndim != 2 or latents.shape[1] != latent_dim:
        raise ValueError(
            f"latents of shape {list(latents.shape)} do not fit a generator with "
            f"latent_dim={latent_dim}; give [batch, {latent_dim}]."
        )


def check_images(images: Tensor, shape: tuple[int, int, int]) -> None:
    """Raise `ValueError` unless `images` is [B, *shape]."""
    if tuple(images.shape[1:]) != shape:
        raise ValueError(
            f"images of shape {list(images.shape)} do not fit this discriminator; give "
            f"[batch, {', '.join(map(str, shape))}], or build it for their size."
        )


def check_labels(labels: Tensor, num_classes: int, batch_size: int) -> None:
    """Raise `ValueError` unless `labels` is int64 [B] with values in 0 .. num_classes - 1.

    The values are looked at on the CPU alone: on an accelerator the look would make the host wait.
    There the lookup of a label that is out of range fails on the device.
    """
    if labels.dtype != torch.int64 or tuple(labels.shape) != (batch_size,):
        raise ValueError(
            f"labels of shape {list(labels.shape)} and type {labels.dtype} do not fit a batch of "
            f"{batch_size}; give one int64 label for each sample, [{batch_size}]."
        )
    if labels.device.type != "cpu" or torch.compiler.is_compiling() or batch_size == 0:
        return
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        raise ValueError(
            f"label {low if low < 0 else high} is out of range; with num_classes={num_classes} "
            f"labels are 0 to {num_classes - 1}."
        )
