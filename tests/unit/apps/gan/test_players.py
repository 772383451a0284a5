"""Critic steps, accumulation and what goes with them, against plain loops."""

import pytest
import torch

from onestage.apps.image_gan import build_image_gan
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


def gradients(network):
    return torch.cat([p.grad.flatten() for p in network.parameters()])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", ["hinge", "nonsaturating"])
def test_parts_of_a_batch_give_the_gradients_of_the_whole(method, loss):
    settings = {"method": method, "loss": loss, "penalties": {"r1": 0.3, "r1_every": 1}}
    whole, parts = build_game(**settings), build_game(**settings, accumulation=4)
    expected, found = whole.step(), parts.step()
    spread = {"ratio_q05", "ratio_q50", "ratio_q95"}  # of a part is not that of the whole
    for name in expected.keys() - {"finite", *spread}:
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        gradients(parts.generator), gradients(whole.generator), rtol=1e-3, atol=1e-6
    )
    if method == "one-stage":  # elsewhere D's gradients may hold what G's stage left
        torch.testing.assert_close(
            gradients(parts.discriminator), gradients(whole.discriminator), rtol=1e-3, atol=1e-6
        )


@pytest.mark.parametrize("method", METHODS)
def test_critic_steps_move_the_discriminator_alone_and_take_batches_of_their_own(method):
    game = build_game(method=method, critic_steps=3)
    counts = {"generator": 0, "discriminator": 0}
    players = game._players
    for name, optimizer in (
        ("generator", players.generator_optimizer),
        ("discriminator", players.discriminator_optimizer),
    ):
        optimizer.register_step_post_hook(
            lambda *_, name=name: counts.__setitem__(name, counts[name] + 1)
        )
    seen = []
    batches = game.task.batches
    game.task.batches = lambda start: (seen.append(b.real) or b for b in batches(start))
    game.step()
    assert counts == {"generator": 1, "discriminator": 3}
    assert len(seen) == 3
    assert not torch.equal(seen[0], seen[1])


def test_fakes_for_the_critic_alone_have_no_graph():
    game = build_game(critic_steps=2)
    attached = []
    make = game.task.fake

    def fake(*arguments):
        made = make(*arguments)
        attached.append(made.requires_grad)
        return made

    game.task.fake = fake
    game.step()
    assert attached == [False, True]


def test_the_cost_of_critic_steps_is_stated():
    game = build_game(critic_steps=5)
    for _ in range(3):
        game.step()
    text = game.explain()
    assert "4" in text
    assert "1 G + 6 D" in text


@pytest.mark.parametrize("method", METHODS)
def test_critic_steps_with_parts_end_where_whole_batches_end(method):
    # Without BatchNorm in G, whose statistics are those of a part. Plain SGD: Adam would divide
    # rounding errors by themselves.
    sgd = {"optimizer": "sgd", "optimism": 0, "beta1": 0.0, "learning_rate": 0.01}
    settings = {
        "method": method,
        "critic_steps": 2,
        "generator": {**sgd, "norm": "group"},
        "discriminator": sgd,
    }
    whole, parts = build_game(**settings), build_game(**settings, accumulation=2)
    for _ in range(3):
        whole.step()
        parts.step()
    for name in ("generator", "discriminator"):
        torch.testing.assert_close(
            weights(getattr(parts, name)), weights(getattr(whole, name)), rtol=1e-3, atol=1e-5
        )


def test_reconstruction_pulls_the_fakes_to_the_real_images():
    settings = {
        "networks": "pix2pix",
        "data": {"condition": "top-half"},
        "penalties": {"r1": 0},
        "generator": {"learning_rate": 2e-3},
    }
    distances = {}
    for weight in (0.0, 100.0):
        game = build_game(**merge(settings, {"generator": {"reconstruction": weight}}))
        for _ in range(30):
            game.step()
        batch = next(game.task.batches(0))
        made = game.generator(batch.condition).detach()
        distances[weight] = float((made - batch.real).abs().mean())
    assert distances[100.0] < 0.8 * distances[0.0]


@pytest.mark.parametrize("method", METHODS)
def test_the_fisher_multiplier_is_learnt_by_every_method(method):
    game = build_game(method=method, loss="fisher", loss_options="rho=0.5")
    game.step()
    multiplier = game._players.loss.state.state_dict()["multiplier"]
    assert multiplier.abs() > 0


def test_adaptive_augmentation_follows_the_sign_of_the_outputs():
    game = build_game(augment={"kind": "ada", "ramp_images": 64})
    with torch.no_grad():
        list(game.discriminator.parameters())[-1].fill_(50.0)  # takes everything for real
    values = [float(game.step()["augment_p"]) for _ in range(8)]
    assert values[0] == 0.0
    assert values[-1] > values[0]
