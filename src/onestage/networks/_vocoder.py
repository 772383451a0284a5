"""The generator of a vocoder (HiFi-GAN: Kong et al., NeurIPS 2020, arXiv 2010.05646)."""

from collections.abc import Sequence
from math import prod

from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import weight_norm

from onestage.networks._checks import check_positive
from onestage.networks._options import keeps_options

_SLOPE = 0.1
_STD = 0.01


def _conv(in_width: int, out_width: int, kernel: int, dilation: int = 1) -> nn.Module:
    """A weight-normalised convolution that keeps the length."""
    padding = dilation * (kernel - 1) // 2
    return _normalised(nn.Conv1d(in_width, out_width, kernel, dilation=dilation, padding=padding))


def _normalised(layer: nn.Conv1d | nn.ConvTranspose1d) -> nn.Module:
    nn.init.normal_(layer.weight, 0.0, _STD)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return weight_norm(layer)


class _Residual(nn.Module):
    """For each dilation: leaky ReLU, dilated conv, leaky ReLU, conv, added (appendix A)."""

    def __init__(self, width: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.dilated = nn.ModuleList(_conv(width, width, kernel, d) for d in dilations)
        self.plain = nn.ModuleList(_conv(width, width, kernel) for _ in dilations)

    def forward(self, maps: Tensor) -> Tensor:
        """[B, width, T] to the same shape."""
        for dilated, plain in zip(self.dilated, self.plain, strict=True):
            maps = maps + plain(leaky_relu(dilated(leaky_relu(maps, _SLOPE)), _SLOPE))
        return maps


class _Level(nn.Module):
    """A transposed convolution, then the mean of residual blocks of several receptive fields."""

    def __init__(
        self, in_width: int, stride: int, kernels: Sequence[int], dilations: Sequence[int]
    ) -> None:
        super().__init__()
        width, kernel = in_width // 2, 2 * stride
        padding, extra = (stride + 1) // 2, stride % 2  # an odd stride needs one sample more
        self.up = _normalised(
            nn.ConvTranspose1d(in_width, width, kernel, stride, padding, output_padding=extra)
        )
        self.blocks = nn.ModuleList(_Residual(width, kernel, dilations) for kernel in kernels)

    def forward(self, maps: Tensor) -> Tensor:
        """[B, in_width, T] to [B, in_width / 2, stride T]."""
        maps = self.up(leaky_relu(maps, _SLOPE))
        outputs = [block(maps) for block in self.blocks]
        return sum(outputs[1:], outputs[0]) / len(outputs)


@keeps_options
class VocoderGenerator(nn.Module):
    """Spectrograms to waveforms (Kong et al. 2020, section 2.2). Any strategy is exact with it.

    Each level stretches time and halves the width, down to `base_width`; its residual blocks of
    several receptive fields are averaged. Weight normalisation throughout, weights N(0, 0.01). The
    defaults are the paper's V1.

    Args:
        num_bands: bands of the spectrograms.
        base_width: channels of the map before the waveform.
        strides: samples that each level makes of one, at least 2; a frame gives their product,
            `hop_length`, which is kept as an attribute.
        kernels: odd kernel sizes of the residual blocks.
        dilations: dilations in each residual block.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        num_bands: int = 80,
        base_width: int = 32,
        strides: Sequence[int] = (8, 8, 2, 2),
        kernels: Sequence[int] = (3, 7, 11),
        dilations: Sequence[int] = (1, 3, 5),
    ) -> None:
        super().__init__()
        check_positive(num_bands=num_bands, base_width=base_width)
        _check_sequence("strides", strides, at_least=2)
        _check_sequence("kernels", kernels, at_least=1)
        _check_sequence("dilations", dilations, at_least=1)
        if any(kernel % 2 == 0 for kernel in kernels):
            raise ValueError(f"kernels={tuple(kernels)}: an even one shifts time; give odd ones.")
        self._num_bands = num_bands
        self.hop_length = prod(strides)
        widths = [base_width * 2**i for i in range(len(strides), -1, -1)]
        self.first = _conv(num_bands, widths[0], 7)
        self.levels = nn.Sequential(
            *[
                _Level(width, stride, kernels, dilations)
                for width, stride in zip(widths, strides, strict=False)
            ]
        )
        self.last = _conv(widths[-1], 1, 7)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Waveforms [B, 1, hop_length T] in [-1, 1] from spectrograms [B, num_bands, T]."""
        if spectrograms.ndim != 3 or spectrograms.shape[1] != self._num_bands:
            raise ValueError(
                f"spectrograms of shape {list(spectrograms.shape)} do not fit this generator; "
                f"give [batch, {self._num_bands}, frames]."
            )
        maps = self.levels(self.first(spectrograms))
        return self.last(leaky_relu(maps, _SLOPE)).tanh()


def _check_sequence(name: str, values: Sequence[int], *, at_least: int) -> None:
    if not values or min(values) < at_least:
        raise ValueError(
            f"{name}={tuple(values)}: give one or more numbers of at least {at_least}."
        )
