"""What a feature network with classes sees."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def count_classes(network: nn.Module, features: Tensor) -> tuple[float | None, float | None]:
    """Share of the class generated least, and mean confidence.

    Args:
        network: with `classify(features [N, F]) -> logits [N, C]`; of others nothing is known.
        features: [N, F].

    Returns:
        Two shares, or None and None.
    """
    classify = getattr(network, "classify", None)
    if classify is None:
        return None, None
    place = next(network.parameters(), features)
    logits = classify(features.to(place.device, place.dtype)).double().cpu()
    counts = logits.argmax(dim=1).bincount(minlength=logits.shape[1])
    return counts.min().item() / len(logits), logits.softmax(dim=1).amax(dim=1).mean().item()
