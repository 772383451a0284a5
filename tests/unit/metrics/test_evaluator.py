import json

import pytest
import torch
from torch import nn

from onestage._version import __version__
from onestage.data import build_source
from onestage.metrics import (
    Evaluator,
    MetricRecord,
    coverage,
    density,
    evaluate_images,
    extract_features,
    load_digits_classifier,
    precision,
    recall,
)
from onestage.metrics._hash import hash_tensors


def test_real_digits_are_perfect(digits, digit_images, cache_dir):
    record = evaluate_images(digit_images, digits, cache_dir=cache_dir)
    assert 0 <= record["fid"] < 1e-6
    assert record["kid"] < 0.01
    assert record["smallest_class"] == pytest.approx(0.097, abs=0.003)
    assert record["precision"] == record["recall"] == record["coverage"] == 1
    assert record["density"] == pytest.approx(1, abs=1e-12)
    assert record["warnings"] == []
    assert record["confidence"] > 0.98


def test_worse_images_have_worse_metrics(digits, digit_images, cache_dir):
    evaluate = Evaluator(digits, cache_dir=cache_dir)
    noise = torch.randn(digit_images.shape, generator=torch.Generator().manual_seed(0))
    records = [evaluate((digit_images + std * noise).clamp(-1, 1)) for std in (0.2, 0.6, 2.0)]
    for metric in ("fid", "kid"):
        values = [record[metric] for record in records]
        assert values == sorted(values)
    for metric in ("precision", "recall", "density", "coverage"):
        values = [record[metric] for record in records]
        assert values == sorted(values, reverse=True)
    assert records[-1]["coverage"] < 0.1
    assert records[0]["confidence"] > records[-1]["confidence"]


def test_a_missing_class_is_seen(digits, digit_images, cache_dir):
    some = digit_images[digits.labels != 4]
    assert evaluate_images(some, digits, cache_dir=cache_dir)["smallest_class"] < 0.01


def test_the_record_names_all_that_was_used(digits, digit_images, cache_dir):
    record = evaluate_images(digit_images[:100], digits, cache_dir=cache_dir, seed=3)
    assert set(record) == set(MetricRecord.__annotations__)
    assert json.loads(json.dumps(record)) == record
    classifier = load_digits_classifier(cache_dir)
    expected = {
        "num_samples": 100,
        "image_size": 16,
        "feature_network": "digits-classifier",
        "feature_network_sha256": hash_tensors(classifier.state_dict()),
        "num_features": 64,
        "resize": "bilinear, antialiased, to 16 x 16",
        "reference": "digits",
        "num_reference": 1797,
        "kid_subset_size": 100,
        "precision_k": 3,
        "coverage_k": 5,
        "neighbour_samples": 10_000,
        "seed": 3,
        "torch": torch.__version__,
        "version": __version__,
    }
    assert {name: record[name] for name in expected} == expected
    assert len(record["reference_sha256"]) == 64


def test_the_record_is_repeatable(digits, digit_images, cache_dir):
    evaluate = Evaluator(digits, cache_dir=cache_dir)
    first = evaluate(digit_images[:300])
    torch.rand(1)
    assert evaluate(iter(digit_images[:300].split(256))) == first
    assert evaluate_images(digit_images[:300], digits, cache_dir=cache_dir) == first


def test_other_sources_are_measured_by_their_pixels(cache_dir):
    source = build_source("photographs", image_size=8)
    images = torch.stack([source[index] for index in range(0, len(source), 20)])
    evaluate = Evaluator(source, cache_dir=cache_dir, neighbour_samples=500)
    record, worse = evaluate(images), evaluate(-images)
    assert record["fid"] < worse["fid"]
    assert (record["feature_network"], record["num_features"]) == ("pixels-8x8", 192)
    assert record["smallest_class"] is record["confidence"] is None


def test_neighbours_are_looked_for_among_so_many(digits, digit_images, cache_dir):
    some = Evaluator(digits, cache_dir=cache_dir, neighbour_samples=200)
    network = load_digits_classifier(cache_dir)
    features = extract_features(network, digit_images)
    real, fake = features[torch.arange(200) * 1797 // 200], features[:200]
    record = some(digit_images[:300])
    assert record["neighbour_samples"] == 200
    assert record["fid"] == Evaluator(digits, cache_dir=cache_dir)(digit_images[:300])["fid"]
    for figure in (precision, recall, density, coverage):
        assert record[figure.__name__] == figure(real, fake)


def test_a_feature_network_of_ones_own(digits, digit_images):
    network = nn.Sequential(nn.Flatten(), nn.Linear(256, 8)).eval()
    record = evaluate_images(digit_images[:50], digits, feature_network=network)
    assert (record["feature_network"], record["resize"]) == ("Sequential", "none")
    assert record["num_features"] == 8


def test_images_of_another_size_or_channels(digits, cache_dir):
    for shape in ((4, 1, 32, 32), (4, 3, 16, 16)):
        with pytest.raises(ValueError, match="cannot be held against digits"):
            evaluate_images(torch.zeros(shape), digits, cache_dir=cache_dir)


def test_too_few_images_are_measured_and_said_to_be(digits, digit_images, cache_dir):
    evaluate = Evaluator(digits, cache_dir=cache_dir)
    assert evaluate(digit_images[:65])["warnings"] == []
    few = evaluate(digit_images[:64])
    assert len(few["warnings"]) == 1
    assert "fid is of 64 generated images with 64 features" in few["warnings"][0]
    fewest = evaluate(digit_images[:3])
    assert fewest["recall"] is None
    assert 0 <= fewest["coverage"] < 0.1
    assert [line.partition(" ")[0] for line in fewest["warnings"]] == ["fid", "recall"]


def test_the_provenance_is_known_before_there_are_images(digits, digit_images, cache_dir):
    evaluate = Evaluator(digits, cache_dir=cache_dir)
    provenance = evaluate.provenance(100)
    record = evaluate(digit_images[:100])
    assert {name: record[name] for name in provenance} == provenance
