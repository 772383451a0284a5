"""The two stages of alternating training, in plain PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from onestage._dtypes import at_least_float32
from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan.methods._base import mean_of
from onestage.engine import ShardedParts, no_sync
from onestage.losses import JointLoss, SeparableLoss
from onestage.penalties import AnyPenalty, OutputPenalty, PenaltyBetween, Side, value_on
from onestage.training import Memory


class _Side(NamedTuple):
    outputs: Tensor  # D's
    penalties: dict[str, Tensor]
    penalty: Tensor | float  # their sum, each as many times as steps it stands for


class DiscriminatorStage:
    """D's forwards, backwards and update.

    With a separable loss the real side is done before D sees the fakes, so that one graph of D is
    alive at a time.

    Args:
        players: the game.

    Attributes:
        updates: updates done; decides when a lazy penalty is due.
    """

    def __init__(self, players: Players) -> None:
        self._players = players
        self.updates = 0

    def __call__(self, batch: Batch, fakes: Sequence[Tensor]) -> dict[str, Tensor]:
        """One update of D; what it measured.

        Args:
            batch: real samples.
            fakes: as many, detached, in the parts that the batch is computed in.
        """
        players = self._players
        memory = Memory(players.discriminator)  # G's graph may still be needed
        players.discriminator_optimizer.zero_grad()
        parts = zip(players.parts(batch), fakes, strict=True)
        measured = mean_of([self._part(part, fake) for part, fake in parts])
        players.update(measured, memory, "discriminator")
        self.updates += 1
        return measured

    def earlier_updates(self, batches: Sequence[Batch]) -> list[Tensor]:
        """Updates of D alone, with fakes of their own; whether each could be done."""
        return [
            self(batch, make_fakes(self._players, batch, attached=False))["finite"]
            for batch in batches
        ]

    def state_dict(self) -> dict[str, Any]:
        """The number of updates, on which lazy penalties depend, and what has its own state."""
        return {
            "updates": self.updates,
            "own": {name: part.state_dict() for name, part in self._stateful().items()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.updates = state["updates"]
        for name, part in self._stateful().items():
            part.load_state_dict(state["own"][name])

    def _stateful(self) -> dict[str, Any]:
        players = self._players
        found: dict[str, Any] = {
            p.name: p for p in players.penalties if isinstance(p, OutputPenalty)
        }
        return found if players.loss.state is None else {**found, "loss": players.loss.state}

    def _part(self, batch: Batch, fake: Tensor) -> dict[str, Tensor]:
        sharded = ShardedParts([self._players.discriminator])
        with sharded.unexchanged():
            measured = self._backward(batch, fake)
            sharded.exchange()
            sharded.settle()
        return measured

    def _backward(self, batch: Batch, fake: Tensor) -> dict[str, Tensor]:
        loss, share = self._players.loss, 1 / self._players.accumulation
        if isinstance(loss, SeparableLoss):
            # Processes exchange gradients once, in the fakes' backward.
            with no_sync(self._players.discriminator):
                real_side = self._forward(batch.real, batch, "real")
                real_loss = loss.real(real_side.outputs)
                ((real_loss + real_side.penalty) * share).backward()
            fake_side = self._forward(fake, batch, "fake")
            fake_loss = loss.fake(fake_side.outputs)
            total = real_loss.detach() + fake_loss
            rest = fake_loss + fake_side.penalty
        else:
            real_side = self._forward(batch.real, batch, "real")
            fake_side = self._forward(fake, batch, "fake")
            total = loss.discriminator_loss(real_side.outputs, fake_side.outputs)
            rest = total + real_side.penalty + fake_side.penalty
        between = self._between(batch, fake)
        ((rest + between.penalty) * share).backward()
        real_outputs, fake_outputs = real_side.outputs.detach(), fake_side.outputs.detach()
        self._learn(real_outputs, fake_outputs)
        return {
            "discriminator_loss": total.detach(),
            "finite": total.detach().isfinite(),
            "real_score": real_outputs.mean(),
            "fake_score": fake_outputs.mean(),
            **_added(real_side.penalties, fake_side.penalties),
            **between.penalties,
        }

    def _learn(self, real_outputs: Tensor, fake_outputs: Tensor) -> None:
        """Whatever has a state of its own sees D's outputs, detached."""
        players = self._players
        if players.loss.commit is not None:
            players.loss.commit(real_outputs, fake_outputs)
        for penalty in players.penalties:
            if isinstance(penalty, OutputPenalty):
                penalty.commit(real_outputs, fake_outputs)
        players.watch(real_outputs)

    def _forward(self, sample: Tensor, batch: Batch, side: Side) -> _Side:
        due = [penalty for penalty in self._due() if penalty.branch in (side, "outputs")]
        needs_gradient = any(penalty.branch == side for penalty in due)
        sample = sample.detach().requires_grad_(needs_gradient)
        with self._players.autocast():
            outputs = at_least_float32(self._players.discriminator(sample, *batch.arguments))
        values = [(penalty, value_on(side, penalty, sample, outputs)) for penalty in due]
        return _Side(
            outputs,
            {penalty.name: value.detach() for penalty, value in values if value is not None},
            sum(penalty.every * value for penalty, value in values if value is not None),
        )

    def _due(self) -> list[AnyPenalty]:
        return [p for p in self._players.penalties if self.updates % p.every == 0]

    def _between(self, batch: Batch, fake: Tensor) -> _Side:
        """The penalties with points of their own."""
        outputs, penalties, total = fake, {}, torch.zeros((), device=fake.device)
        for penalty in self._due():
            if isinstance(penalty, PenaltyBetween):
                points = penalty.points(batch.real, fake.detach()).detach().requires_grad_()
                with self._players.autocast():
                    outputs = self._players.discriminator(points, *batch.arguments)
                value = penalty(points, at_least_float32(outputs))
                penalties[penalty.name] = value.detach()
                total = total + penalty.every * value
        return _Side(outputs, penalties, total)


