import base64
import io

import numpy as np
import pytest
from PIL import Image
from tests.unit.report._folders import write_run
from tests.unit.report._html import Page

from onestage.report._pictures import draw_pictures
from onestage.report._read import read_runs


def _draw(paths, **options):
    return Page(draw_pictures(read_runs(paths), **options))


def _file(image):
    kind, data = image["src"].split(";base64,")
    return kind, base64.b64decode(data)


def _noise(path, steps):
    """Pictures that compress to about 12 KB each."""
    for step in steps:
        pixels = np.random.default_rng(step).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path / "samples" / f"step-{step:07d}.png")
    return path


def test_pictures_are_in_the_page_as_they_are(tmp_path):
    path = write_run(tmp_path / "one")
    images = _draw([path]).all("img")
    files = [path / "samples" / f"step-{step:07d}.png" for step in (100, 200, 300)]
    assert [_file(image) for image in images] == [
        ("data:image/png", file.read_bytes()) for file in files
    ]
    assert ["hidden" in image for image in images] == [True, True, False]
    assert [image["alt"] for image in images] == [
        f"Samples of one at step {step}" for step in (100, 200, 300)
    ]


def test_the_slider_has_a_place_for_each_step(tmp_path):
    (slider,) = _draw([write_run(tmp_path / "one")]).all("input")
    assert (slider["type"], slider["min"], slider["max"], slider["value"]) == ("range", *"022")
    assert slider["data-steps"] == "100,200,300"
    assert slider["aria-valuetext"] == "step 300"


def test_a_single_step_needs_no_slider(tmp_path):
    page = _draw([write_run(tmp_path / "one", pictures=(300,))])
    assert page.all("input") == []
    assert page.text("p") == ["Step 300"]


def test_no_picture_is_no_section(tmp_path):
    assert draw_pictures(read_runs([write_run(tmp_path / "one", pictures=())])) == ""


def test_runs_of_other_steps_share_the_slider(tmp_path):
    paths = [
        write_run(tmp_path / "one", pictures=(10, 30)),
        write_run(tmp_path / "two", pictures=(20, 30)),
        write_run(tmp_path / "three", pictures=()),
    ]
    page = _draw(paths)
    assert page.all("input")[0]["data-steps"] == "10,20,30"
    assert page.text("figcaption") == ["one", "two"]


@pytest.mark.parametrize(("num_runs", "expected"), [(1, 40), (4, 20), (25, 4)])
def test_not_all_of_many(tmp_path, num_runs, expected):
    steps = tuple(range(10, 510, 10))
    paths = [write_run(tmp_path / str(i), pictures=steps) for i in range(num_runs)]
    page = _draw(paths)
    shown = [image["data-step"] for image in page.all("img")]
    assert len(shown) == num_runs * expected
    assert (shown[0], shown[-1]) == ("10", "500")


@pytest.mark.parametrize(
    ("budget", "kind", "kept"),
    [(10**6, "png", 10), (60_000, "jpeg", 10), (10_000, "jpeg", 3), (1, "jpeg", 1)],
)
def test_they_keep_to_a_budget(tmp_path, budget, kind, kept):
    path = _noise(write_run(tmp_path / "one", pictures=()), range(1, 11))
    images = _draw([path], budget=budget).all("img")
    assert len(images) == kept
    assert images[-1]["data-step"] == "10"
    for image in images:
        found, file = _file(image)
        assert found == f"data:image/{kind}"
        with Image.open(io.BytesIO(file)) as picture:
            assert picture.size == (64, 64)
    if budget > 1:
        assert sum(len(_file(image)[1]) for image in images) <= budget
