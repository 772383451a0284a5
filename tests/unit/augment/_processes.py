"""Two processes that update one p; run by `tests/unit/augment/test_update.py`."""

from pathlib import Path

import torch
from tests._processes import leave
from torch import distributed

from onestage.augment import AdaptiveAugment


def worker(rank: int, world: int, folder: str) -> None:
    """Save the p of each process after one update of 8 images each."""
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world
    )
    augment = AdaptiveAugment(p=0.5, interval=1, ramp_images=256)
    logits = torch.ones(8)
    logits[: 4 * rank] = -1.0
    augment.update(logits)
    torch.save(augment.p.item(), Path(folder) / f"{rank}.pt")
    leave()
