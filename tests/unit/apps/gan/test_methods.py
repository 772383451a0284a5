import pytest
import torch

from onestage.apps.image_gan import build_image_gan
from onestage.losses import LOSSES
from onestage.training import build_config, merge

SMALL = {
    "batch_size": 8,
    "steps": 4,
    "generator": {"base_width": 4, "latent_dim": 8},
    "discriminator": {"base_width": 4},
}
METHODS = ("one-stage", "two-stage-tuned", "two-stage-naive")


def build_game(**settings):
    return build_image_gan(build_config(merge(SMALL, settings)))


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def count_forwards(game):
    counts = {"generator": 0, "discriminator": 0}

    def count(name):
        def hook(*_):
            counts[name] += 1

        return hook

    for name in counts:
        getattr(game, name).register_forward_hook(count(name))
    return counts


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_the_first_update_of_the_discriminator_is_the_same_by_every_method(loss):
    games = [build_game(method=method, loss=loss) for method in METHODS]
    measured = [game.step() for game in games]
    for game, values in zip(games[1:], measured[1:], strict=True):
        torch.testing.assert_close(
            weights(game.discriminator), weights(games[0].discriminator), rtol=1e-4, atol=1e-6
        )
        for name in ("discriminator_loss", "real_score", "fake_score", "r1"):
            torch.testing.assert_close(values[name], measured[0][name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("method", "generator", "discriminator"),
    [("one-stage", 1, 2), ("two-stage-tuned", 1, 3), ("two-stage-naive", 2, 3)],
)
def test_each_method_runs_each_network_as_often_as_it_says(method, generator, discriminator):
    game = build_game(method=method)
    counts = count_forwards(game)
    game.step()
    assert counts == {"generator": generator, "discriminator": discriminator}


def test_only_the_naive_method_computes_weight_gradients_that_nobody_uses():
    after = {}
    for method in METHODS[1:]:
        game = build_game(method=method, penalties={"r1": 0})
        game.step()
        after[method] = torch.cat([p.grad.flatten() for p in game.discriminator.parameters()])
        assert all(p.requires_grad for p in game.discriminator.parameters())
    assert not torch.allclose(after["two-stage-tuned"], after["two-stage-naive"])
    # D's first stage is the same in both; the naive one's G stage added to it.
    one_stage = build_game(method="one-stage", penalties={"r1": 0})
    one_stage.step()
    expected = torch.cat([p.grad.flatten() for p in one_stage.discriminator.parameters()])
    torch.testing.assert_close(after["two-stage-tuned"], expected, rtol=1e-4, atol=1e-6)


def test_the_tuned_generator_plays_against_the_updated_discriminator():
    game = build_game(method="two-stage-tuned")
    other = build_game(method="two-stage-tuned", discriminator={"learning_rate": 1e-12})
    first, second = game.step(), other.step()
    assert torch.equal(first["discriminator_loss"], second["discriminator_loss"])
    assert not torch.equal(first["generator_loss"], second["generator_loss"])


@pytest.mark.parametrize("method", METHODS)
def test_a_lazy_penalty_is_applied_on_every_kth_step(method):
    game = build_game(method=method, penalties={"r1": 1.0, "r1_every": 3})
    assert ["r1" in game.step() for _ in range(7)] == [True, False, False] * 2 + [True]


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_clipped_after_each_update(method):
    game = build_game(
        method=method,
        loss="wasserstein",
        penalties={"r1": 0},
        discriminator={"clip_weights": 0.01},
    )
    for _ in range(2):
        game.step()
        assert weights(game.discriminator).abs().max() <= 0.01


@pytest.mark.parametrize("method", METHODS)
def test_bfloat16_trains_close_to_float32(method):
    plain, half = build_game(method=method), build_game(method=method, precision="bf16")
    for _ in range(3):
        exact, rounded = plain.step(), half.step()
        assert rounded["finite"]
    torch.testing.assert_close(
        exact["discriminator_loss"], rounded["discriminator_loss"], rtol=0.1, atol=0.1
    )
    assert not torch.equal(weights(plain.generator), weights(half.generator))


@pytest.mark.parametrize("method", METHODS)
def test_a_loss_that_is_not_finite_is_reported(method):
    game = build_game(method=method)
    assert game.step()["finite"]
    with torch.no_grad():
        next(game.discriminator.parameters()).fill_(float("nan"))
    assert not game.step()["finite"]
