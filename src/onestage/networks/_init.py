"""Initial weights."""

from torch import nn

_STD = 0.02
_NORMS = (nn.BatchNorm2d, nn.GroupNorm)
_LINEAR = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def init_normal_(module: nn.Module) -> None:
    """Draws every weight of `module` as DCGAN does (Radford et al. 2016, section 4).

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
