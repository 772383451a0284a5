"""Both ways to give a network its label: by concatenation and by projection."""

import pytest
import torch
from torch import nn

from onestage import OneStage
from onestage.networks import (
    CGANDiscriminator,
    CGANGenerator,
    ProjectionDiscriminator,
    ProjectionGenerator,
)

OPTIONS = {"num_classes": 3, "image_size": 32, "channels": 1, "base_width": 2}
PAIRS = [(CGANGenerator, CGANDiscriminator), (ProjectionGenerator, ProjectionDiscriminator)]
LABELS = torch.tensor([0, 2, 1, 2])
pairs = pytest.mark.parametrize(("make_g", "make_d"), PAIRS, ids=["concatenation", "projection"])


def _images(batch=4):
    return torch.randn(batch, 1, 32, 32)


@pairs
def test_shapes_and_range(make_g, make_d):
    generator = make_g(latent_dim=5, **OPTIONS)
    images = generator(torch.randn(4, generator.latent_dim), LABELS)
    assert images.shape == (4, 1, 32, 32)
    assert images.abs().max() <= 1
    assert make_d(**OPTIONS)(images, LABELS).shape == (4,)
    assert generator.num_classes == make_d(**OPTIONS).num_classes == 3


@pairs
def test_the_label_of_a_sample_moves_that_sample_alone(make_g, make_d):
    discriminator, images = make_d(**OPTIONS).eval(), _images()
    generator = make_g(latent_dim=5, **OPTIONS).eval()
    with torch.no_grad():
        for weight in generator.parameters():  # class-wise scales are equal at first
            weight.add_(0.1 * torch.randn_like(weight))
    latents, other = torch.randn(4, 5), torch.tensor([1, 2, 1, 2])
    for network, sample in ((discriminator, images), (generator, latents)):
        before, after = network(sample, LABELS), network(sample, other)
        assert not torch.equal(before[0], after[0])
        assert torch.equal(before[1:], after[1:])


def test_projection_is_the_papers_formula():
    discriminator = ProjectionDiscriminator(**OPTIONS).eval()
    images = _images()
    features = discriminator.body.features(images)
    inner = torch.einsum("bf,bf->b", discriminator.embed.weight[LABELS], features)
    expected = discriminator.body(images) + inner
    assert torch.allclose(discriminator(images, LABELS), expected, rtol=1e-5, atol=1e-6)


def test_embedding_is_normalised_spectrally():
    discriminator = ProjectionDiscriminator(**OPTIONS)
    for _ in range(100):
        discriminator(_images(), LABELS)
    norm = torch.linalg.matrix_norm(discriminator.embed.weight, 2)
    assert norm.item() == pytest.approx(1.0, rel=1e-2)


def test_class_wise_scales_begin_at_one_and_shifts_at_zero():
    embeddings = [m for m in ProjectionGenerator(**OPTIONS).modules() if type(m) is nn.Embedding]
    assert len(embeddings) == 3 * 2 * 2  # blocks, normalisations, scale and shift
    assert all(e.weight.eq(1).all() for e in embeddings[::2])
    assert not any(e.weight.any() for e in embeddings[1::2])


def test_planes_are_one_where_the_class_is():
    discriminator, seen = CGANDiscriminator(**OPTIONS), []
    discriminator.body.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    images = _images()
    discriminator(images, LABELS)
    (body_input,) = seen
    assert torch.equal(body_input[:, :1], images)
    for sample, label in zip(body_input[:, 1:], LABELS.tolist(), strict=True):
        assert sample[label].eq(1).all()
        assert sample.sum() == 32 * 32


@pairs
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1, 2, 3], r"label 3 is out of range; with num_classes=3 labels are 0 to 2"),
        ([0, -1, 2, 1], r"label -1 is out of range"),
        ([0, 1], r"labels of shape \[2\].*batch of 4"),
        ([[0], [1], [2], [1]], r"labels of shape \[4, 1\]"),
        ([0.0, 1.0, 2.0, 1.0], r"torch.float32 do not fit.*one int64 label"),
    ],
)
def test_impossible_labels(make_g, make_d, labels, message):
    labels = torch.tensor(labels)
    with pytest.raises(ValueError, match=message):
        make_d(**OPTIONS)(_images(), labels)
    with pytest.raises(ValueError, match=message):
        make_g(latent_dim=5, **OPTIONS)(torch.randn(4, 5), labels)


@pairs
def test_impossible_options_and_inputs(make_g, make_d):
    for network in (make_g, make_d):
        with pytest.raises(ValueError, match="num_classes=0"):
            network(**{**OPTIONS, "num_classes": 0})
        with pytest.raises(ValueError, match="image_size=33"):
            network(**{**OPTIONS, "image_size": 33})
    with pytest.raises(ValueError, match=r"give \[batch, 1, 32, 32\]"):
        make_d(**OPTIONS)(torch.zeros(4, 1, 16, 16), LABELS)
    with pytest.raises(ValueError, match=r"give \[batch, 5\]"):
        make_g(latent_dim=5, **OPTIONS)(torch.zeros(4, 8), LABELS)


@pairs
def test_an_impossible_label_leaves_gradients_untouched(make_g, make_d):
    generator, discriminator = make_g(latent_dim=5, **OPTIONS), make_d(**OPTIONS)
    players = [*generator.parameters(), *discriminator.parameters()]
    for weight in players:
        weight.grad = torch.ones_like(weight)
    fake, wrong = generator(torch.randn(4, 5), LABELS), LABELS + 1
    with pytest.raises(ValueError, match="label 3 is out of range"):
        OneStage(discriminator, "hinge").backward(
            _images(), fake, real_args=(LABELS,), fake_args=(wrong,)
        )
    assert all(weight.grad is not None and weight.grad.eq(1).all() for weight in players)


@pairs
def test_forward_reads_no_value(make_g, make_d):
    """On a device without values, as on one that the host would have to wait for."""
    with torch.device("meta"):
        generator, discriminator = make_g(latent_dim=5, **OPTIONS), make_d(**OPTIONS)
        labels = torch.empty(4, dtype=torch.int64)
        assert discriminator(generator(torch.empty(4, 5), labels), labels).shape == (4,)


@pytest.mark.gpu
@pairs
def test_labels_do_not_make_the_host_wait(make_g, make_d):
    generator, discriminator = make_g(latent_dim=5, **OPTIONS).cuda(), make_d(**OPTIONS).cuda()
    latents, labels = torch.randn(4, 5, device="cuda"), LABELS.cuda()
    discriminator(generator(latents, labels), labels)
    torch.cuda.set_sync_debug_mode("error")
    try:
        discriminator(generator(latents, labels), labels)
    finally:
        torch.cuda.set_sync_debug_mode("default")
