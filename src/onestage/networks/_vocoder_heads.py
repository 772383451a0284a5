"""The discriminator of a vocoder: heads for periods and scales (Kong et al., NeurIPS 2020)."""

from collections.abc import Sequence
from math import gcd
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, leaky_relu, pad
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from onestage.networks._checks import check_positive

Head = dict[str, Any]  # "logits": [B, N]; "features": a list of tensors

_SLOPE = 0.1


def head_logits(outputs: list[Head]) -> list[Tensor]:
    """The logits of a `VocoderDiscriminator`'s output: the `logits=` of a loss."""
    return [head["logits"] for head in outputs]


def head_features(outputs: list[Head]) -> list[Tensor]:
    """All features of a `VocoderDiscriminator`'s output, for feature matching."""
    return [feature for head in outputs for feature in head["features"]]


def _judge(maps: Tensor, layers: nn.ModuleList, last: nn.Module) -> Head:
    features = []
    for layer in layers:
        maps = leaky_relu(layer(maps), _SLOPE)
        features.append(maps)
    return {"logits": last(maps).flatten(1), "features": features}


class PeriodHead(nn.Module):
    """A wave folded by `period` and looked at along each column (section 2.3, figure 2b)."""

    def __init__(self, period: int, base_width: int) -> None:
        super().__init__()
        self.period = period
        widths = [1, *[base_width * factor for factor in (1, 4, 16, 32, 32)]]
        strides = (3, 3, 3, 3, 1)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(widths[i], widths[i + 1], (5, 1), (stride, 1), (2, 0)))
            for i, stride in enumerate(strides)
        )
        self.last = weight_norm(nn.Conv2d(widths[-1], 1, (3, 1), 1, (1, 0)))

    def forward(self, waves: Tensor) -> Head:
        """Logits [B, N] and features from waves [B, 1, T]."""
        missing = -waves.shape[2] % self.period
        if missing:
            waves = pad(waves, (0, missing), "reflect")
        folded = waves.unflatten(2, (-1, self.period))  # [B, 1, T / period, period]
        return _judge(folded, self.layers, self.last)


class ScaleHead(nn.Module):
    """A wave as it is, by long grouped convolutions (section 2.3; MelGAN, Kumar et al. 2019)."""

    def __init__(self, base_width: int, *, spectral: bool) -> None:
        super().__init__()
        normalised = spectral_norm if spectral else weight_norm
        widths = [1, *[base_width * factor for factor in (4, 4, 8, 16, 32, 32, 32)]]
        kernels = (15, 41, 41, 41, 41, 41, 5)
        strides = (1, 2, 2, 4, 4, 1, 1)
        groups = (1, 4, 16, 16, 16, 16, 1)
        self.layers = nn.ModuleList(
            normalised(
                nn.Conv1d(
                    widths[i],
                    widths[i + 1],
                    kernel,
                    strides[i],
                    kernel // 2,
                    groups=gcd(groups[i], widths[i], widths[i + 1]),
                )
            )
            for i, kernel in enumerate(kernels)
        )
        self.last = normalised(nn.Conv1d(widths[-1], 1, 3, padding=1))

    def forward(self, waves: Tensor) -> Head:
        """Logits [B, N] and features from waves [B, 1, T]."""
        return _judge(waves, self.layers, self.last)


class VocoderDiscriminator(nn.Module):
    """Waves to a list of heads, each a dict of logits and features (Kong et al. 2020, sec. 2.3).

    One head for each period, then one for the wave, its half, its quarter ... Weight normalisation
    throughout, but spectral in the first scale head. The defaults are the paper's. Losses take
    the logits by `logits=head_logits`; `head_features` is what feature matching compares.

    Strategies:
        reversal, dual.

    Args:
        periods: periods of the period heads; primes overlap least.
        num_scales: number of scale heads.
        base_width: channels of a period head's first map; the widest have 32 times as many.

    Raises:
        ValueError: if an argument has no meaning for this network.
    """

    def __init__(
        self,
        *,
        periods: Sequence[int] = (2, 3, 5, 7, 11),
        num_scales: int = 3,
        base_width: int = 32,
    ) -> None:
        super().__init__()
        check_positive(base_width=base_width)
        if num_scales < 0 or any(period < 1 for period in periods) or not (periods or num_scales):
            raise ValueError(
                f"periods={tuple(periods)} and num_scales={num_scales}: give periods of at least "
                "1, at least 0 scales, and one head or more."
            )
        self._shortest = max(periods, default=1)
        self.periods = nn.ModuleList(PeriodHead(period, base_width) for period in periods)
        self.scales = nn.ModuleList(
            ScaleHead(base_width, spectral=i == 0) for i in range(num_scales)
        )

    def forward(self, waves: Tensor) -> list[Head]:
        """For each head {"logits": [B, N], "features": [...]}, from waves [B, 1, T]."""
        if waves.ndim != 3 or waves.shape[1] != 1 or waves.shape[2] < self._shortest:
            raise ValueError(
                f"waves of shape {list(waves.shape)} do not fit this discriminator; give "
                f"[batch, 1, samples] of at least {self._shortest} samples."
            )
        heads = [head(waves) for head in self.periods]
        for i, head in enumerate(self.scales):
            waves = avg_pool1d(waves, 4, stride=2, padding=2) if i > 0 else waves
            heads.append(head(waves))
        return heads
