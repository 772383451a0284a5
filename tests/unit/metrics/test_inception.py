import pytest
import torch
from torch import nn

from onestage.metrics import InceptionFeatures
from onestage.metrics._inception_blocks import BlockE, _average


@pytest.fixture(scope="module")
def network():
    return InceptionFeatures().eval()


@pytest.mark.parametrize("shape", [(1, 1, 16, 16), (2, 3, 64, 64)])
def test_features_of_images_of_any_size(network, shape):
    images = torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        features = network(images)
    assert features.shape == (shape[0], network.num_features)
    assert features.isfinite().all()


def test_images_go_through_in_parts(monkeypatch):
    seen = []
    network = InceptionFeatures()
    monkeypatch.setattr(network, "_features", lambda x: seen.append(len(x)) or x.mean((1, 2, 3)))
    network(torch.zeros(70, 3, 16, 16))
    assert seen == [32, 32, 6]


def test_the_resolutions_of_the_paper(network):
    sizes = {}
    names = ("Conv2d_1a_3x3", "Conv2d_4a_3x3", "Mixed_5d", "Mixed_6e", "Mixed_7a", "Mixed_7c")
    hooks = [
        network.get_submodule(name).register_forward_hook(
            lambda module, args, output, name=name: sizes.update({name: tuple(output.shape[1:])})
        )
        for name in names
    ]
    with torch.no_grad():
        network(torch.zeros(1, 3, 299, 299))
    for hook in hooks:
        hook.remove()
    assert sizes == {
        "Conv2d_1a_3x3": (32, 149, 149),
        "Conv2d_4a_3x3": (192, 71, 71),
        "Mixed_5d": (288, 35, 35),
        "Mixed_6e": (768, 17, 17),
        "Mixed_7a": (1280, 8, 8),
        "Mixed_7c": (2048, 8, 8),
    }


def test_names_and_shapes_are_those_of_the_weights(network):
    """94 convolutions of six tensors and one linear layer; 21.8 million up to the last pooling."""
    state = network.state_dict()
    assert len(state) == 94 * 6 + 2
    assert sum(p.numel() for p in network.parameters()) == 21_785_568 + 1008 * 2049
    expected = {
        "Conv2d_1a_3x3.conv.weight": (32, 3, 3, 3),
        "Conv2d_4a_3x3.bn.running_var": (192,),
        "Mixed_5b.branch5x5_2.conv.weight": (64, 48, 5, 5),
        "Mixed_5b.branch_pool.conv.weight": (32, 192, 1, 1),
        "Mixed_6a.branch3x3dbl_3.conv.weight": (96, 96, 3, 3),
        "Mixed_6b.branch7x7_2.conv.weight": (128, 128, 1, 7),
        "Mixed_6c.branch7x7dbl_2.conv.weight": (160, 160, 7, 1),
        "Mixed_6e.branch7x7dbl_5.conv.weight": (192, 192, 1, 7),
        "Mixed_7a.branch7x7x3_3.conv.weight": (192, 192, 7, 1),
        "Mixed_7b.branch3x3_2a.conv.weight": (384, 384, 1, 3),
        "Mixed_7c.branch3x3dbl_3b.conv.weight": (384, 384, 3, 1),
        "Mixed_7c.branch_pool.bn.bias": (192,),
        "fc.weight": (1008, 2048),
    }
    assert {name: tuple(state[name].shape) for name in expected} == expected
    assert {module.eps for module in network.modules() if hasattr(module, "running_mean")} == {1e-3}


def test_only_the_last_block_pools_by_maximum(network):
    assert [m.pool_max for m in network.modules() if isinstance(m, BlockE)] == [False, True]


def test_means_leave_the_border_out():
    """With the border counted as zeros, the corner of a constant image would be 4/9 of it."""
    assert torch.equal(_average(torch.ones(1, 2, 5, 5)), torch.ones(1, 2, 5, 5))


def test_features_are_those_of_torch_fidelity(tmp_path):
    """At 299 pixels, where neither resizes; theirs rounds to float32 at the end."""
    theirs = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    random = torch.Generator().manual_seed(0)
    ours = InceptionFeatures().double().eval()
    for module in ours.modules():
        if isinstance(module, nn.BatchNorm2d):  # away from the identity
            module.running_mean.normal_(0, 0.1, generator=random)
            module.running_var.uniform_(0.5, 2, generator=random)
            nn.init.uniform_(module.weight, 0.8, 1.6, generator=random)
            nn.init.normal_(module.bias, 0, 0.2, generator=random)
    torch.save(ours.state_dict(), tmp_path / "weights.pth")
    other = theirs.FeatureExtractorInceptionV3(
        "random", ["2048"], tmp_path / "weights.pth", "float64"
    )
    pixels = torch.randint(256, (2, 3, 299, 299), generator=random, dtype=torch.uint8)
    with torch.no_grad():
        found = ours((pixels.double() - 128) / 128)
    torch.testing.assert_close(found.float(), other(pixels)[0], rtol=1e-5, atol=1e-6)


def test_what_is_no_image(network):
    with pytest.raises(ValueError, match=r"shape \[1, 2, 8, 8\]"):
        network(torch.zeros(1, 2, 8, 8))
