"""The teacher: differentiated by its input, never by its weights."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from onestage._dtypes import at_least_float32
from onestage._frozen import frozen
from onestage.apps.distillation._seen import Moments, Seen
from onestage.engine import graph_leaves, root_modules


class Teacher:
    """Runs a trained network such that no step can go wrong without a word.

    Its weights get no gradient, whether or not anybody froze them. That the generator's gradient
    comes through it is checked at every step: distilled with a detached teacher, a student ends
    far below one that was shown noise.

    Args:
        network: any callable from samples [B, ...] to logits [B, K].

    Raises:
        ValueError: if it is in train mode, or no callable.
    """

    def __init__(self, network: Callable[[Tensor], Tensor]) -> None:
        if not callable(network):
            raise ValueError(f"The teacher must be callable, not {network!r}.")
        self._network = network
        self._modules = root_modules(network)
        # A walk over all modules at every step would cost more than a small teacher does.
        self._layers = [module for root in self._modules for module in root.modules()]
        self._weights = [p for root in self._modules for p in root.parameters()]
        self._is_checked = False
        self.check_mode()

    def check_mode(self) -> None:
        """Raise `ValueError` if a part of it is in train mode."""
        if not any(layer.training for layer in self._layers):
            return
        for name, module in self._parts():
            if module.training:
                where = f"its layer {name} ({_kind(module)})" if name else "it"
                raise ValueError(
                    f"The teacher is not fixed: {where} is in train mode, where BatchNorm would "
                    "take the generator's statistics and Dropout would make its answers random. "
                    "Call teacher.eval() first."
                )

    def __call__(self, samples: Tensor) -> Tensor:
        """Logits of samples; nothing is trained through them where gradients are off."""
        with frozen(self._weights):
            return self._network(samples)

    def look(
        self,
        samples: Tensor,
        *,
        moments: bool = False,
        features: bool = False,
        trained: bool = False,
    ) -> Seen:
        """The same for the generator's step, with what lies within.

        Args:
            samples: what the generator made, attached.
            moments: whether the BatchNorm layers' are wanted.
            features: whether the input of the last linear layer is.
            trained: whether its weights are to get gradients as well, as in published code.

        Raises:
            ValueError: if the logits do not depend on the samples, depend on weights that were
                not found, or there is no layer that was asked for.
        """
        found: list[Moments] = []
        inputs: list[Tensor] = []
        with contextlib.ExitStack() as stack:
            if moments:
                stack.enter_context(_hooked(self._batch_norms(), _note_moments(found)))
            if features:
                last = self._last_linear()
                stack.enter_context(_hooked([last], lambda _, x: inputs.append(x[0])))
            logits = self._network(samples) if trained else self(samples)
        if not trained:
            self._check(samples, logits)
        return Seen(logits, found, inputs[-1].flatten(1) if inputs else None)

    def _check(self, samples: Tensor, logits: Tensor) -> None:
        # With frozen weights the logits have a graph exactly if they depend on the samples.
        if not logits.requires_grad:
            raise ValueError(
                "The teacher is not differentiable: its logits do not depend on the samples by "
                "a graph, so half of the generator's gradient would be missing. Look for "
                "no_grad(), inference_mode(), detach() or a cast to integers in it; its weights "
                "get no gradient here anyway."
            )
        if not self._is_checked:
            own = {id(leaf) for leaf in graph_leaves([samples])}
            if any(id(leaf) not in own for leaf in graph_leaves([logits])):
                raise ValueError(
                    "The teacher has weights that could not be found, and would be given "
                    "gradients. Pass the nn.Module itself, or requires_grad_(False) to it."
                )
            self._is_checked = True

    def _parts(self) -> Iterator[tuple[str, nn.Module]]:
        for root in self._modules:
            parts = list(root.named_modules())
            # The layer says more than the network that it is in.
            yield from sorted(parts, key=lambda part: any(True for _ in part[1].children()))

    def _batch_norms(self) -> list[nn.Module]:
        layers: list[nn.Module] = [
            m for _, m in self._parts() if isinstance(m, _BatchNorm) and m.running_mean is not None
        ]
        if not layers:
            raise ValueError(
                "The teacher has no BatchNorm layer with running statistics to hold the "
                "generator to; leave out BatchNormStatistics."
            )
        return layers

    def _last_linear(self) -> nn.Module:
        layers = [m for root in self._modules for m in root.modules() if isinstance(m, nn.Linear)]
        if not layers:
            raise ValueError(
                "The teacher has no linear layer to take features from; leave out Activation."
            )
        return layers[-1]


@contextlib.contextmanager
def _hooked(layers: Iterable[nn.Module], hook: Callable[[nn.Module, Any], Any]) -> Iterator[None]:
    handles = [layer.register_forward_pre_hook(_silent(hook)) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _silent(hook: Callable[[nn.Module, Any], Any]) -> Callable[[nn.Module, Any], None]:
    def note(module: nn.Module, inputs: Any) -> None:
        hook(module, inputs)

    return note


def _note_moments(found: list[Moments]) -> Callable[[nn.Module, Any], None]:
    def note(layer: Any, inputs: Any) -> None:
        x = at_least_float32(inputs[0])
        dims = [d for d in range(x.ndim) if d != 1]
        variance, mean = torch.var_mean(x, dims, correction=0)
        found.append(Moments(mean, variance, layer.running_mean, layer.running_var))

    return note


def _kind(module: nn.Module) -> str:
    return type(module).__name__
