import pytest
import torch

from onestage.metrics import coverage, density, frechet_distance, kernel_distance, precision, recall

ALL = [frechet_distance, kernel_distance, precision, recall, density, coverage]


@pytest.mark.parametrize("figure", ALL)
@pytest.mark.parametrize("shapes", [((9, 3), (9, 4)), ((9,), (9,)), ((9, 3), (9, 3, 1))])
def test_features_that_do_not_fit(figure, shapes):
    real, fake = map(torch.zeros, shapes)
    with pytest.raises(ValueError, match="cannot be compared"):
        figure(real, fake)


@pytest.mark.parametrize("figure", [frechet_distance, kernel_distance])
def test_one_sample_has_no_spread(figure):
    with pytest.raises(ValueError, match="no spread; give at least 2"):
        figure(torch.zeros(5, 3), torch.zeros(1, 3))


@pytest.mark.parametrize("figure", ALL[2:])
def test_nothing_to_compare(figure):
    with pytest.raises(ValueError, match="0 generated samples"):
        figure(torch.zeros(9, 3), torch.zeros(0, 3))
