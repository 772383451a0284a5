"""Two processes that update one p; run by `tests/unit/augment/test_update.py`."""

from pathlib import Path

import torch

from onestage.augment import AdaptiveAugment


def work(rank: int, world: int, folder: Path) -> None:
    """Save the p of each process after one update of 8 images each."""
    augment = AdaptiveAugment(p=0.5, interval=1, ramp_images=256)
    logits = torch.ones(8)
    logits[: 4 * rank] = -1.0
    augment.update(logits)
    torch.save(augment.p.item(), folder / f"{rank}.pt")
