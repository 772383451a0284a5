import json
from contextlib import suppress

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.sharing._generators import NAMES, build
from torch import nn

from onestage import networks
from onestage.sharing import build_network, describe, draw_inputs, make_samples


def test_there_is_one_of_every_kind():
    assert {name for name in networks.__all__ if name.endswith("Generator")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_in_and_comes_out_is_as_described(name):
    network = build(name).eval()
    description = json.loads(json.dumps(describe(network)))
    inputs = draw_inputs(network, 5, torch.Generator().manual_seed(0))
    sizes = {"batch": 5, "frames": 13, "samples": 13 * getattr(network, "hop_length", 1)}
    made = make_samples(network, inputs)
    for port, tensor in [
        *((description["inputs"][key], value) for key, value in inputs.items()),
        (description["output"], made),
    ]:
        assert [sizes.get(size, size) for size in port["shape"]] == list(tensor.shape)
        assert f"torch.{port['dtype']}" == str(tensor.dtype)
        if port["values"] == "[-1, 1]":
            assert tensor.abs().max() <= 1
    again = build_network(description, num_tensors=len(network.state_dict()))
    assert {key: value.shape for key, value in again.state_dict().items()} == {
        key: value.shape for key, value in network.state_dict().items()
    }
    assert all(value.is_meta for value in again.state_dict().values())


def test_what_is_said_of_the_training_goes_in():
    assert describe(build("MLPGenerator"), {"step": 3})["training"] == {"step": 3}


class DCGANGenerator(networks.DCGANGenerator):
    """Somebody's own, of the same name."""


@pytest.mark.parametrize(
    "network",
    [nn.Linear(2, 2), networks.MLPDiscriminator(), DCGANGenerator(image_size=16, base_width=4)],
    ids=lambda network: type(network).__name__,
)
def test_other_networks_are_refused(network):
    with pytest.raises(ValueError, match="is not one of the generators"):
        describe(network)


GOOD = {"format": 1, "version": "9.9", "network": "MLPGenerator", "options": {}}


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ([], "it does not describe a generator"),
        ({"model_type": "bert"}, "it does not describe a generator"),
        ({**GOOD, "format": 2}, "reads 1; install the version 9.9"),
        ({**GOOD, "network": "MLPDiscriminator"}, "names the network 'MLPDiscriminator'; choose"),
        ({**GOOD, "network": "__import__"}, "names the network '__import__'; choose one of"),
        ({**GOOD, "network": ["MLPGenerator"]}, "choose one of"),
        ({**GOOD, "options": {"hidden": 3}}, "options do not fit MLPGenerator"),
        ({**GOOD, "options": {"latent_dim": "many"}}, "options do not fit MLPGenerator"),
        ({**GOOD, "options": {"latent_dim": -1}}, "latent_dim=-1 leaves nothing to learn"),
        ({**GOOD, "options": {"base_width": 10**30}}, "options do not fit MLPGenerator"),
        ({**GOOD, "options": [1]}, "options do not fit MLPGenerator"),
        ({**GOOD, "options": {"num_layers": 10**9}}, "its weights are 10 tensors"),
    ],
)
def test_what_describes_no_generator_is_refused(description, message):
    with pytest.raises(ValueError, match=message):
        build_network(description, num_tensors=10)


def test_a_huge_network_takes_no_memory_until_its_weights_are_there():
    build_network({**GOOD, "options": {"base_width": 10**6}}, num_tensors=8)  # 4 TB a layer


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


OPTIONS = {name: build(name).options for name in NAMES}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_whatever_stands_in_the_options_is_a_network_or_a_line(name, data):
    options = dict(OPTIONS[name])
    option = data.draw(st.sampled_from(sorted(options)))
    options[option] = data.draw(ANYTHING)
    with suppress(ValueError):
        build_network({**GOOD, "network": name, "options": options}, num_tensors=50)
