"""D over the real and over the fake batch, and over the points between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from torch import Tensor, nn

from onestage._tree import Tree, detach, tensors
from onestage.engine._branch import Branch, run_branch
from onestage.engine._cotangents import Cotangents, cotangents, detached_outputs, evaluate
from onestage.engine._graph import GradientGuard
from onestage.engine._modules import no_sync
from onestage.engine._output_checks import check_logits_are_told, check_paired
from onestage.engine._output_terms import added, output_terms, with_terms
from onestage.engine._sides import Batch, Sides
from onestage.engine.strategies import add_vjp, pairs
from onestage.losses import AnyLoss, JointLoss, SeparableLoss
from onestage.penalties import GradientBased, OutputPenalty, Penalty, PenaltyBetween, Side


@dataclass(frozen=True)
class _RealSide:
    """What stays of the real side once its graph is done with, or handed on."""

    leaves: Tree = None
    outputs: Tree = None
    parameters: list[Tensor] = field(default_factory=list)
    penalties: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Referee:
    """Runs D over both sides of one call.

    Attributes:
        modules: those behind it.
        penalties: those that are due at this step.
        output_penalties: those of them that are functions of D's logits alone.
        scale: multiplies every gradient.
        guard: watches the parameters before their first gradient.
        input_gradient: whether the fakes want one.
    """

    discriminator: Callable[..., Tree]
    modules: Sequence[nn.Module]
    loss: AnyLoss
    penalties: list[Penalty]
    output_penalties: list[OutputPenalty]
    scale: float | Tensor
    guard: GradientGuard
    input_gradient: bool

    def run(self, real: Batch | None, fake: Batch) -> Sides:
        """Real first, then fake, then the points between them."""
        if isinstance(self.loss, JointLoss):
            sides = self._joint(self.loss, real, fake)
        else:
            sides = self._separable(self.loss, real, fake)
        for penalty in self.penalties:
            if isinstance(penalty, GradientBased):
                check_logits_are_told(self.loss, penalty.name, sides.fake.outputs, sides.f)
        return self._with_points_between(sides, real, fake)

    def _separable(self, loss: SeparableLoss, real: Batch | None, fake: Batch) -> Sides:
        """The real side's backward is done before D sees the fakes: one graph of D at a time."""
        real_loss, done = None, _RealSide()
        if real is not None:
            # One all-reduce per step: a distributed wrapper waits for the fakes.
            with no_sync(self.discriminator, *self.modules):
                real_loss, done = self._real_backward(loss, real)
        fakes = self._branch(fake, "fake")
        leaves = detached_outputs(fakes.outputs, differentiable=True)
        fake_loss = evaluate("The loss of D on fake samples", loss.fake, leaves)
        terms = self._terms(fake=leaves)
        f = self._cotangents(fake_loss, terms, leaves)
        total = fake_loss if real_loss is None else real_loss + fake_loss
        return self._sides(fakes, leaves, f, total, added(done.penalties, terms), done, [])

    def _real_backward(self, loss: SeparableLoss, real: Batch) -> tuple[Tensor, _RealSide]:
        branch = self._branch(real, "real")
        leaves = detached_outputs(branch.outputs, differentiable=True)
        value = evaluate("The loss of D on real samples", loss.real, leaves)
        terms = self._terms(real=leaves)
        c = self._cotangents(value, terms, leaves)
        value = value.detach()
        penalties = branch.penalty_roots(self.scale)
        roots = [*pairs(tensors(branch.outputs), c), *penalties]
        add_vjp(roots, branch.parameters if penalties else None)
        return value, _real_side(branch, leaves, terms)

    def _joint(self, loss: JointLoss, real: Batch | None, fake: Batch) -> Sides:
        """Both graphs at once, walked back together."""
        reals = None if real is None else self._branch(real, "real")
        fakes = self._branch(fake, "fake")
        leaves = detached_outputs(fakes.outputs, differentiable=True)
        if reals is None:
            value = evaluate("The loss of D", loss.discriminator, None, leaves)
            f = self._cotangents(value, {}, leaves)
            return self._sides(fakes, leaves, f, value, {}, _RealSide(), [])
        if loss.paired:
            check_paired(loss.logits(reals.outputs), loss.logits(fakes.outputs))
        real_leaves = detached_outputs(reals.outputs, differentiable=True)
        value = evaluate("The loss of D", loss.discriminator, real_leaves, leaves)
        terms = self._terms(real=real_leaves, fake=leaves)
        of_both = self._cotangents(value, terms, (real_leaves, leaves))
        real_outputs = tensors(reals.outputs)
        c, f = of_both[: len(real_outputs)], of_both[len(real_outputs) :]
        others = [*pairs(real_outputs, c), *reals.penalty_roots(self.scale)]
        done = _real_side(reals, real_leaves, {})
        return self._sides(fakes, leaves, f, value, added(done.penalties, terms), done, others)

    def _terms(self, **sides: Tree) -> dict[str, Tensor]:
        return output_terms(self.output_penalties, self.loss.logits, cast(dict[Side, Tree], sides))

    def _cotangents(self, loss: Tensor, terms: dict[str, Tensor], leaves: Tree) -> Cotangents:
        """Of a loss and of penalties on detached outputs, times the scale."""
        return cotangents(with_terms(loss, self.output_penalties, terms), leaves, self.scale)

    def _sides(
        self,
        fakes: Branch,
        leaves: Tree,
        f: Cotangents,
        loss: Tensor,
        penalties: dict[str, Tensor],
        real: _RealSide,
        others: list[tuple[Tensor, Tensor]],
    ) -> Sides:
        return Sides(
            fake=fakes,
            fake_leaves=leaves,
            real_leaves=real.leaves,
            f=f,
            others=[*others, *fakes.penalty_roots(self.scale)],
            parameters=_union(real.parameters, fakes.parameters),
            loss=loss.detach(),
            penalties={name: value.detach() for name, value in penalties.items()} | _values(fakes),
            real_outputs=real.outputs,
        )

    def _with_points_between(self, sides: Sides, real: Batch | None, fake: Batch) -> Sides:
        """Each penalty that has points of its own runs D on them, in the fakes' walk back."""
        for penalty in self.penalties:
            if penalty.branch == "between" and isinstance(penalty, PenaltyBetween):
                assert real is not None  # checked before anything was run
                points = penalty.points(detach(real[0]), detach(fake[0]))
                branch = self._run((points, real[1]), "real", [penalty], input_gradient=False)
                sides = replace(
                    sides,
                    others=[*sides.others, *branch.penalty_roots(self.scale)],
                    parameters=_union(sides.parameters, branch.parameters),
                    penalties={**sides.penalties, **_values(branch)},
                )
        return sides

    def _branch(self, batch: Batch, side: str) -> Branch:
        attached = self.input_gradient and side == "fake"
        penalties = [penalty for penalty in self.penalties if penalty.branch == side]
        branch = self._run(batch, side, penalties, input_gradient=attached)
        if attached and not branch.depends_on_input:
            raise ValueError(
                "The discriminator's output does not depend on the fake: no gradient can reach "
                "the generator. Look for a detach(), no_grad() or a cast to integers in D."
            )
        return branch

    def _run(
        self, batch: Batch, side: str, penalties: list[Penalty], *, input_gradient: bool
    ) -> Branch:
        sample, conditions = batch
        branch = run_branch(
            self.discriminator,
            sample,
            conditions,
            side=side,
            input_gradient=input_gradient,
            penalties=penalties,
            logits=self.loss.logits,
        )
        self.guard.watch(branch.parameters)
        return branch


def _real_side(branch: Branch, leaves: Tree, terms: dict[str, Tensor]) -> _RealSide:
    penalties = {name: value.detach() for name, value in terms.items()} | _values(branch)
    return _RealSide(detach(leaves), detach(branch.outputs), branch.parameters, penalties)


def _values(branch: Branch) -> dict[str, Tensor]:
    return {penalty.name: value.detach() for penalty, value in branch.penalties}


def _union(first: list[Tensor], second: list[Tensor]) -> list[Tensor]:
    return list({id(leaf): leaf for leaf in (*first, *second)}.values())
