import json

import pytest
import torch

from onestage._version import __version__
from onestage.metrics import PointEvaluator, PointRecord, check_comparable, evaluate_points
from onestage.metrics._hash import hash_tensors


class Square:
    """Four Gaussians in the plane."""

    name = "square"
    centres = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    std = 0.05

    def __init__(self, count=2000, seed=0):
        noise = torch.randn(count, 2, generator=torch.Generator().manual_seed(seed))
        self.points = self.centres.repeat(count // 4, 1) + self.std * noise

    def __len__(self):
        return len(self.points)

    def __getitem__(self, index):
        return self.points[index]


def test_the_real_points_have_it_all():
    source = Square()
    record = evaluate_points(source.points, source)
    assert record["num_modes"] == record["num_centres"] == 4
    assert record["good_share"] > 0.98
    assert 0 <= record["fid"] < 1e-9


def test_a_lost_mode_is_seen():
    source = Square()
    record = evaluate_points(Square(seed=1).points[source.points[:, 0] > 0], source)
    assert record["num_modes"] == 2
    assert record["modes"][2:] == [0, 0]
    assert record["good_share"] > 0.98
    # the mean moves by 1 and the deviation of x falls from (1 + 0.05^2)^(1/2) to 0.05
    assert record["fid"] == pytest.approx(1 + (1.00125 - 0.05) ** 2, rel=0.02)


def test_points_between_are_no_good():
    source = Square()
    record = evaluate_points(source.points * 0.5, source)
    assert (record["num_modes"], record["good_share"]) == (0, 0)


def test_the_record_names_all_that_was_used():
    source = Square()
    record = evaluate_points(source.points[:100], source, radius=2.0, min_samples=5)
    assert set(record) == set(PointRecord.__annotations__)
    assert json.loads(json.dumps(record)) == record
    expected = {
        "num_samples": 100,
        "std": 0.05,
        "radius": 2.0,
        "min_samples": 5,
        "feature_network": "none",
        "num_features": 2,
        "reference": "square",
        "num_reference": 2000,
        "reference_sha256": hash_tensors({"points": source.points}),
        "version": __version__,
    }
    assert {name: record[name] for name in expected} == expected


def test_other_options_are_not_comparable():
    source = Square()
    first, second = (PointEvaluator(source, radius=r)(source.points) for r in (2.0, 3.0))
    with pytest.raises(ValueError, match=r"different radii of a mode \(2.0 and 3.0\)"):
        check_comparable({"a": first, "b": second})


def test_points_of_another_space():
    with pytest.raises(ValueError, match="do not fit"):
        evaluate_points(torch.zeros(4, 3), Square())
