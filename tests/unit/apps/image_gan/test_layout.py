import pytest
import torch

from onestage.apps.gan import Selection
from onestage.apps.image_gan import build_image_gan
from onestage.apps.image_gan._layout import lay_out
from onestage.training import ConfigError, build_config


def rows(selection, num_classes):
    layout = lay_out(selection, num_classes)
    return layout.labels.split(layout.columns)


def test_without_classes_images_stand_in_a_square():
    assert lay_out(Selection(), None) == (64, None, None)
    assert lay_out(Selection(count=5), None) == (5, None, None)
    assert lay_out(Selection(count=3, steps=7), None) == (21, 7, None)


def test_each_column_is_of_one_class():
    assert [row.tolist() for row in rows(Selection(), 10)] == [[*range(10)]] * 6
    assert [row.tolist() for row in rows(Selection(count=12), 10)] == [[*range(10)], [0, 1]]
    assert [row.tolist() for row in rows(Selection(), 100)] == [[*range(100)]]


@pytest.mark.parametrize(
    ("classes", "row"),
    [
        ((7,), [7] * 8),
        ((3, 7), [3] * 4 + [7] * 4),
        ((9, 0, 5), [9] * 3 + [0] * 3 + [5] * 3),
        (tuple(range(9, -1, -1)), [*range(9, -1, -1)]),
    ],
)
def test_few_classes_have_more_than_a_column(classes, row):
    found = rows(Selection(classes=classes), 10)
    assert [line.tolist() for line in found] == [row] * (64 // len(row))


def test_a_row_of_an_interpolation_is_of_one_class():
    found = rows(Selection(count=3, steps=4, classes=(2, 5)), 10)
    assert [line.tolist() for line in found] == [[2] * 4, [5] * 4, [2] * 4]


@pytest.mark.parametrize(
    ("classes", "num_classes", "message"),
    [
        ((3,), None, "knows no classes; leave it out"),
        ((3, 10), 10, "--classes has 10, and the classes of this generator are 0 to 9"),
        ((-1,), 10, "--classes has -1"),
    ],
)
def test_classes_that_there_are_not(classes, num_classes, message):
    with pytest.raises(ConfigError, match=message):
        lay_out(Selection(classes=classes), num_classes)


@pytest.fixture(scope="module")
def game():
    settings = {
        "networks": "cgan",
        "threads": 1,
        "batch_size": 8,
        "data": {"condition": "label"},
        "generator": {"base_width": 4, "latent_dim": 8},
        "discriminator": {"base_width": 4},
    }
    return build_image_gan(build_config(settings))


def test_the_images_are_those_of_the_layout(game):
    generator = game.ema.module
    samples = game.task.samples(generator, Selection(count=24, seed=3, classes=(7,)))
    both = game.task.samples(generator, Selection(count=24, seed=3, classes=(2, 7)))
    seven = torch.arange(24) % 8 >= 4
    assert torch.equal(both[seven], samples[seven])
    assert not torch.isclose(both[~seven], samples[~seven]).flatten(1).all(1).any()
    ways = game.task.samples(generator, Selection(count=2, steps=5, seed=3, classes=(7,)))
    torch.testing.assert_close(ways[[0, 4, 5, 9]], samples[[0, 1, 1, 2]])
    truncated = game.task.samples(
        generator, Selection(count=24, seed=3, classes=(7,), truncation=0.1)
    )
    assert truncated.std(0).mean() < 0.5 * samples.std(0).mean()
