"""The learning rate's end."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def fade(num_steps: int, *optimizers: Optimizer) -> None:
    """Let the learning rates fall to 0 over the second half, linearly, as pix2pix does.

    Without it the last few batches decide on the figures, whatever the number of stages.
    """
    for optimizer in optimizers:
        schedule = LambdaLR(optimizer, lambda step: max(0.0, min(1.0, 2 - 2 * step / num_steps)))
        optimizer.register_step_post_hook(lambda *_, schedule=schedule: schedule.step())
