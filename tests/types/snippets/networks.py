"""Networks, augmentation, and the check of a game of one's own."""

import torch
from torch import Tensor, nn
from typing_extensions import assert_type

from onestage.augment import AdaptiveAugment, Augmented, DiffAugment
from onestage.networks import (
    DCGANDiscriminator,
    DCGANGenerator,
    MLPDiscriminator,
    MLPGenerator,
    head_features,
    head_logits,
)
from onestage.testing import Exactness, assert_exact, measure_exactness

generator: nn.Module = DCGANGenerator(image_size=16, channels=3, latent_dim=8, base_width=4)
discriminator = DCGANDiscriminator(image_size=16, channels=3, base_width=4, norm="group")
assert_type(discriminator.forward(torch.randn(2, 3, 16, 16)), Tensor)

for augmentation in (DiffAugment(), AdaptiveAugment()):
    augmented = Augmented(discriminator, augmentation)
    augmented(torch.randn(2, 3, 16, 16))

points, critic = MLPGenerator(latent_dim=2), MLPDiscriminator()
real, fake = torch.randn(4, 2), points(torch.randn(4, 2))
assert_type(measure_exactness(critic, "hinge", real, fake), Exactness)
assert_exact(critic, "hinge", real, points(torch.randn(4, 2)))
LOGITS, FEATURES = head_logits, head_features
