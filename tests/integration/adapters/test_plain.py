"""A plain loop on two gloo processes: the gradients of one process on the whole batch."""

import pytest
from tests.integration.adapters._common import SCENARIOS, STEPS, assert_same, launch


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return launch("ddp_plain.py", tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_processes_are_one(found, name):
    assert_same(found[name]["weights"], SCENARIOS[name])


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_reduction_per_network_and_update(found, name):
    assert found[name]["reductions"] == [STEPS, STEPS]


def test_a_function_around_the_wrapper_costs_no_further_reduction(found):
    assert_same(found["hidden"]["weights"], SCENARIOS["ratio"])
    assert found["hidden"]["reductions"] == [STEPS, STEPS]


def test_a_static_graph_is_refused(found):
    assert "static_graph=False" in found["static"]
