"""The matrix of `make exactness`: a slice that holds every name, and all of it where slow."""

import re
from dataclasses import is_dataclass

import pytest
from _exactness.parts import LOSS_NAMES, NETWORKS, PENALTIES, make_loss
from _exactness.rows import Measured, Row, cover, failure, matrix, measure

from onestage import networks, penalties
from onestage.engine.strategies import STRATEGIES
from onestage.losses import LOSSES

ROWS = matrix()
SLICE = cover(ROWS, seed=0, extra=100)


@pytest.mark.parametrize("row", SLICE, ids=str)
def test_a_slice(row):
    found = measure(row)
    assert failure(row, found) is None
    _assert_explained(row, found.explanation)


def _assert_explained(row, text):
    """The route, why, its cost in forwards of G and D, each penalty's, and what is cheaper."""
    lines = [line for line in text.splitlines() if not line.startswith("penalty:")]
    costs = {"dual": "3 G + 7 D"}
    expected = (
        rf"strategy: {row.takes} \(",
        r"why: +\w.+\.$",
        rf"cost: +{re.escape(costs.get(row.takes, '3 G + 6 D'))} per step",
        r"cheaper: +(Nothing: |\w.+\.$)" if row.takes == "dual" else r"cheaper: +Nothing: ",
    )
    for line, pattern in zip(lines, expected, strict=True):
        assert re.match(pattern, line)
    for penalty in PENALTIES[row.penalty]():
        (line,) = re.findall(rf"penalty:  {penalty.name} on (.+)", text)
        assert re.search(r"\d D more when it is due|no further cost", line)
    reverses = make_loss(row.loss).reversal is not None
    lost = reverses and row.strategy == "auto" and row.takes != "reversal"
    assert ("reversal is not taken" in text) == lost


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSS_NAMES)
def test_all_of_it(loss):
    rows = [row for row in ROWS if row.loss == loss]
    found = [failure(row, measure(row)) for row in rows]
    assert [text for text in found if text is not None] == []


def test_the_slice_holds_every_name():
    for field, names in (
        ("loss", LOSS_NAMES),
        ("network", NETWORKS),
        ("penalty", PENALTIES),
        ("takes", STRATEGIES),
    ):
        assert {getattr(row, field) for row in SLICE} == set(names)


def test_the_matrix_holds_every_loss_discriminator_and_penalty():
    assert {name.partition(" ")[0] for name in LOSS_NAMES} == set(LOSSES)
    discriminators = {name for name in networks.__all__ if name.endswith("Discriminator")}
    assert {type(each.build()).__name__ for each in NETWORKS.values()} == discriminators
    used = {type(penalty) for make in PENALTIES.values() for penalty in make()}
    known = {getattr(penalties, name) for name in penalties.__all__}
    assert used == {kind for kind in known if is_dataclass(kind)}


def test_no_row_is_twice_in_it():
    assert len(set(ROWS)) == len(ROWS)


ROW = Row("hinge", "mlp", "none", "auto", "ratio")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Measured(1e-13, 0.0, "ratio"), None),
        (Measured(1e-13, 0.0, "dual"), "took dual"),
        (Measured(0.0, 2e-12, "ratio"), "off by 2.0e-12"),
        (Measured(float("nan"), 0.0, "ratio"), "off by nan"),
        (Measured(0.0, float("nan"), "ratio"), "off by nan"),
    ],
)
def test_what_a_failure_is(found, words):
    text = failure(ROW, found)
    assert text is None if words is None else text.endswith(words)
