"""The tables of strategies are what the planner does now."""

import sys

import pytest
from tests.doc._snippets import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import strategies


@pytest.fixture(scope="module")
def told():
    return {situation: strategies.play(situation) for situation in strategies.SITUATIONS}


def test_the_pages_are_what_the_command_writes(told):
    for page in strategies.PAGES:
        text = page.read_text(encoding="utf-8")
        assert "<!-- strategies " in text
        assert strategies.filled(text, told) == text, "run make strategies"


def test_every_loss_and_every_strategy_is_in_it(told):
    from onestage.engine.strategies import STRATEGIES
    from onestage.losses import LOSSES

    assert {name for situation in told for name in situation.losses} == set(LOSSES)
    assert {one.strategy for one in told.values()} == set(STRATEGIES)
