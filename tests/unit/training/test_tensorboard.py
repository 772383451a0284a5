import sys

import pytest
from PIL import Image

from onestage._convert import ConfigError
from onestage.training._tensorboard import TensorBoardLog

RECORD = {"step": 50, "discriminator_loss": 0.5, "seconds": 2.25}
METRICS = {"step": 50, "metrics": {"fid": 5.5, "num_samples": 2000, "reference": "digits"}}


@pytest.fixture
def read():
    """What a viewer would show of a folder: by tag, step and value."""
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard"
    )

    def scalars(folder):
        events = accumulator.EventAccumulator(str(folder)).Reload()
        found = {
            tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.scalars.Keys()
        }
        return found, {tag: events.Images(tag) for tag in events.images.Keys()}

    return scalars


def test_numbers_become_scalars(tmp_path, read):
    log = TensorBoardLog(tmp_path / "events")
    for record in (RECORD, METRICS, {"step": 100, "r1": float("nan")}):
        log.log(record)
    log.close()
    assert read(tmp_path / "events")[0] == {
        "train/discriminator_loss": [(50, 0.5)],
        "train/seconds": [(50, 2.25)],
        "metrics/fid": [(50, 5.5)],
    }


def test_pictures_become_images(tmp_path, read):
    Image.new("L", (6, 4), 200).save(tmp_path / "grid.png")
    log = TensorBoardLog(tmp_path / "events")
    log.show(tmp_path / "grid.png", 100)
    log.close()
    (image,) = read(tmp_path / "events")[1]["samples"]
    assert (image.step, image.width, image.height) == (100, 6, 4)


def test_what_a_resumed_run_does_again_is_hidden(tmp_path, read):
    for after, value in ((0, 1.0), (50, 2.0)):
        log = TensorBoardLog(tmp_path / "events", after)
        for step in range(after + 50, 151, 50):
            log.log({"step": step, "loss": value})
        log.close()
    shown = read(tmp_path / "events")[0]["train/loss"]
    assert shown == [(50, 1.0), (100, 2.0), (150, 2.0)]


def test_nothing_is_written_before_there_is_something(tmp_path):
    pytest.importorskip("tensorboard")
    log = TensorBoardLog(tmp_path / "events")
    log.close()
    assert not (tmp_path / "events").exists()


def test_where_it_is_missing_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"pip install 'onestage\[tensorboard\]'") as caught:
        TensorBoardLog(tmp_path)
    assert "\n" not in str(caught.value)
