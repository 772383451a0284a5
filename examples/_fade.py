"""The learning rate's end."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def fade(optimizer: Optimizer, num_steps: int) -> None:
    """Let the learning rate fall to 0 over the second half, linearly, as pix2pix does.

    Without it the last few batches decide on the figures, whatever the number of stages.
    """
    schedule = LambdaLR(optimizer, lambda step: min(1.0, 2.0 * (1.0 - step / num_steps)))
    optimizer.register_step_post_hook(lambda *_: schedule.step())
