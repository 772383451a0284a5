import pytest
import torch

from onestage.data import build_source
from onestage.metrics import load_digits_classifier


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory):
    """A cache that holds the digits classifier, trained once for all tests of this room."""
    path = tmp_path_factory.mktemp("cache")
    load_digits_classifier(path)
    return path


@pytest.fixture(scope="session")
def digits():
    return build_source("digits", image_size=16)


@pytest.fixture(scope="session")
def digit_images(digits):
    return torch.stack([digits[index] for index in range(len(digits))])
