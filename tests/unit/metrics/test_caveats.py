import pytest

from onestage.metrics._caveats import find_caveats


def _find(num_samples, num_reference, num_features=64):
    return find_caveats(num_samples, num_reference, num_features, precision_k=3, coverage_k=5)


def test_enough():
    assert _find(65, 65) == []


@pytest.mark.parametrize(
    "num_samples, num_reference, starts",
    [
        (64, 65, ["fid is of 64 generated images with 64 features"]),
        (2000, 50, ["fid is of 50 real images with 64 features"]),
        (3, 1797, ["fid is of 3 generated", "recall cannot be taken: 3 generated images"]),
        (99, 5, ["fid is of 5 real", "density and coverage cannot be taken: 5 real images"]),
        (99, 2, ["fid is of 2 real", "precision cannot", "density and coverage cannot"]),
    ],
)
def test_too_few(num_samples, num_reference, starts):
    found = _find(num_samples, num_reference)
    assert len(found) == len(starts)
    assert all(line.startswith(start) for line, start in zip(found, starts, strict=True))
    assert not any("\n" in line for line in found)


def test_inception_wants_thousands():
    (line,) = _find(2000, 10_000, 2048)
    assert "take more than 2,048, better 20,480" in line