def _added(first: dict[str, Tensor], second: dict[str, Tensor]) -> dict[str, Tensor]:
    """The values of both sides; those of a penalty on both are added."""
    both = first.keys() & second.keys()
    return {**first, **second, **{name: first[name] + second[name] for name in both}}


def make_fakes(players: Players, batch: Batch, *, attached: bool) -> list[Tensor]:
    """G's samples for the parts of a batch."""
    with torch.set_grad_enabled(attached), players.autocast():
        return [players.fake(part) for part in batch.split(players.accumulation)]


def generator_stage(
    players: Players,
    memory: Memory,
    batch: Batch,
    fakes: Sequence[Tensor],
    measured: dict[str, Tensor],
) -> dict[str, Tensor]:
    """G's backward through D as it is now, and G's update.

    Args:
        players: the game.
        memory: from before G made the fakes.
        batch: real samples, for losses that compare; D sees them without a graph.
        fakes: G's samples for the parts of the batch, with their graph.
        measured: by D's stage; G does not move either where that was not finite.

    Returns:
        What both stages measured.
    """
    players.generator_optimizer.zero_grad()
    cut = [fake.detach().requires_grad_() for fake in fakes]
    parts = zip(batch.split(players.accumulation), cut, strict=True)
    loss = torch.stack([_to_the_fakes(players, part, fake) for part, fake in parts]).mean()
    # Through G once, with the graphs of all parts: processes exchange its gradients once.
    torch.autograd.backward(fakes, [fake.grad for fake in cut])
    # What was gathered while D was frozen is frozen.
    players.sharing.settle(players.discriminator)
    both = {**measured, "generator_loss": loss, "finite": measured["finite"] & loss.isfinite()}
    players.update(both, memory, "generator")
    return both


def _to_the_fakes(players: Players, part: Batch, fake: Tensor) -> Tensor:
    """L_G's adversarial term; the gradient of all of L_G is added to the fake's."""
    loss, real_outputs = players.loss, None
    # D's gradients, where there are any, are for nobody: no process waits for those of another.
    with no_sync(players.discriminator):
        with players.autocast():
            if isinstance(loss, JointLoss):
                with torch.no_grad():
                    outputs = players.discriminator(part.real, *part.arguments)
                    real_outputs = at_least_float32(outputs)
            fake_outputs = at_least_float32(players.discriminator(fake, *part.arguments))
        value = loss.generator_loss(real_outputs, fake_outputs)
        terms = players.generator_terms(part, fake)
        total = value if terms is None else value + terms
        (total / players.accumulation).backward()
    ShardedParts([players.discriminator]).forget_kept()
    return value.detach()


def with_earlier(measured: dict[str, Tensor], finite: Sequence[Tensor]) -> dict[str, Tensor]:
    """The measurements of an iteration, and whether all of its updates could be done."""
    return {**measured, "finite": torch.stack([*finite, measured["finite"]]).all()}
