"""The whole check."""

from __future__ import annotations

from dataclasses import dataclass, field

from onestage._reference import restored
from onestage._tree import tensors
from onestage.bench import Phase, list_phases
from onestage.check._cost import Cost, measure_cost
from onestage.check._coupling import coupled_modules
from onestage.check._subject import Subject
from onestage.testing import Exactness, measure_exactness


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        exactness: both players' errors, the strategy and why.
        coupled: the modules that couple samples.
        costs: by method.
        phases: the kinds of steps that lazy penalties make, the most frequent first.
    """

    exactness: Exactness
    coupled: list[str]
    costs: dict[str, Cost]
    phases: list[Phase] = field(default_factory=list)

    def ratio(self, quantity: str, method: str = "two-stage-tuned") -> float:
        """How many times more a two-stage method takes of "flops", "seconds" or "peak_bytes"."""
        theirs, ours = self.costs[method], self.costs["one-stage"]
        # Networks without a convolution or a matrix product have no operations that are counted.
        return getattr(theirs, quantity) / max(getattr(ours, quantity), 1e-30)


def check_subject(subject: Subject, *, strategy: str = "auto", rounds: int = 10) -> Report:
    """Hold one stage against two on the user's own networks and batch.

    Nothing is changed: `.grad`, buffers, random state and what a loss or penalty has learned stay
    as they are.

    Args:
        subject: the game.
        strategy: as in `OneStage`.
        rounds: how often each method is timed.

    Raises:
        ValueError: what `OneStage` and its `backward` raise.
    """
    with restored(subject.generator):  # to the end: its graph has saved its buffers
        fake = subject.generator(*subject.inputs)
        exactness = measure_exactness(
            subject.discriminator,
            subject.loss,
            subject.real,
            fake,
            real_args=subject.real_args,
            fake_args=subject.fake_args,
            penalties=subject.penalties,
            strategy=strategy,
        )
        is_batch = next(x.shape[0] for x in tensors(fake) if x.ndim) > 1
        coupled = (
            coupled_modules(subject.discriminator, fake, subject.fake_args) if is_batch else []
        )
    costs = measure_cost(subject, strategy=strategy, rounds=rounds)
    return Report(exactness, coupled, costs, list_phases(subject.penalties))
