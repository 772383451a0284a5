"""Settings that check themselves, and their file."""

import pytest

from onestage.apps.adaptation import AdaptConfig, build_adapt_config
from onestage.training import load_settings, save_config


def test_the_digits_are_small_and_folders_are_not():
    assert build_adapt_config().image_size == 8
    assert build_adapt_config({"source": "a", "target": "b"}).image_size == 32
    assert build_adapt_config({"target": "b", "image-size": 16}).image_size == 16


def test_a_file_gives_all_of_it_back(tmp_path):
    config = build_adapt_config({"objective": "swapped-labels", "weight": 0.5})
    save_config(config, tmp_path / "config.yaml", "adapt")
    assert build_adapt_config(load_settings(tmp_path / "config.yaml", AdaptConfig)) == config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"wieght": 1}, "Unknown setting wieght. Did you mean weight"),
        ({"objective": "dann"}, "objective is 'dann'"),
        ({"weight": -1}, "weight is -1.0: it must be 0 or more"),
        ({"learning_rate": 0}, "learning-rate is 0.0: it must be above 0"),
        ({"image_size": 28}, "image-size is 28: it must be 8, 16"),
        ({"held_out": 1}, "held-out is 1.0: it must be between 0 and 1"),
        ({"classes": 1}, "classes is 1: it must be at least 2"),
        ({"target": " "}, "target is ' ': it must be a folder"),
        ({"objective": "wasserstein"}, "needs a Lipschitz critic; give --gradient-penalty 10"),
        ({"stop_on_collapse": True, "evaluate_samples": 0}, "above 0 for stop-on-collapse"),
    ],
)
def test_what_cannot_be_used_is_refused(settings, message):
    with pytest.raises(ValueError) as caught:
        build_adapt_config(settings)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "config.yaml is not valid YAML: line 1"),
        ("steps: many", "steps is 'many'"),
        (None, "There is no config"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, text, message):
    path = tmp_path / "config.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError) as caught:
        load_settings(path, AdaptConfig)
    assert message in str(caught.value)
