"""Hashes for provenance."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor, nn


class ImageHash:
    """SHA-256 of images in their order, at 8 bits: the last bit of a float differs by machine."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def update(self, images: Tensor) -> None:
        """Add images [N, C, H, W] in [-1, 1]."""
        self._hash.update(((images + 1) * 127.5).round().byte().cpu().numpy().tobytes())

    def hexdigest(self) -> str:
        """The hash of all images so far."""
        return self._hash.hexdigest()


def hash_tensors(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of named tensors: names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def hash_network(network: nn.Module) -> str:
    """SHA-256 of weights and buffers, of those too that its state leaves out."""
    return hash_tensors({**dict(network.named_buffers()), **network.state_dict()})
