import torch
from torch import nn

from onestage.metrics._hash import ImageHash, hash_network, hash_tensors


def _image_hash(*batches):
    digest = ImageHash()
    for batch in batches:
        digest.update(batch)
    return digest.hexdigest()


def test_images_are_hashed_at_8_bits_and_in_order():
    images = torch.linspace(-1, 1, 64).view(4, 1, 4, 4)
    whole = _image_hash(images)
    assert whole == _image_hash(images[:1], images[1:]) == _image_hash(images + 1e-6)
    assert whole != _image_hash(images.flip(0))


def test_tensors_are_hashed_by_name_type_shape_and_value():
    base = {"a": torch.zeros(2, 3), "b": torch.tensor(1.0, dtype=torch.bfloat16)}
    others = [
        {"a": torch.zeros(3, 2), "b": base["b"]},
        {"a": torch.zeros(2, 3, dtype=torch.int32), "b": base["b"]},
        {"c": base["a"], "b": base["b"]},
        {"a": base["a"] + 1, "b": base["b"]},
    ]
    hashes = {hash_tensors(tensors) for tensors in [base, *others]}
    assert len(hashes) == 5
    assert hash_tensors(dict(reversed(base.items()))) in hashes


def test_buffers_that_no_state_has_count():
    network = nn.BatchNorm1d(3)
    assert hash_network(network) == hash_tensors(network.state_dict())  # as older records have it
    network.register_buffer("mean", torch.zeros(2), persistent=False)
    before = hash_network(network)
    network.mean += 1
    assert len({before, hash_network(network), hash_tensors(network.state_dict())}) == 3
