"""What a `DomainAdaptation` refuses."""

from __future__ import annotations

from torch import Tensor


def check_name(what: str, name: str, known: tuple[str, ...]) -> None:
    """Raise `ValueError` for a name that is none of the known ones."""
    if name not in known:
        raise ValueError(f"Unknown {what} {name!r}. Known: {', '.join(known)}.")


def check_batch(source: Tensor, labels: Tensor, target: Tensor) -> None:
    """Raise `ValueError` for an empty batch, or labels that are not one per source sample."""
    for name, batch in (("source", source), ("target", target)):
        if not len(batch):
            raise ValueError(f"The {name} batch is empty; nothing can be aligned with it.")
    if labels.shape != source.shape[:1]:
        raise ValueError(
            f"labels have shape {tuple(labels.shape)} for {len(source)} source samples; give one "
            "class number for each."
        )


def check_classes(labels: Tensor, logits: Tensor) -> None:
    """Raise `ValueError` for a label that the classifier has no class for; the host waits."""
    least, most = labels.min().item(), labels.max().item()
    if logits.ndim != 2 or least < 0 or most >= logits.shape[1]:
        raise ValueError(
            f"The source has labels from {least} to {most}, and the classifier gives outputs of "
            f"shape {tuple(logits.shape)}: it must be [B, K] with K above every label. Build the "
            f"classifier with {int(most) + 1} classes or more."
        )
