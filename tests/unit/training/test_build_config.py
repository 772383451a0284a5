from dataclasses import FrozenInstanceError, asdict

import pytest

from onestage.training import ConfigError, build_config, merge
from onestage.training.recipes import digits_recipe, r1_weight


def test_without_settings_the_digits_recipe_holds():
    config = asdict(build_config())
    assert config == merge(config, digits_recipe())
    assert config["data"]["source"] == "digits"


def test_other_images_take_the_literature():
    config = build_config({"data": {"source": "anywhere"}})
    assert config.generator.learning_rate == config.discriminator.learning_rate == 2e-4
    assert (config.generator.beta1, config.generator.beta2) == (0.5, 0.99)
    assert config.image_size == 64
    assert config.penalties.r1 == 10.0


def test_r1_of_other_images_follows_size_and_batch():
    settings = {"data": {"source": "x"}, "image_size": 128, "batch_size": 32}
    assert build_config(settings).penalties.r1 == r1_weight(128, 32) == 80.0
    assert build_config(merge(settings, {"penalties": {"r1": 3}})).penalties.r1 == 3.0


def test_alternating_methods_take_plain_adam():
    settings = {"data": {"source": "x"}}
    assert build_config(settings).generator.optimism == 1.0
    alternating = build_config({**settings, "method": "two-stage-tuned"})
    assert alternating.generator.optimism == 0.0
    assert build_config(settings).generator.optimizer == alternating.generator.optimizer == "adam"


def test_settings_win_over_the_recipe_and_are_converted():
    config = build_config(
        {
            "steps": "1e2",
            "loss": "least-squares",
            "generator": {"learning-rate": "1e-4", "beta1": 0},
        }
    )
    assert config.steps == 100
    assert config.loss == "least_squares"
    assert config.generator.learning_rate == 1e-4
    assert isinstance(config.generator.beta1, float)
    assert config.generator.base_width == digits_recipe()["generator"]["base_width"]


def test_a_config_gives_itself_back():
    config = build_config({"data": {"source": "x"}, "threads": 2})
    assert build_config(asdict(config)) == config


def test_lists_of_steps_come_as_lists_or_text():
    for steps in ("100,200", [100, 200], ("100", 2e2)):
        config = build_config({"generator": {"decay_steps": steps}})
        assert config.generator.decay_steps == (100, 200)


def test_null_means_unset():
    assert build_config({"steps": None, "generator": None}) == build_config()


def test_a_config_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        build_config().steps = 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stepz": 3}, "Unknown setting stepz. Did you mean steps"),
        ({"generator": {"lerning_rate": 3}}, "generator.lerning_rate. Did you mean learning_rate"),
        ({"generator": 5}, "generator is 5: it must be a mapping"),
        ({"steps": 3.5}, "steps is 3.5"),
        ({"steps": 0}, "steps is 0"),
        ({"batch_size": -1}, "batch-size is -1"),
        ({"batch_size": -1, "data": {"source": "x"}}, "batch-size is -1"),
        ({"loss": "hing"}, "Did you mean hinge"),
        ({"method": "two-stage"}, "method is 'two-stage'"),
        ({"image_size": 0}, "image-size is 0"),
        ({"critic_steps": 0}, "critic-steps is 0: it must be at least 1"),
        ({"accumulation": 3}, "accumulation is 3: it must be a divisor of the batch size 64"),
        ({"preset": "lsgn"}, "There is no preset 'lsgn'. Did you mean lsgan?"),
        ({"preset": "lsgan"}, "needs images: --data.source FOLDER (CelebA"),
        ({"scale": "small"}, "it is the size of a preset; give --preset"),
        ({"generator": {"decay_steps": "20,10"}}, "generator.decay-steps is (20, 10): it must be"),
        ({"generator": {"decay_steps": "ten"}}, "it must be whole numbers, such as 100,200"),
        ({"generator": {"optimizer": "adm"}}, "generator.optimizer is 'adm'. Did you mean adam"),
        ({"augment": {"kind": "adda"}}, "augment.kind is 'adda'. Did you mean ada?"),
        ({"augment": {"target": 1}}, "augment.target is 1.0: it must be between 0 and 1"),
        ({"data": {"condition": "lable"}}, "data.condition is 'lable'. Did you mean label"),
        ({"ema_decay": 1}, "ema-decay is 1.0"),
        ({"generator": {"beta1": 1}}, "generator.beta1 is 1.0"),
        ({"generator": {"learning_rate": 0}}, "generator.learning-rate is 0.0"),
        ({"discriminator": {"clip_weights": -1}}, "discriminator.clip-weights is -1.0"),
        ({"penalties": {"r1": -1}}, "penalties.r1 is -1.0"),
        ({"penalties": {"r1_every": 0}}, "penalties.r1-every is 0"),
        ({"data": {"channels": 2}}, "data.channels is 2"),
        ({"data": {"source": " "}}, "data.source is ' '"),
        ({"data": {"workers": -1}}, "data.workers is -1"),
        ({"data": {"max_bad": 1}}, "data.max-bad is 1.0"),
        ({"threads": 0}, "threads is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"evaluate_samples": 1}, "evaluate-samples is 1"),
        ([], "must be a mapping"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(settings, message):
    with pytest.raises(ConfigError) as error:
        build_config(settings or {"data": settings})
    assert message in str(error.value)
    assert "\n" not in str(error.value)
