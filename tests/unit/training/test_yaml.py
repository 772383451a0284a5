from dataclasses import asdict

import pytest

from onestage.training import ConfigError, build_config, load_settings, save_config


def test_a_saved_config_is_read_back_whole(tmp_path):
    config = build_config({"generator": {"learning_rate": 1.7e-5}, "data": {"source": "a b: c"}})
    save_config(config, tmp_path / "c.yaml")
    assert build_config(load_settings(tmp_path / "c.yaml")) == config


def test_every_field_is_written(tmp_path):
    save_config(build_config(), tmp_path / "c.yaml")
    text = (tmp_path / "c.yaml").read_text()
    for group in ("data", "generator", "discriminator", "penalties"):
        assert all(f"  {name}:" in text for name in asdict(build_config())[group])


def test_numbers_that_yaml_reads_as_text_are_numbers(tmp_path):
    (tmp_path / "c.yaml").write_text("steps: 1e3\ngenerator:\n  learning_rate: 1e-4\n  beta1: 0\n")
    assert load_settings(tmp_path / "c.yaml") == {
        "steps": 1000,
        "generator": {"learning_rate": 1e-4, "beta1": 0.0},
    }


def test_an_empty_file_sets_nothing(tmp_path):
    (tmp_path / "c.yaml").write_text("# nothing\n")
    assert load_settings(tmp_path / "c.yaml") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"steps: [1\n", "not valid YAML: line 2"),
        (b"steps: 1\nsteps: 2\n", "the key steps is given twice"),
        (b"- 1\n", "must be a mapping"),
        (b"stepz: 1\n", "Did you mean steps"),
        (b"steps: !!python/object/apply:os.getcwd []\n", "not valid YAML"),
        (b"\xff\xfe\xff", "cannot be read as text"),
        (b"a: \x00\n", "not valid YAML"),
    ],
)
def test_a_bad_file_is_named_and_refused_in_one_line(tmp_path, text, message):
    (tmp_path / "c.yaml").write_bytes(text)
    with pytest.raises(ConfigError) as error:
        load_settings(tmp_path / "c.yaml")
    assert message in str(error.value)
    assert "c.yaml" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="There is no config file"):
        load_settings(tmp_path / "c.yaml")
