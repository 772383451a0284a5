"""Networks of which each process keeps a share of the weights, and of all made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.utils._pytree import tree_map

from onestage.training import World


class Sharded:
    """`Sharing` by PyTorch's `fully_shard` (FSDP2).

    The blocks that a network lists are gathered one after the other when they are at work, the
    rest of it together, and their gradients are exchanged once per update, as whole as D's several
    walks, or the parts of a batch, have added them up.
    Buffers are each process's own; those of the first are saved.

    Args:
        world: the processes.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def trained(self, network: nn.Module, *, twice: bool = False) -> nn.Module:
        """See `Sharing`; what is differentiated twice stays gathered in between."""
        if not any(p.requires_grad for p in network.parameters()):
            return network
        return self._shard(network, stays_gathered=twice)

    def averaged(self, network: nn.Module) -> nn.Module:
        """See `Sharing`."""
        return self._shard(network, stays_gathered=True)

    def settle(self, network: nn.Module) -> None:
        """Leave each process its share again."""
        for part in _parts(network):
            part.reshard()

    @contextmanager
    def whole_weights(self, network: nn.Module) -> Iterator[None]:
        """See `Sharing`."""
        for part in _parts(network):
            part.unshard()
        try:
            yield
        finally:
            self.settle(network)

    def gather(self, state: Any) -> Any:
        """See `Sharing`; others than the first process get None for what is shared."""

        def whole(leaf: Any) -> Any:
            if not isinstance(leaf, DTensor):
                return leaf
            full = leaf.full_tensor()
            return full.cpu() if self._world.is_first else None

        return tree_map(whole, state)

    def load_network(self, network: nn.Module, state: Mapping[str, Tensor]) -> None:
        """See `Sharing`."""
        own = network.state_dict()
        shares = {name: _like(own.get(name), value) for name, value in state.items()}
        network.load_state_dict(shares)

    def scatter(self, state: Any, parameters: Sequence[Tensor]) -> Any:
        """See `Sharing`."""
        if not isinstance(state, Mapping):
            return state
        return {
            key: tree_map(partial(_like, parameters[key]), value)
            if isinstance(key, int)
            else self.scatter(value, parameters)
            for key, value in state.items()
        }

    def _shard(self, network: nn.Module, *, stays_gathered: bool) -> nn.Module:
        device = next(network.parameters()).device.type
        if device == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        mesh = init_device_mesh(device, (self._world.size,))
        for part in (*_blocks(network), network):
            part.register_forward_hook(_no_view)
            fully_shard(part, mesh=mesh, reshard_after_forward=not stays_gathered)
        assert isinstance(network, FSDPModule)
        network.set_reshard_after_backward(not stays_gathered)
        return network


def _parts(network: nn.Module) -> list[FSDPModule]:
    return [part for part in network.modules() if isinstance(part, FSDPModule)]


def _blocks(network: nn.Module) -> Iterator[nn.Module]:
    """The elements of the network's outermost lists that hold more than vectors.

    They are called as modules; of others that cannot be known.
    """
    for child in network.children():
        if not isinstance(network, (nn.Sequential, nn.ModuleList)):
            yield from _blocks(child)
        elif any(p.ndim > 1 for p in child.parameters()):
            yield child


def _like(owner: Tensor | None, value: Any) -> Any:
    """The share of a value that is shaped as its owner; anything else as it is."""
    if not (isinstance(owner, DTensor) and isinstance(value, Tensor)):
        return value
    if value.shape != owner.shape:
        return value
    return distribute_tensor(value.to(owner.device), owner.device_mesh, owner.placements)


def _no_view(module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
    """FSDP warns of views, whose hooks a write in place would lose."""
    return output if output._base is None else output.clone()
