import pytest
import torch
from torch import nn

from onestage.optim import OptimisticAdam
from onestage.training import FirstFault, Memory, gradient_norm, step_if
from onestage.training._guard import step_unless


def fused(kind):
    torch.manual_seed(0)
    network = nn.Linear(3, 2)
    return network, kind(network.parameters(), lr=0.1, fused=True)


def backward(network):
    network.zero_grad()
    network(torch.ones(4, 3)).square().sum().backward()


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.SGD, OptimisticAdam])
def test_a_carried_flag_does_what_a_read_one_does(kind):
    (read, reads), (carried, carries) = fused(kind), fused(kind)
    for overflow in (False, True, False, False, True, False):
        backward(read)
        backward(carried)
        step_if(torch.tensor(not overflow), reads)
        before = carried.weight.detach().clone()
        step_unless(torch.tensor(overflow), carries)
        assert torch.equal(carried.weight, before) == overflow
    torch.testing.assert_close(carried.weight, read.weight)
    assert not hasattr(carries, "found_inf")


def test_all_of_several_optimisers_or_none():
    networks = [nn.Linear(3, 2) for _ in range(2)]
    optimizers = [torch.optim.RMSprop(network.parameters(), 0.1) for network in networks]
    for finite in (False, True):
        before = [network.weight.detach().clone() for network in networks]
        for network in networks:
            backward(network)
        step_if(torch.tensor(finite), *optimizers)
        moved = [not torch.equal(n.weight, b) for n, b in zip(networks, before, strict=True)]
        assert moved == [finite, finite]


def test_a_norm_over_all_gradients_tells_of_each():
    network = nn.Linear(3, 2)
    backward(network)
    expected = torch.cat([p.grad.flatten() for p in network.parameters()]).norm()
    torch.testing.assert_close(gradient_norm(network.parameters()), expected)
    network.bias.grad[1] = torch.inf
    assert not gradient_norm(network.parameters()).isfinite()


@pytest.mark.parametrize("finite", [True, False])
def test_buffers_are_put_back_where_a_step_is_not_taken(finite):
    network = nn.BatchNorm1d(3)
    memory, before = Memory(network), network.running_mean.clone()
    network(torch.full((4, 3), torch.nan) if not finite else torch.randn(4, 3))
    memory.restore_unless(torch.tensor(finite))
    assert torch.equal(network.running_mean, before) != finite
    assert network.running_mean.isfinite().all()


def test_a_fault_in_neither_layer_nor_gradient_is_in_the_losses():
    network = nn.Linear(3, 2)
    assert FirstFault(d=network)(lambda: backward(network)) == "in the losses, not in a layer"
