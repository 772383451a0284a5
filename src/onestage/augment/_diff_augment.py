"""DiffAugment."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from onestage.augment._checks import check_images, check_names, split_names
from onestage.augment._diff_policies import POLICIES
from onestage.augment._draw import Draw, widened


class DiffAugment(nn.Module):
    """Differentiable augmentation (Zhao et al., NeurIPS 2020, arXiv 2006.10738) at full strength.

    Every image draws its own transformations at every call; in `eval()` images pass unchanged.

    Args:
        policy: names with commas between them, applied in this order. "color": brightness,
            saturation, contrast. "translation": by up to 1/8. "cutout": a rectangle of half height
            and width. What is moved in or cut out is 0, the middle of [-1, 1].
        generator: draws them. With one that is seeded alike in all processes of a run they are
            those of one process on the whole batch; by default each process draws by itself, from
            torch's global generator.

    Raises:
        ValueError: for a policy that is empty or not known.
    """

    def __init__(
        self,
        policy: str = "color,translation,cutout",
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        names = split_names(policy)
        check_names(policy, names, list(POLICIES))
        self.policy = ",".join(names)
        self.generator = generator

    def forward(self, images: Tensor) -> Tensor:
        """Images [B, C, H, W], of any C, to others of the same shape and type."""
        check_images(images)
        if not self.training:
            return images
        augmented = widened(images)
        for name in self.policy.split(","):
            augmented = POLICIES[name](augmented, Draw(augmented, self.generator))
        return augmented.to(images.dtype)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"policy={self.policy!r}"
