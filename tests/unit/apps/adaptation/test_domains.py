"""Two folders, or the digits pair."""

import numpy as np
import pytest
import torch
from PIL import Image

from onestage.apps.adaptation import build_adapt_config, build_domains
from onestage.apps.adaptation._part import Part
from onestage.data import build_source


def folder(path, classes, count=10, colour=False):
    """Images in a folder for each class; without classes, in one."""
    random = np.random.default_rng(0)
    for name in classes or ("",):
        (path / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            shape = (8, 8, 3) if colour else (8, 8)
            pixels = random.integers(0, 255, shape, dtype=np.uint8)
            Image.fromarray(pixels).save(path / name / f"{number}.png")
    return str(path)


def build(source, target, **settings):
    return build_domains(
        build_adapt_config({"source": source, "target": target, "image_size": 8, **settings})
    )


def test_the_digits_pair_has_disjoint_images():
    domains = build_domains(build_adapt_config())
    parts = [domains.source, domains.target, domains.target_test]
    assert [len(part) for part in parts] == [898, 499, 400]
    numbers = [set(part._numbers) for part in parts]
    assert len(set.union(*numbers)) == 1797
    assert domains.source_test._numbers == domains.target_test._numbers
    assert domains.target.labels is None


def test_stripes_are_every_second_column():
    domains = build_domains(build_adapt_config())
    difference = domains.target_test[0] - domains.source_test[0]
    assert difference[..., ::2].eq(1).all()
    assert difference[..., 1::2].eq(0).all()


def test_two_folders_are_split_the_same_for_every_seed(tmp_path):
    source = folder(tmp_path / "a", ("cat", "dog"))
    target = folder(tmp_path / "b", ("cat", "dog"))
    first, second = (build(source, target, seed=seed) for seed in (0, 1))
    assert (len(first.source), len(first.source_test)) == (16, 4)
    assert set(first.source._numbers).isdisjoint(first.source_test._numbers)
    assert first.source._numbers == second.source._numbers
    assert "16 labelled images of a to 16 unlabelled of b, 2 classes" in first.describe()


def test_the_classes_of_the_target_go_by_name(tmp_path):
    source = folder(tmp_path / "a", ("ant", "bee", "cat"))
    target = folder(tmp_path / "b", ("bee", "cat"))
    found = build(source, target).target_test.labels
    assert set(found.tolist()) == {1, 2}
    assert build(source, target, target_labels=False).target_test.labels is None


def test_a_target_without_labels_and_in_colour(tmp_path):
    domains = build(folder(tmp_path / "a", "xy"), folder(tmp_path / "b", (), colour=True))
    assert domains.target_test.labels is None
    assert domains.channels == 3
    assert domains.source[0].shape == domains.target[0].shape == (3, 8, 8)


@pytest.mark.parametrize(
    ("source", "target", "settings", "message"),
    [
        ("xy", None, {}, "holds no images"),
        ("xy", "missing", {}, "does not exist"),
        ((), "xy", {}, "has no labels; put the images of each class into a folder"),
        ("x", "x", {}, "has 1 class; a classifier needs 2"),
        ("xy", "xyz", {}, "has 3 folders, of which z are no class of the source"),
        ("xy", "xy", {"classes": 3}, "classes is 3, and the source a has 2 (x, y)"),
        ("xy", "xy", {"held_out": 0.01}, "the source has 20 images, of which 0 would be held out"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, source, target, settings, message):
    where = folder(tmp_path / "a", source)
    there = tmp_path / "b"
    if target is None:
        there.mkdir()
    elif target != "missing":
        folder(there, target)
    with pytest.raises(ValueError) as caught:
        build(where, str(there), **settings)
    assert message in str(caught.value)


def test_stripes_are_for_digits():
    with pytest.raises(ValueError, match="target stripe is digits with stripes"):
        build("a", "stripe")


def test_an_image_that_breaks_gives_its_place_to_another(tmp_path):
    source = build_source(folder(tmp_path / "a", "xy"), image_size=8, memory=0, max_bad=0.5)
    part = Part(source, torch.tensor([3, 4, 5]), source.labels)
    wanted, used = part.fetch([0, 1, 2])
    assert used == [0, 1, 2]
    (tmp_path / "a" / "x" / "4.png").write_bytes(b"broken")
    images, used = part.fetch([0, 1, 2])
    assert used == [0, 0, 2]
    assert torch.equal(images, wanted[[0, 0, 2]])
