import pytest
import torch

from onestage.metrics import Evaluator, check_comparable, comparable, upgrade_record

FIELDS = {
    "feature_network": ("other", "feature networks"),
    "feature_network_sha256": ("0" * 64, "weights of the feature network"),
    "feature_network_probe": ([9.0] * 5, "features of one fixed image"),
    "num_features": (3, "numbers of features"),
    "resize": ("none at all", "resizes"),
    "num_samples": (7, "numbers of samples"),
    "image_size": (99, "sizes of the images"),
    "num_reference": (7, "numbers of real samples"),
    "reference_sha256": ("0" * 64, "real samples"),
    "kid_subsets": (7, "numbers of subsets in kid"),
    "kid_subset_size": (7, "sizes of a subset in kid"),
    "precision_k": (7, "neighbours in precision"),
    "coverage_k": (7, "neighbours in coverage"),
    "neighbour_samples": (7, "numbers of samples in precision"),
    "seed": (7, "seeds of the metrics"),
    "version": ("99.0", "versions of onestage"),
}


@pytest.fixture(scope="module")
def record(digits, digit_images, cache_dir):
    return Evaluator(digits, cache_dir=cache_dir)(digit_images[:100])


@pytest.mark.parametrize("field", FIELDS)
def test_a_difference_is_named(record, field):
    value, words = FIELDS[field]
    other = {**record, field: value}
    assert not comparable(record, other)
    with pytest.raises(
        ValueError, match=f"a and c cannot be compared.*different {words}"
    ) as caught:
        check_comparable({"a": record, "b": record, "c": other})
    message = str(caught.value)
    assert str(value)[:12] in message
    assert "\n" not in message


def test_every_field_of_the_provenance_is_looked_at(record, digits, cache_dir):
    provenance = Evaluator(digits, cache_dir=cache_dir).provenance(100)
    assert set(provenance) - set(FIELDS) == {"reference", "torch"}


def test_what_may_differ(record):
    figures = {"fid": 9.0, "recall": 0.0, "reference": "moved", "torch": "9.9", "warnings": ["x"]}
    check_comparable({"a": record, "b": {**record, **figures}})
    check_comparable({"a": record})


def test_an_older_record_is_compared_by_what_it_has(record):
    """One from before precision has the same fid; one without its hash has nothing to say."""
    older = {name: value for name, value in record.items() if not name.endswith("_k")}
    check_comparable({"a": record, "b": older})
    del older["reference_sha256"]
    with pytest.raises(ValueError, match="not recorded"):
        check_comparable({"a": record, "b": older})


def test_real_images_that_differ_in_one_are_told_apart(digits, cache_dir):
    class Changed:
        name, channels, image_size, labels, class_names = "digits", 1, 16, None, ()

        def __len__(self):
            return len(digits)

        def __getitem__(self, index):
            return digits[index] if index else torch.zeros(1, 16, 16)

    one, other = (Evaluator(s, cache_dir=cache_dir).provenance(50) for s in (digits, Changed()))
    with pytest.raises(ValueError, match="different real samples"):
        check_comparable({"a": one, "b": other})


def test_the_old_name_of_the_smallest_class(record):
    old = {"fid": 1.0, "coverage": 0.07}
    assert upgrade_record(old) == {"fid": 1.0, "smallest_class": 0.07}
    assert upgrade_record(record) == record
