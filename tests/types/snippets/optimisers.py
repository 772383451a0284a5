"""Optimisers for one stage, alone and as one."""

import torch
from torch import Tensor, nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from typing_extensions import assert_type

from onestage import OneStage
from onestage.optim import JointOptimizer, Optimistic, OptimisticAdam, clip_weights_

discriminator, generator = nn.Linear(3, 1), nn.Linear(2, 3)
opt_d: Optimizer = OptimisticAdam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.99))
opt_g: Optimizer = Optimistic(SGD(generator.parameters(), lr=1e-3), optimism=0.5)
joint = JointOptimizer(opt_d, opt_g)
schedule = LambdaLR(joint, lambda step: 0.99**step)

step = OneStage(discriminator, "wasserstein").backward(
    torch.randn(4, 3), generator(torch.randn(4, 2))
)
assert_type(joint.clip_grad_norms_(1.0, None), list[Tensor])
joint.step()
joint.zero_grad()
schedule.step()
clip_weights_(discriminator, 0.01)
clip_weights_(discriminator.parameters(), bound=0.01)
