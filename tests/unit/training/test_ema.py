import torch
from torch import nn

from onestage.training import ExponentialMovingAverage


def test_parameters_are_averaged_and_buffers_copied():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    ema = ExponentialMovingAverage(network, decay=0.75)
    expected = [p.detach().clone() for p in network.parameters()]
    for _ in range(3):
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter))
        network(torch.randn(5, 3))
        ema.update(network)
        expected = [
            0.75 * e + 0.25 * p.detach()
            for e, p in zip(expected, network.parameters(), strict=True)
        ]
    averages = [p.detach() for p in ema.module.parameters()]
    torch.testing.assert_close(averages, expected)
    assert all(
        torch.equal(a, b) for a, b in zip(ema.module.buffers(), network.buffers(), strict=True)
    )
    assert int(ema.module[1].num_batches_tracked) == 3


def test_the_average_is_for_evaluation_and_the_network_is_left_alone():
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = [p.detach().clone() for p in network.parameters()]
    ema = ExponentialMovingAverage(network, decay=0.5)
    ema.update(network)
    assert not ema.module.training
    assert not any(p.requires_grad for p in ema.module.parameters())
    assert network.training
    assert all(p.requires_grad for p in network.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))


def test_the_decay_warms_up():
    average = ExponentialMovingAverage(nn.Linear(1, 1), 0.9, warmup=10)
    assert [average.decay_at(t) for t in (0, 1, 9, 1000)] == [0.1, 2 / 11, 10 / 19, 0.9]
    assert ExponentialMovingAverage(nn.Linear(1, 1), 0.9).decay_at(0) == 0.9
