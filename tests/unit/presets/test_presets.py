"""Every preset is complete, trains, and says how."""

import pytest
import torch

from onestage.apps import build_game
from onestage.presets import PresetError, list_presets, load_preset, merge
from onestage.training import ConfigError, build_config

PAPER = [
    *("dcgan-sym", "dcgan-asym", "cgan", "wgan", "lsgan"),
    *("geogan", "relgan", "fishergan", "bgan", "sngan"),
]
OTHERS = ["r3gan", "conditional-digits", "ring", "pix2pix-digits"]
ROUTES = {
    "dcgan-sym": "reversal",
    "cgan": "reversal",
    "wgan": "reversal",
    "r3gan": "shared_penalty",
    "ring": "shared_penalty",
    "pix2pix-digits": "dual",
}
NARROW = {
    "batch_size": 4,
    "evaluate_samples": 0,
    "generator": {"base_width": 4},
    "discriminator": {"base_width": 4},
}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_the_list_is_the_one_that_is_promised():
    assert {preset.name for preset in list_presets()} == {*PAPER, *OTHERS}


@pytest.mark.parametrize("name", [*PAPER, *OTHERS])
def test_each_says_what_it_is_and_where_it_is_from(name):
    preset = load_preset(name)
    for text in (preset.title, preset.source, preset.data, preset.expected):
        assert len(text) > 5


def test_the_translation_says_what_it_changed_from_its_paper():
    config, source = (
        build_config({"preset": "pix2pix-digits"}),
        load_preset("pix2pix-digits").source,
    )
    rates = config.generator.learning_rate, config.discriminator.learning_rate
    assert rates == (5e-4, 2e-4)
    assert "D's Adam 2e-4" in source
    assert "G's learning rate 5e-4 in place of 2e-4" in source
    assert f"L1 {config.generator.reconstruction:g} in place of 100" in source
    assert f"batches of {config.batch_size} in place of 1" in source


@pytest.mark.parametrize("method", ["one-stage", "two-stage-tuned", "two-stage-naive"])
@pytest.mark.parametrize("name", [*PAPER, *OTHERS])
def test_each_trains_for_two_steps(name, method):
    settings = {"preset": name, "scale": "small", "method": method}
    game = build_game(build_config(merge(settings, NARROW)))
    for _ in range(2):
        assert game.step()["finite"]
    if method == "one-stage":
        text = game.explain()
        assert f"strategy: {ROUTES.get(name, 'ratio')} " in text
        assert "3 G + " in text
        assert "cheaper:" in text


@pytest.mark.parametrize("name", PAPER)
def test_the_rows_of_the_paper_have_its_set_up(name):
    config = build_config({"preset": name, "data": {"source": "somewhere"}})
    assert (config.image_size, config.batch_size) == (64, 128)
    if name != "sngan":
        assert config.networks == ("cgan" if name == "cgan" else "dcgan")
        assert config.generator.base_width == config.discriminator.base_width == 128
        assert (config.generator.beta1, config.generator.beta2) == (0.5, 0.999)


def test_published_rates_differ_by_method():
    for method, rate in {"one-stage": 1.35e-5, "two-stage-tuned": 2e-4}.items():
        settings = {"preset": "wgan", "method": method, "data": {"source": "x"}}
        assert build_config(settings).discriminator.learning_rate == rate


def test_settings_win_over_the_preset():
    config = build_config({"preset": "lsgan", "scale": "small", "steps": 7})
    assert config.steps == 7
    assert config.loss == "least_squares"
    assert config.data.source == "digits"


def test_smoke_is_shorter_than_small():
    small, smoke = (build_config({"preset": "bgan", "scale": s}) for s in ("small", "smoke"))
    assert smoke.steps < small.steps


def test_an_unknown_name_is_met_with_the_nearest():
    with pytest.raises(
        PresetError, match=r"There is no preset 'dcgan_asim'. Did you mean dcgan-as"
    ):
        load_preset("dcgan_asim")
    with pytest.raises(PresetError, match="Choose from: bgan"):
        load_preset("zzz")


def test_a_base_is_no_preset():
    with pytest.raises(PresetError):
        load_preset("_paper64")


def test_a_preset_for_images_wants_a_folder():
    with pytest.raises(ConfigError, match=r"--data.source FOLDER"):
        build_config({"preset": "sngan"})


def test_merge_changes_nothing_in_place():
    base, over = {"a": {"b": 1, "c": 2}}, {"a": {"b": 3}, "d": None}
    assert merge(base, over) == {"a": {"b": 3, "c": 2}, "d": None}
    assert base == {"a": {"b": 1, "c": 2}}
