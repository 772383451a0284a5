import pytest
import torch
from PIL import Image

from onestage.apps.gan import Selection
from onestage.apps.image_gan import build_image_gan
from onestage.apps.image_gan._conditions import IMAGE_CONDITIONS, condition_channels
from onestage.data import DataError
from onestage.training import ConfigError, build_config, merge

IMAGES = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
SMALL = {
    "batch_size": 8,
    "generator": {"base_width": 4, "latent_dim": 8},
    "discriminator": {"base_width": 4},
    "threads": 1,
}


def build_game(**settings):
    return build_image_gan(build_config(merge(SMALL, settings)))


@pytest.mark.parametrize("name", IMAGE_CONDITIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_condition_is_an_image_of_the_same_size(name, channels):
    condition = IMAGE_CONDITIONS[name](IMAGES[:, :channels])
    assert condition.shape == (3, condition_channels(name, channels), 16, 16)
    assert condition.abs().max() <= 1


def test_the_top_half_hides_the_lower_half():
    condition = IMAGE_CONDITIONS["top-half"](IMAGES)
    assert torch.equal(condition[:, :, :8], IMAGES[:, :, :8])
    assert (condition[:, :, 8:] == -1).all()


def test_grey_keeps_grey_and_small_keeps_the_mean():
    white = torch.ones(1, 3, 16, 16)
    assert torch.allclose(IMAGE_CONDITIONS["grey"](white), torch.ones(1, 1, 16, 16))
    assert torch.allclose(IMAGE_CONDITIONS["small"](0.5 * white), 0.5 * white)


@pytest.mark.parametrize("condition", IMAGE_CONDITIONS)
def test_every_image_condition_trains_and_draws(tmp_path, condition):
    game = build_game(
        networks="pix2pix",
        image_size=16,
        data={"source": "photographs", "condition": condition},
        generator={"reconstruction": 10},
        penalties={"r1": 0},
    )
    assert game.step()["finite"]
    assert "dual" in game.explain()
    game.draw(tmp_path / "triples.png")
    assert (tmp_path / "triples.png").stat().st_size > 0
    assert game.task.evaluate(game.ema.module, num_samples=20)["num_samples"] == 20


def test_labels_reach_both_networks():
    game = build_game(networks="cgan", data={"condition": "label"})
    assert game.config.data.classes == 10
    batch = next(game.task.batches(0))
    assert batch.condition.dtype == torch.int64
    assert game.step()["finite"]
    twenty = Selection(count=20)
    images = game.task.samples(game.ema.module, twenty)
    other = game.task.samples(game.ema.module, twenty)
    assert torch.equal(images, other)
    drawn = game.task.conditions()(range(2000))
    assert drawn.bincount(minlength=10).min() > 0


def test_a_label_changes_the_image():
    generator = build_game(networks="cgan", data={"condition": "label"}).generator.eval()
    latents = torch.randn(1, 8).expand(2, -1)
    first, second = generator(latents, torch.tensor([0, 1]))
    assert not torch.allclose(first, second)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"networks": "cgan"}, ConfigError, "the networks cgan want label"),
        ({"data": {"condition": "label"}}, ConfigError, "the networks dcgan want none"),
        ({"networks": "pix2pix"}, ConfigError, "want top-half, grey, small"),
        ({"networks": "mlp"}, ConfigError, "which is for points in the plane"),
        ({"image_size": 24}, ValueError, "choose 16, 32, 64 or 128"),
        (
            {"networks": "r3gan", "generator": {"norm": "batch"}},
            ConfigError,
            "generator.norm is 'batch', and the generator of r3gan leaves no choice",
        ),
        (
            {"networks": "cgan", "data": {"condition": "label", "classes": 5}},
            DataError,
            "digits has the label 9, and data.classes is 5",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(settings, error, message):
    with pytest.raises(error, match=message) as found:
        build_game(**settings)
    assert "\n" not in str(found.value)


def test_images_without_labels_are_refused_where_labels_are_wanted(tmp_path):
    for name in ("one", "another"):
        Image.new("L", (16, 16)).save(tmp_path / f"{name}.png")
    data = {"source": str(tmp_path), "condition": "label"}
    with pytest.raises(DataError, match=r"has no labels, and data.condition is 'label'; put the"):
        build_game(networks="cgan", image_size=16, data=data)


@pytest.mark.parametrize("networks", ["dcgan", "sngan", "r3gan"])
def test_other_networks_need_no_other_settings(networks):
    assert build_game(networks=networks).step()["finite"]
