"""Initial weights."""

import math
from collections.abc import Iterable

from torch import nn

_STD = 0.02
_NORMS = (nn.BatchNorm2d, nn.GroupNorm)
_LINEAR = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def init_normal_(module: nn.Module) -> None:
    """Draw every weight of `module` as DCGAN does (Radford et al. 2016, section 4).

    Weights are N(0, 0.02), biases 0. A normalisation's scale is centred on 1 instead, as in the
    authors' code: centred on 0 it would switch its feature map off.
    """
    for layer in module.modules():
        if isinstance(layer, _LINEAR):
            nn.init.normal_(layer.weight, 0.0, _STD)
        elif isinstance(layer, _NORMS):
            nn.init.normal_(layer.weight, 1.0, _STD)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def init_glorot_(module: nn.Module, *, unrectified: Iterable[nn.Module]) -> None:
    """Glorot's uniform weights, 3 x 3 convolutions with gain sqrt(2), as SNGAN's authors have it.

    Args:
        module: what is initialised.
        unrectified: convolutions that no ReLU goes before; gain 1, as for linear layers.
    """
    plain = set(unrectified)
    for layer in module.modules():
        if not isinstance(layer, (nn.Linear, nn.Conv2d)):
            continue
        rectified = isinstance(layer, nn.Conv2d) and layer not in plain
        nn.init.xavier_uniform_(layer.weight, gain=math.sqrt(2) if rectified else 1.0)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def init_he_(layer: nn.Linear | nn.Conv2d, *, gain: float = 1.0) -> None:
    """N(0, gain / sqrt(fan in)) for the weight (He et al., ICCV 2015, eq. 10); the bias 0."""
    fan_in = layer.weight[0].numel()
    nn.init.normal_(layer.weight, 0.0, gain / math.sqrt(fan_in))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
