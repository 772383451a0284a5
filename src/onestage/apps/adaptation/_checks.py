"""What a `DomainAdaptation` refuses."""

from __future__ import annotations

from torch import Tensor


def check_name(what: str, name: str, known: tuple[str, ...]) -> None:
    """Raise `ValueError` for a name that is none of the known ones."""
    if name not in known:
        raise ValueError(f"Unknown {what} {name!r}. Known: {', '.join(known)}.")


def check_penalty(objective: str, weight: float | None) -> None:
    """Raise `ValueError` for a critic that nothing is said to keep Lipschitz."""
    if objective == "wasserstein" and weight is None:
        raise ValueError(
            'The objective "wasserstein" needs a Lipschitz critic; give gradient_penalty=10, or 0 '
            "where its weights are clipped or spectrally normalised."
        )


def check_logits(logits: Tensor) -> None:
    """Raise `ValueError` for logits by class where one per sample, or per place, is meant.

    [B], [B, 1] and maps [B, 1, H, W] are one; so is [B, H, W], a map without its channel.
    """
    by_class = logits.ndim != 3 and logits.ndim > 1 and logits.shape[1] != 1
    if by_class:
        raise ValueError(
            f"The domain discriminator gives outputs of shape {tuple(logits.shape)}, and one logit "
            "per sample is meant, [B] or [B, 1], or a map of them, [B, 1, H, W]: higher for the "
            "source. Two logits and a softmax are one logit, their difference; let the last layer "
            "have one output."
        )


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
