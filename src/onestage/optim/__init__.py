"""Optimisers for simultaneous updates.

One stage updates both players from gradients at the same weights. With the momentum that
alternating updates are used to, that overshoots; `OptimisticAdam` corrects it at the cost of one
buffer, and `Optimistic` does the same around any other optimiser. `JointOptimizer` makes two
optimisers one, so that a gradient scaler steps or skips both players together. `clip_weights_`
keeps a Wasserstein critic Lipschitz.

This room imports torch and nothing else.
"""

from onestage.optim._clip import clip_weights_
from onestage.optim._joint import JointOptimizer
from onestage.optim._optimistic import Optimistic
from onestage.optim._optimistic_adam import OptimisticAdam

__all__ = ["JointOptimizer", "Optimistic", "OptimisticAdam", "clip_weights_"]
