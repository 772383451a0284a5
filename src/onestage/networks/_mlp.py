"""A pair of small perceptrons, for points in the plane and other vectors."""

from torch import Tensor, nn

from onestage.networks._checks import check_latents, check_positive
from onestage.networks._init import init_he_
from onestage.networks._options import keeps_options

_SLOPE = 0.2


def _perceptron(in_dim: int, out_dim: int, width: int, num_layers: int) -> nn.Sequential:
    """`num_layers` hidden layers with leaky ReLU, and a linear one."""
    gain = nn.init.calculate_gain("leaky_relu", _SLOPE)
    layers: list[nn.Module] = []
    for i in range(num_layers):
        hidden = nn.Linear(in_dim if i == 0 else width, width)
        init_he_(hidden, gain=gain)
        layers += [hidden, nn.LeakyReLU(_SLOPE)]
    last = nn.Linear(width, out_dim)
    init_he_(last)
    return nn.Sequential(*layers, last)


@keeps_options
class MLPGenerator(nn.Module):
    """Latents to points by a perceptron; the points are not bounded. Any strategy is exact with it.

    Weights as He et al. (ICCV 2015), biases 0.

    Args:
        data_dim: length of a point.
        latent_dim: length of the latent vector; kept as an attribute.
        base_width: units of each hidden layer.
        num_layers: number of hidden layers.

    Raises:
        ValueError: if an argument is below 1.
    """

    def __init__(
        self,
        *,
        data_dim: int = 2,
        latent_dim: int = 2,
        base_width: int = 128,
        num_layers: int = 3,
    ) -> None:
        super().__init__()
        check_positive(
            data_dim=data_dim, latent_dim=latent_dim, base_width=base_width, num_layers=num_layers
        )
        self.latent_dim = latent_dim
        self.layers = _perceptron(latent_dim, data_dim, base_width, num_layers)

    def forward(self, latents: Tensor) -> Tensor:
        """Points [B, data_dim] from latents [B, latent_dim]."""
        check_latents(latents, self.latent_dim)
        return self.layers(latents)


class MLPDiscriminator(nn.Module):
    """Points to logits by a perceptron without normalisation; each point is scored alone.

    Weights as He et al. (ICCV 2015), biases 0.

    Strategies:
        reversal, ratio, shared_penalty, dual.

    Args:
        data_dim: length of a point.
        base_width: units of each hidden layer.
        num_layers: number of hidden layers.

    Raises:
        ValueError: if an argument is below 1.
    """

    def __init__(self, *, data_dim: int = 2, base_width: int = 128, num_layers: int = 3) -> None:
        super().__init__()
        check_positive(data_dim=data_dim, base_width=base_width, num_layers=num_layers)
        self._data_dim = data_dim
        self.layers = _perceptron(data_dim, 1, base_width, num_layers)

    def forward(self, points: Tensor) -> Tensor:
        """Logits [B], higher for more real, from points [B, data_dim]."""
        if points.ndim != 2 or points.shape[1] != self._data_dim:
            raise ValueError(
                f"points of shape {list(points.shape)} do not fit this discriminator; give "
                f"[batch, {self._data_dim}]."
            )
        return self.layers(points).view(points.shape[0])
