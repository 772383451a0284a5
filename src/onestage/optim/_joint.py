"""Several optimisers as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from onestage.optim._closure import evaluate


class JointOptimizer(Optimizer):
    """Steps several optimisers together, so that a gradient scaler steps or skips them as one.

        joint = JointOptimizer(opt_d, opt_g)
        game.backward(real, fake, scale=scaler.scale(one))
        scaler.step(joint)        # one look for inf over both players; both move, or neither
        scaler.update()

    The parameter groups are those of the optimisers themselves: a learning-rate schedule may act on
    either. If all of them handle a skipped step inside a fused kernel, the host never waits;
    otherwise it waits once per step, for the scaler's `found_inf`.

    Args:
        optimizers: one or more that share no parameter.

    Raises:
        ValueError: for no optimiser, or a parameter that two of them share.
    """

    def __init__(self, *optimizers: Optimizer) -> None:
        if not optimizers:
            raise ValueError("JointOptimizer() has nothing to step: give at least one optimiser.")
        self.optimizers = optimizers
        _check_shared_by_none(optimizers)
        super().__init__(self.param_groups, defaults={})
        self._step_supports_amp_scaling = all(
            getattr(optimizer, "_step_supports_amp_scaling", False) for optimizer in optimizers
        )

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The optimisers' own, as they are now: one may have loaded or been given others."""
        return [group for optimizer in self.optimizers for group in optimizer.param_groups]

    @param_groups.setter
    def param_groups(self, groups: list[dict[str, Any]]) -> None:
        """Nothing to do: the base class's constructor begins with an empty list."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add the group to one of the optimisers instead; it is then seen here as well.

        Raises:
            ValueError: always, once the optimisers are joined: it would be of none of them.
        """
        if hasattr(self, "_step_supports_amp_scaling"):
            raise ValueError(
                "A JointOptimizer has no groups of its own. Add the group to one of its optimisers."
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of each; returns what the closure returns."""
        loss = evaluate(closure)
        names = ("grad_scale", "found_inf")  # what a GradScaler hangs on a fused optimiser
        scaling: dict[str, Any] = {name: vars(self)[name] for name in names if name in vars(self)}
        for optimizer in self.optimizers:
            vars(optimizer).update(scaling)
            try:
                optimizer.step()
            finally:
                for name in scaling:
                    delattr(optimizer, name)
        return loss

    def clip_grad_norms_(self, *max_norms: float | None) -> list[Tensor]:
        """Clip each optimiser's gradients by their own norm, in place.

        With a gradient scaler, after `scaler.unscale_(joint)`.

        Args:
            max_norms: one per optimiser, in order; None clips nothing.

        Returns:
            The norms before, 0-dim tensors, one per optimiser. The host does not wait.

        Raises:
            ValueError: for another number of norms than optimisers.
        """
        if len(max_norms) != len(self.optimizers):
            raise ValueError(
                f"{len(max_norms)} norms for {len(self.optimizers)} optimisers: give one for each, "
                "in their order; None clips nothing."
            )
        norms = []
        for optimizer, bound in zip(self.optimizers, max_norms, strict=True):
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            gradients = [p.grad for p in parameters if p.grad is not None]
            norms.append(nn.utils.get_total_norm(gradients))
            if bound is not None:
                nn.utils.clip_grads_with_norm_(parameters, bound, norms[-1])
        return norms

    def state_dict(self) -> dict[str, Any]:
        """The optimisers' own states, in order."""
        return {"optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave.

        Raises:
            ValueError: if it holds another number of optimisers.
        """
        states = state_dict["optimizers"]
        if len(states) != len(self.optimizers):
            raise ValueError(
                f"The state holds {len(states)} optimisers, and this one has "
                f"{len(self.optimizers)}. Build it from as many as it was saved with."
            )
        for optimizer, state in zip(self.optimizers, states, strict=True):
            optimizer.load_state_dict(state)


def _check_shared_by_none(optimizers: Sequence[Optimizer]) -> None:
    parameters = [p for o in optimizers for group in o.param_groups for p in group["params"]]
    if len({id(p) for p in parameters}) < len(parameters):
        raise ValueError(
            "Two of the optimisers have a parameter in common, which would be stepped twice. Give "
            "each of them the parameters of its own player."
        )
