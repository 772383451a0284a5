"""State dicts of others, and whether they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

_WRAPPERS = ("module.", "_orig_mod.")  # DataParallel's and torch.compile's
_NAMED = 3


def unwrapped(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights without what wrappers around the whole network put before every name."""
    found = dict(weights)
    while found:
        prefix = next((p for p in _WRAPPERS if all(name.startswith(p) for name in found)), None)
        if prefix is None:
            break
        found = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return found


def misfit(network: nn.Module, weights: Mapping[str, Tensor]) -> str:
    """What keeps a network from having these weights, in a few words; nothing where they fit."""
    own = network.state_dict()
    shapes = [
        f"{name} {_shape(weights[name])} for {_shape(own[name])}"
        for name in own
        if name in weights and weights[name].shape != own[name].shape
    ]
    found = {
        "missing": [name for name in own if name not in weights],
        "unknown": [name for name in weights if name not in own],
        "of another shape": shapes,
    }
    return "; ".join(f"{what}: {_few(names)}" for what, names in found.items() if names)


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    text = ", ".join(names[:_NAMED])
    return f"{text} and {more} more" if more > 0 else text
