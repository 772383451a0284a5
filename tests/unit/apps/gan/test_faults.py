"""What is not finite moves nobody."""

import pytest
import torch

from onestage.apps import build_game
from onestage.training import build_config, merge

SMALL = {
    "batch_size": 4,
    "generator": {"base_width": 4, "latent_dim": 8},
    "discriminator": {"base_width": 4, "norm": "batch"},
    "threads": 1,
}
METHODS = ("one-stage", "two-stage-tuned", "two-stage-naive")
LOSSES = ("nonsaturating", "hinge", "wasserstein", "least_squares", "relativistic", "fisher")
PENALTIES = ("r1", "r2", "gradient_penalty", "dragan", "lecam")


def build(**settings):
    return build_game(build_config(merge(SMALL, settings)))


def everything(game):
    """All that a step may change, the counters aside."""
    players, found = game._players, []
    for network in (game.generator, game.discriminator):
        found += [parameter.detach().clone() for parameter in network.parameters()]
    for network in (game.generator, game.discriminator):
        found += [buffer.clone() for buffer in network.buffers() if buffer.is_floating_point()]
    for optimizer in (players.generator_optimizer, players.discriminator_optimizer):
        for state in optimizer.state.values():
            found += [v.clone() for v in state.values() if isinstance(v, torch.Tensor)]
    if players.loss.state is not None:
        found += [v.clone() for v in players.loss.state.state_dict().values()]
    return found


def poison(game, player):
    """One of the player's gradients becomes NaN; D's does not reach G, nor G's D."""
    networks = {"discriminator": game.discriminator, "generator": game.generator}
    weight = next(networks[player].parameters())
    return weight.register_hook(lambda gradient: gradient * torch.nan)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_neither_player_moves_where_one_gradient_is_not_finite(player, optimizer):
    game = build(generator={"optimizer": optimizer}, discriminator={"optimizer": optimizer})
    for _ in range(2):
        assert game.step()["finite"]
    before = everything(game)
    handle = poison(game, player)
    measured = game.step()
    handle.remove()
    assert not measured["finite"]
    assert not measured[f"{player}_grad_norm"].isfinite()
    assert all(map(torch.equal, before, everything(game)))
    assert game.step()["finite"]
    assert not all(map(torch.equal, before, everything(game)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_real_batch_that_is_not_finite_moves_nobody(method, loss):
    game = build(method=method, loss=loss, penalties={"r1": 0})
    game.step()
    before = everything(game)
    batches = game._batches
    bad = next(batches)
    bad.real[0, 0, 0, 0] = torch.nan
    game._batches = iter([bad])
    assert not game.step()["finite"]
    if method == "one-stage":
        assert all(map(torch.equal, before, everything(game)))
    else:  # neither player's weights; G's statistics have seen fakes
        now = everything(game)
        moved = [not torch.equal(a, b) for a, b in zip(before, now, strict=True)]
        assert not any(moved[: len(list(game.generator.parameters()))])
    game._batches = batches
    assert game.step()["finite"]


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_that_is_not_finite_moves_nobody(name):
    game = build(penalties={"r1": 0, name: 1.0}, discriminator={"norm": "group"})
    assert game.step()["finite"]
    before = everything(game)
    batches = game._batches
    bad = next(batches)
    bad.real[0, 0, 0, 0] = torch.inf
    game._batches = iter([bad])
    assert not game.step()["finite"]
    assert all(map(torch.equal, before, everything(game)))
    game._batches = batches
    assert game.step()["finite"]


@pytest.mark.parametrize("method", METHODS)
def test_critic_steps_are_counted_as_well(method):
    game = build(method=method, critic_steps=2)
    game.step()
    batches = game._batches
    bad, good = next(batches), next(batches)
    bad.real[0, 0, 0, 0] = torch.nan
    game._batches = iter([bad, good])
    assert not game.step()["finite"]
    assert all(p.isfinite().all() for p in game.discriminator.parameters())


def test_the_first_layer_that_is_not_finite_is_named():
    game = build()
    game.step()
    with torch.no_grad():
        game.generator.layers[4].weight[0, 0, 0, 0] = torch.nan
    text = game.diagnose()
    assert text.startswith("in the generator, layer layers.4 (ConvTranspose2d), whose weights")
    assert "discriminator" not in text


def test_a_gradient_that_is_not_finite_is_named():
    game = build()
    game.step()
    handle = poison(game, "discriminator")
    assert game.diagnose() == "in the discriminator, gradient of layers.0.weight"
    handle.remove()
