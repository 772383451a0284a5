"""Whatever is in a config file or a checkpoint: an error of ours, or the right thing."""

import shutil
from dataclasses import fields, is_dataclass

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onestage.training import (
    Checkpoint,
    CheckpointError,
    ConfigError,
    StepState,
    TrainConfig,
    build_config,
    load_checkpoint,
    load_settings,
    save_checkpoint,
)

FEW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
MANY = settings(FEW, max_examples=2000)


def names(value, path=()):
    for entry in fields(value):
        inner = getattr(value, entry.name)
        if is_dataclass(inner):
            yield (*path, entry.name)
            yield from names(inner, (*path, entry.name))
        else:
            yield (*path, entry.name)


KNOWN = list(names(build_config()))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["hinge", "ring", "lsgan", "small", "1e-3", "100,200", "nan", "inf", "-1"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)


@st.composite
def nested_settings(draw):
    found = {}
    for path in draw(st.lists(st.sampled_from(KNOWN), max_size=5)):
        place = found
        for name in path[:-1]:
            if not isinstance(place.get(name), dict):
                place[name] = {}
            place = place[name]
        place[path[-1]] = draw(VALUES)
    return found


def check_file(path, content):
    path.write_bytes(content)
    try:
        found = load_settings(path)
        config = build_config(found)
    except ConfigError as error:
        assert "\n" not in str(error)
        return
    assert isinstance(config, TrainConfig)


@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_any_bytes_as_a_config(tmp_path, many):
    @(MANY if many else FEW)
    @given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
    def check(content):
        check_file(tmp_path / "config.yaml", content)

    check()


@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_any_values_for_known_settings(tmp_path, many):
    @(MANY if many else FEW)
    @given(nested_settings())
    def check(found):
        check_file(tmp_path / "config.yaml", yaml.safe_dump(found).encode())

    check()


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system [exit]", "a: &a [*a]", "{" * 99])
def test_yaml_runs_nothing(tmp_path, text):
    check_file(tmp_path / "config.yaml", text.encode())


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    weights = {"generator": {"weight": torch.arange(6.0)}}
    state = StepState(weights, {"count": 3, "optimizer": {"state": {0: torch.ones(2)}}})
    return save_checkpoint(folder, Checkpoint(3, state, {"seconds": 1.0}), keep=1)


@st.composite
def damages(draw):
    """(file number, position, kind, bytes)."""
    return (
        draw(st.integers(0, 2)),
        draw(st.floats(0, 1)),
        draw(st.sampled_from(["cut", "replace", "insert", "remove file", "empty"])),
        draw(st.binary(min_size=1, max_size=20)),
    )


@pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_any_damage_to_a_checkpoint(tmp_path, saved, many):
    original = load_checkpoint(saved)
    path = tmp_path / saved.name

    @(MANY if many else FEW)
    @given(st.lists(damages(), min_size=1, max_size=3))
    def check(found):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(saved, path)
        for number, place, kind, content in found:
            file = sorted(saved.iterdir())[number % 3]
            apply_damage(path / file.name, place, kind, content)
        try:
            loaded = load_checkpoint(path)
        except CheckpointError as error:
            assert "\n" not in str(error)
            return
        # What was loaded is what was saved, or the index itself was rewritten into another one.
        assert torch.equal(
            loaded.state.weights["generator"]["weight"],
            original.state.weights["generator"]["weight"],
        )

    check()


def apply_damage(file, place, kind, content):
    if not file.exists():
        return
    data = file.read_bytes()
    at = int(place * len(data))
    if kind == "remove file":
        file.unlink()
    elif kind == "empty":
        file.write_bytes(b"")
    elif kind == "cut":
        file.write_bytes(data[:at])
    elif kind == "replace":
        file.write_bytes(data[:at] + content + data[at + len(content) :])
    else:
        file.write_bytes(data[:at] + content + data[at:])
