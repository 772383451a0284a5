import pytest
import torch

from onestage.apps import build_game
from onestage.training import ConfigError, build_config, merge

RING = {"preset": "ring", "batch_size": 32, "generator": {"base_width": 8}, "threads": 1}


def test_points_are_trained_drawn_and_counted(tmp_path):
    game = build_game(build_config(RING))
    assert game.step()["finite"]
    game.draw(tmp_path / "points.png")
    assert (tmp_path / "points.png").stat().st_size > 0
    record = game.task.evaluate(game.ema.module, num_samples=100)
    assert record["num_samples"] == 100
    assert 0 <= record["num_modes"] <= 8
    assert record["fid"] > 0


def test_the_source_alone_chooses_the_settings_of_points():
    assert build_config({"data": {"source": "ring"}}).networks == "mlp"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": 16}, "image-size is for images, and the source ring has points"),
        ({"memory_format": "channels_last"}, "memory-format is for images"),
        ({"data": {"flip": True}}, "data.flip is for images"),
        ({"networks": "dcgan"}, "networks dcgan is for images"),
        ({"augment": {"kind": "ada"}}, "augment.kind is for images"),
        ({"generator": {"norm": "batch"}}, "generator.norm is for images"),
    ],
)
def test_settings_for_images_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        build_game(build_config(merge(RING, settings)))


def test_features_are_for_images():
    game = build_game(build_config(RING))
    with pytest.raises(ConfigError, match="points are compared as such"):
        game.task.evaluate(game.generator, features="pixels")


def test_the_seed_decides():
    first, second, other = (
        build_game(build_config(merge(RING, {"seed": seed}))) for seed in (0, 0, 1)
    )
    for game in (first, second, other):
        game.step()
    weights = [next(game.generator.parameters()) for game in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
