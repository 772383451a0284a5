"""What each process keeps of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from onestage.training import TrainConfig, World


class Sharing(Protocol):
    """How the processes of a run share networks; states are as one process has them."""

    def trained(self, network: nn.Module, *, twice: bool = False) -> nn.Module:
        """The network as all processes train it: one mean of the gradients for each update.

        On CUDA BatchNorm takes the statistics of all processes.

        Args:
            network: may be changed in place; optimisers are to be made afterwards.
            twice: whether it is differentiated twice (penalties).
        """

    def averaged(self, network: nn.Module) -> nn.Module:
        """A network that is not trained, shared as the one whose weights are written to it."""

    def settle(self, network: nn.Module) -> None:
        """Called before a network's weights are written."""

    def whole_weights(self, network: nn.Module) -> AbstractContextManager[None]:
        """Any process may run an averaged network inside, by itself; all enter and leave it."""

    def gather(self, state: Any) -> Any:
        """A nested state as it is saved, in the first process; all take part."""

    def load_network(self, network: nn.Module, state: Mapping[str, Tensor]) -> None:
        """Give a network the weights that `gather` gave."""

    def scatter(self, state: Any, parameters: Sequence[Tensor]) -> Any:
        """An optimiser's state as `gather` gave it, for this process.

        Args:
            state: nested; what belongs to a parameter is filed under its number.
            parameters: in the order of the numbers.
        """


class Whole:
    """Each process has the networks whole (`DistributedDataParallel`), or there is only one.

    Buffers are those of the first process, at every forward.

    Args:
        world: the processes.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def trained(self, network: nn.Module, *, twice: bool = False) -> nn.Module:
        """See `Sharing`."""
        if self._world.size == 1 or not any(p.requires_grad for p in network.parameters()):
            return network
        if next(network.parameters()).device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
            return DistributedDataParallel(network, device_ids=[self._world.local_rank])
        return DistributedDataParallel(network)

    def averaged(self, network: nn.Module) -> nn.Module:
        """See `Sharing`."""
        return network

    def settle(self, network: nn.Module) -> None:
        """See `Sharing`."""

    def whole_weights(self, network: nn.Module) -> AbstractContextManager[None]:
        """See `Sharing`."""
        return nullcontext()

    def gather(self, state: Any) -> Any:
        """See `Sharing`."""
        return state

    def load_network(self, network: nn.Module, state: Mapping[str, Tensor]) -> None:
        """See `Sharing`."""
        network.load_state_dict(state)

    def scatter(self, state: Any, parameters: Sequence[Tensor]) -> Any:
        """See `Sharing`."""
        return state


def build_sharing(config: TrainConfig, world: World) -> Sharing:
    """What the settings ask for; one process shares nothing."""
    if config.parallel == "ddp" or world.size == 1:
        return Whole(world)
    from onestage.apps.gan._sharded import Sharded  # slow to import

    return Sharded(world)
