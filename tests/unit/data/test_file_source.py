"""Broken images, and the order that nothing disturbs."""

import io
import logging
import os
from itertools import islice

import pytest
import torch
from PIL import Image
from tests.unit.data._pictures import picture, png

from onestage.data import DataError, build_loader, build_source

FORKED = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def _jpeg(number, **options):
    buffer = io.BytesIO()
    picture(number, (300, 200)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def _bomb():
    buffer = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(buffer, "PNG")
    return buffer.getvalue()


BROKEN = {
    "cut.png": png(1)[:300],
    "cut.jpg": _jpeg(1)[:-500],
    "empty.png": b"",
    "text.jpg": b"no image at all",
    "program.png": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "bomb.png": _bomb(),
}


@pytest.fixture
def broken(folder):
    """The folder with all kinds of broken images in it."""
    for name, data in BROKEN.items():
        (folder / "a" / name).write_bytes(data)
    (folder / "b" / "gone.png").symlink_to(folder / "nowhere.png")
    return folder


@pytest.mark.parametrize("memory", [0, 2**30])
def test_broken_images_are_skipped_counted_and_named(broken, caplog, memory):
    whole = {p.name for p in broken.rglob("*.png") if p.name[:2].isdigit()}
    with caplog.at_level(logging.WARNING, "onestage.data"):
        source = build_source(str(broken), image_size=16, max_bad=0.2, memory=memory)
    assert len(source) == len(source.labels) == 30
    assert {os.path.basename(source.title(k)) for k in range(30)} == whole
    assert source.labels.bincount().tolist() == [10, 10, 10]
    (warning,) = caplog.messages
    assert "7 of 37 images are unreadable" in warning
    assert "and 2 more" in warning
    named = set(source.faults.named.values())
    assert len(named) == 7
    assert any("bomb.png" in line and "decompression bomb" in line for line in named)
    assert any("gone.png" in line and "No such file" in line for line in named)


def test_too_many_stop_it_with_one_line(broken):
    with pytest.raises(DataError) as caught:
        build_source(str(broken), image_size=16, max_bad=0.1)
    message = str(caught.value)
    assert "7 of 37 images are unreadable, more than max_bad=0.1 allows" in message
    assert message.endswith("Or allow a larger share by max_bad.")
    assert "\n" not in message


def test_one_in_a_hundred_is_put_up_with_and_two_are_not(tmp_path):
    for number in range(99):
        (tmp_path / f"{number:02d}.png").write_bytes(png(number))
    (tmp_path / "bad.png").write_bytes(b"")
    assert len(build_source(str(tmp_path), image_size=8)) == 99
    (tmp_path / "00.png").write_bytes(b"")
    with pytest.raises(DataError, match="2 of 100"):
        build_source(str(tmp_path), image_size=8)


def test_nothing_left_is_refused_whatever_is_allowed(tmp_path):
    (tmp_path / "bad.png").write_bytes(b"")
    with pytest.raises(DataError, match="1 of 1 images"):
        build_source(str(tmp_path), image_size=8, max_bad=1.0)


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_impossible_share(folder, share):
    with pytest.raises(DataError, match="max_bad"):
        build_source(str(folder), image_size=8, max_bad=share)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_bad(folder):
    (folder / "a" / "00.png").chmod(0)
    with pytest.raises(DataError, match=r"00\.png.*Permission denied"):
        build_source(str(folder), image_size=8)


def test_a_jpeg_with_something_after_its_end_is_whole(tmp_path):
    (tmp_path / "a.jpg").write_bytes(_jpeg(1) + b"a phone's video" * 10_000)
    assert len(build_source(str(tmp_path), image_size=8, memory=0)) == 1


def test_an_image_that_breaks_while_training_is_replaced(folder, caplog):
    source = build_source(str(folder), image_size=16, max_bad=0.1, memory=0)
    expected = [source[k] for k in range(30)]
    (folder / "a" / "03.png").unlink()  # number 1: the order is a/00, a/03, a/06 ...
    (folder / "a" / "06.png").write_bytes(png(6)[:200])
    images, used = source.fetch([0, 1, 2, 3])
    assert used == [0, 3, 3, 3]
    assert torch.equal(images.float() / 127.5 - 1, torch.stack([expected[k] for k in used]))
    source.fetch([1, 2])
    assert len(caplog.messages) == 2  # each is named once
    (folder / "a" / "09.png").unlink()
    source.fetch([3])
    (folder / "a" / "12.png").unlink()
    with pytest.raises(DataError, match=r"4 of 30 images are unreadable, more than max_bad=0\.1"):
        source.fetch([4])


def test_the_last_image_is_replaced_by_the_first(folder):
    source = build_source(str(folder), image_size=16, max_bad=0.1, memory=0)
    (folder / "c" / "29.png").unlink()
    assert source.fetch([29])[1] == [0]


@FORKED
@pytest.mark.parametrize("workers", [0, 2])
def test_batches_stay_full_and_labels_follow_the_replacement(folder, workers):
    source = build_source(str(folder), image_size=16, max_bad=0.5, memory=0)
    by_image = {source[k].sum().item(): int(source.labels[k]) for k in range(30)}
    for number in (9, 10, 11, 27):
        (folder / "abc"[number % 3] / f"{number:02d}.png").write_bytes(b"")
    loader = build_loader(source, 8, seed=0, workers=workers, labels=True)
    for images, labels in islice(loader, 8):
        assert images.shape == (8, 3, 16, 16)
        assert [by_image[image.sum().item()] for image in images] == labels.tolist()


@FORKED
def test_all_workers_count_together(folder):
    source = build_source(str(folder), image_size=16, max_bad=0.1, memory=0)
    for number in range(0, 30, 3):
        (folder / "a" / f"{number:02d}.png").unlink()
    with pytest.raises(DataError, match=r"of 30 images are unreadable, more than") as caught:
        for _ in islice(build_loader(source, 2, seed=0, workers=2), 60):
            pass
    assert "\n" not in str(caught.value)


@FORKED
@pytest.mark.parametrize("kind", ["folder", "archive", "packed", "url"])
@pytest.mark.parametrize("memory", [0, 2**30])
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_every_source_resumes_exactly(request, serve, kind, memory, workers):
    if kind == "url":
        where = serve(request.getfixturevalue("packed")).url + "/shard-{00000..00004}.tar"
    else:
        where = str(request.getfixturevalue(kind))
    source = build_source(where, image_size=16, memory=memory)

    def batches(count, **options):
        loader = build_loader(source, 7, seed=3, flip=True, labels=True, **options)
        return list(islice(loader, count))

    straight = batches(9)
    resumed = batches(5, start=4, workers=workers)
    for one, other in zip(straight[4:], resumed, strict=True):
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])


@FORKED
@pytest.mark.parametrize("workers", [0, 2])
def test_a_resumed_run_replaces_the_same_images(folder, workers):
    data = bytearray(png(0, (200, 200)))
    data[-100:-60] = bytes(40)  # its ends are whole, its middle is not: only reading it tells
    for number in (4, 17):
        (folder / "abc"[number % 3] / f"{number:02d}.png").write_bytes(data)

    def batches(count, **options):
        source = build_source(str(folder), image_size=16, max_bad=0.2, memory=0)
        assert len(source) == 30
        taken = list(islice(build_loader(source, 7, seed=3, **options), count))
        assert len(source.faults.named) == (0 if options.get("workers") else 2)
        return taken

    straight = batches(9)
    assert all(map(torch.equal, straight[4:], batches(5, start=4, workers=workers)))
