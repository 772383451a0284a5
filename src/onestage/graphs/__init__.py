"""The whole training step as one CUDA graph.

Small networks on a large GPU wait for Python: a step launches hundreds of kernels, one after the
other. `CapturedStep` records them once, forwards, backwards, optimisers and averages alike, and
replays them with one launch:

    def play(real):
        fake = generator(torch.randn(len(real), 100, device=real.device))
        opt_d.zero_grad(); opt_g.zero_grad()
        result = game.backward(real, fake)
        opt_d.step(); opt_g.step()
        return result.discriminator_loss, result.generator_loss

    step = CapturedStep(play, device=device)
    for real in loader:
        losses = step(real)

It fits because a planned step of `OneStage` makes the host wait for nothing. What it asks for:

* Optimisers with `capturable=True`; `zero_grad()` inside the step, so that gradients live in the
  graph.
* Random numbers from the device's default generator, or from generators that are passed as
  `generators=`: every replay then draws new ones.
* No decision in Python that changes from step to step: a replay runs no Python. Lazy penalties are
  decided so; `LazyGames` has a game for each set of them that is due, and each becomes a graph of
  its own. Learning rates are tensors if they change. Fisher's multiplier and LeCam's means, which
  learn in Python, cannot be recorded.

Where a step cannot be captured it is run eagerly, and `reason` says why; nothing is lost but speed.

This room imports the core alone.
"""

from onestage.graphs._captured import CapturedStep
from onestage.graphs._lazy import LazyGames

__all__ = ["CapturedStep", "LazyGames"]
