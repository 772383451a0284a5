import torch
from torch import nn

from onestage.metrics import PixelFeatures
from onestage.metrics._probe import probe_network, probes_agree


class Scaled(nn.Module):
    def __init__(self, factor, shift=0.0):
        super().__init__()
        self.factor, self.shift = factor, shift
        self.eval()

    def forward(self, images):
        return (images * self.factor + self.shift).flatten(1)


def test_it_is_a_function_of_the_network_alone():
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first = probe_network(PixelFeatures().eval(), 1, 16)
    assert torch.equal(torch.get_rng_state(), state)
    assert first == probe_network(PixelFeatures().eval(), 1, 16)
    assert len(first) == 5


def test_rounding_is_no_difference_and_settings_are():
    base = probe_network(Scaled(1.0), 3, 8)
    assert probes_agree(base, probe_network(Scaled(1.001), 3, 8))
    assert not probes_agree(base, probe_network(Scaled(1.1), 3, 8))
    assert not probes_agree(base, probe_network(Scaled(1.0, 0.1), 3, 8))
    assert not probes_agree(probe_network(Scaled(1e-3), 3, 8), probe_network(Scaled(2e-3), 3, 8))
    assert not probes_agree(base, base[:-1])


def test_no_features():
    assert probe_network(Scaled(0.0), 1, 8) == [0.0] * 5
