import pytest
import torch
from torch import nn
from torch.autograd import grad

from onestage.networks._norm import GroupNorm2d


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(3, 8, 5, 7), (2, 8, 1, 1), (1, 8, 2, 1)])
def test_group_norm_is_pytorchs_in_either_format(shape, memory_format):
    norm, plain = GroupNorm2d(4, 8).double(), nn.GroupNorm(4, 8).double()
    nn.init.normal_(norm.weight)
    plain.load_state_dict(norm.state_dict())
    maps = torch.randn(shape, dtype=torch.float64).contiguous(memory_format=memory_format)
    found, expected = _up_to_second_derivatives(norm, maps), _up_to_second_derivatives(plain, maps)
    torch.testing.assert_close(found, expected)
    assert found[0].is_contiguous(memory_format=memory_format)


def test_the_kernel_for_channels_last_is_never_taken():
    """It is right, and slow."""
    maps = torch.randn(2, 8, 3, 3).contiguous(memory_format=torch.channels_last)
    with torch.profiler.profile(record_shapes=True) as profile:
        nn.GroupNorm(4, 8)(maps)
        GroupNorm2d(4, 8)(maps)
    copies = [event.name for event in profile.events()].count("aten::clone")
    assert copies == 2  # one to contiguous, one back: both of GroupNorm2d


def _up_to_second_derivatives(norm, maps):
    maps = maps.clone(memory_format=torch.preserve_format).requires_grad_()
    weights = list(norm.parameters())
    out = norm(maps)
    first = grad(out.pow(3).sum(), [maps, *weights], create_graph=True)
    return [out, *first, *grad(first[0].square().sum(), [maps, weights[0]])]
