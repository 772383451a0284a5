import numpy as np
import pytest
import torch
from PIL import Image

from onestage.data import DataError, build_source
from onestage.training import RunFolder, build_config

RED, GREY = (255, 0, 0), 128


def _save(path, mode="RGB", colour=RED, size=(20, 20), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)
    return path


def _pixel(source, index=0):
    """The middle pixel of an image, 0 to 255."""
    middle = source.image_size // 2
    return ((source[index][:, middle, middle] + 1) * 127.5).round().int().tolist()


def test_any_size_becomes_the_centre_square(tmp_path):
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = 255
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    Image.fromarray(pixels.transpose(1, 0, 2)).save(tmp_path / "high.png")
    _save(tmp_path / "tiny.png", size=(1, 1))
    source = build_source(str(tmp_path), image_size=16)
    assert [source[i].shape for i in range(3)] == [(3, 16, 16)] * 3
    assert source[0].min() == source[2].min() == 1
    assert _pixel(source, 1) == [255, 0, 0]


def test_resize_is_antialiased(tmp_path):
    stripes = np.zeros((64, 64), dtype=np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    image = build_source(str(tmp_path), image_size=16)[0]
    assert image.abs().max() < 0.1


@pytest.mark.parametrize(
    "name, mode, colour, expected",
    [
        ("a.jpg", "CMYK", (0, 255, 255, 0), [255, 0, 0]),
        ("a.png", "RGBA", (255, 0, 0, 0), [255, 255, 255]),
        ("a.png", "RGBA", (255, 0, 0, 255), [255, 0, 0]),
        ("a.png", "LA", (0, 0), [255]),
        ("a.png", "L", GREY, [GREY]),
        ("a.png", "1", 1, [255]),
        ("a.png", "I;16", 257 * GREY, [GREY]),
        ("a.tif", "I;16B", 257 * GREY, [GREY]),
        ("a.tif", "I", 257 * GREY, [GREY]),
        ("a.pgm", "L", GREY, [GREY]),
        ("A.PNG", "RGB", RED, [255, 0, 0]),
        ("a.webp", "RGB", (0, 0, 0), [0, 0, 0]),
        ("a.jpeg", "YCbCr", (GREY, GREY, GREY), [GREY, GREY, GREY]),
    ],
)
def test_every_mode_is_converted(tmp_path, name, mode, colour, expected):
    _save(tmp_path / name, mode, colour)
    source = build_source(str(tmp_path), image_size=16)
    assert source.channels == len(expected)
    assert _pixel(source) == pytest.approx(expected, abs=2)


def test_palette_with_and_without_transparency(tmp_path):
    image = Image.new("P", (20, 20), 1)
    image.putpalette([0, 0, 0, *RED])
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "b.gif")
    image.save(tmp_path / "c.png", transparency=1)
    source = build_source(str(tmp_path), image_size=16)
    assert [_pixel(source, i) for i in range(3)] == [[255, 0, 0], [255, 0, 0], [255, 255, 255]]


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, (0, 0, 255))]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert _pixel(build_source(str(tmp_path), image_size=16)) == [255, 0, 0]


def test_exif_orientation_is_honoured(tmp_path):
    pixels = np.zeros((32, 32), dtype=np.uint8)
    pixels[:16] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    image = build_source(str(tmp_path), image_size=16)[0][0]
    assert (image[:6].max(), image[10:].min()) == (-1, 1)


def test_grey_only_if_all_are_grey(tmp_path):
    _save(tmp_path / "a.png", "L", GREY)
    assert build_source(str(tmp_path), image_size=16).channels == 1
    assert build_source(str(tmp_path), image_size=16, channels=3).channels == 3
    _save(tmp_path / "b.png")
    source = build_source(str(tmp_path), image_size=16)
    assert (source.channels, _pixel(source)) == (3, [GREY] * 3)
    assert _pixel(build_source(str(tmp_path), image_size=16, channels=1), 1) == [76]


def test_folders_are_classes(tmp_path):
    for name in ("dog/1.png", "cat/2.png", "cat/deep/3.png", "cat/10.png"):
        _save(tmp_path / name)
    source = build_source(str(tmp_path), image_size=16)
    assert source.class_names == ("cat", "dog")
    assert source.labels.tolist() == [0, 0, 0, 1]
    assert source.name == tmp_path.name
    _save(tmp_path / "loose.png")
    source = build_source(str(tmp_path), image_size=16)
    assert (source.labels, source.class_names) == (None, ())


def test_links_are_followed(tmp_path):
    for name in ("all/a/1.png", "all/b/2.png", "all/b/deep/3.png", "some/a/1.png"):
        _save(tmp_path / name)
    (tmp_path / "some" / "b").symlink_to(tmp_path / "all" / "b")
    (tmp_path / "some" / "c").symlink_to(tmp_path / "all" / "b" / "deep")
    source = build_source(str(tmp_path / "some"), image_size=16)
    assert [source.title(k).rpartition("some/")[2] for k in range(4)] == [
        *("a/1.png", "b/2.png", "b/deep/3.png", "c/3.png"),
    ]
    assert (source.class_names, source.labels.tolist()) == (("a", "b", "c"), [0, 1, 1, 2])


def test_links_in_a_circle_end(tmp_path):
    for name in ("root/a/1.png", "root/b/2.png", "beside.png"):
        _save(tmp_path / name)
    root = tmp_path / "root"
    for link, to in {"a/itself": "..", "a/above": "../..", "b/a": "../a", "a/b": "../b"}.items():
        (root / link).symlink_to(to)
    for where in (root, tmp_path / "link"):
        if where != root:
            where.symlink_to(root)
        source = build_source(str(where), image_size=16)
        names = [source.title(k).removeprefix(f"{where}/") for k in range(len(source))]
        assert names == ["a/1.png", "a/b/2.png", "b/2.png", "b/a/1.png"]


def test_other_files_are_passed_over(tmp_path):
    _save(tmp_path / "a.png")
    for name in ("notes.txt", ".hidden.png", "script.py", "a.png.part", ".cache/b.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("no image")
    (tmp_path / "folder.png").mkdir()
    assert len(build_source(str(tmp_path), image_size=16)) == 1


def test_images_that_are_not_read_are_told(tmp_path, caplog):
    _save(tmp_path / "a.png")
    (tmp_path / "notes.txt").touch()
    build_source(str(tmp_path), image_size=16)
    assert not caplog.messages
    for name in ("x.heic", "deep/y.HEIC", "e.avif", "p.nef", ".hidden.heic"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    build_source(str(tmp_path), image_size=16)
    (line,) = caplog.messages
    told = "4 image files are of a kind that is not read (.heic 2, .avif 1, .nef 1); convert"
    assert line.startswith(f"{tmp_path.name}: {told}")
    (tmp_path / "a.png").unlink()
    with pytest.raises(DataError, match=r"holds no images: 4 image files are of a kind .*; put"):
        build_source(str(tmp_path), image_size=16)


def test_order_is_that_of_the_names(tmp_path):
    for grey, name in enumerate(["b/1.png", "a/2.png", "a-b/0.png", "a/1.png"]):
        _save(tmp_path / name, "L", grey)
    source = build_source(str(tmp_path), image_size=8)
    assert [_pixel(source, i)[0] for i in range(4)] == [2, 3, 1, 0]


@pytest.mark.parametrize("channels", [None, 3])
@pytest.mark.parametrize("content", [b"", b"not an image", None])
def test_an_unreadable_image_is_named(tmp_path, content, channels):
    whole = _save(tmp_path / "good.png", size=(200, 200)).read_bytes()
    (tmp_path / "bad.png").write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(DataError, match=r"bad\.png cannot be read") as caught:
        build_source(str(tmp_path), image_size=16, channels=channels)
    assert "\n" not in str(caught.value)


def test_decompression_bombs_are_refused(tmp_path, monkeypatch):
    _save(tmp_path / "bomb.png", size=(100, 100))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(DataError, match=r"bomb\.png.*decompression bomb"):
        build_source(str(tmp_path), image_size=16)


@pytest.mark.parametrize("mode, colour", [("F", 0.5), ("I", 70000)])
def test_pixels_without_a_known_range_are_refused(tmp_path, mode, colour):
    _save(tmp_path / "a.tif", mode, colour)
    with pytest.raises(DataError, match=r"a\.tif.*8 or 16 bits"):
        build_source(str(tmp_path), image_size=16)


def test_empty_folder_and_file(tmp_path):
    with pytest.raises(DataError, match="holds no images"):
        build_source(str(tmp_path), image_size=16)
    path = _save(tmp_path / "a.png")
    with pytest.raises(DataError, match="is a file"):
        build_source(str(path), image_size=16)


def test_a_run_is_no_folder_of_images(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    _save(run.samples / "step-0000001.png")
    with pytest.raises(DataError, match=r"run is the folder of a run.*give a folder of images"):
        build_source(str(run.path), image_size=16)


def test_images_that_do_not_fit_in_memory_are_the_same(tmp_path):
    for grey in range(4):
        _save(tmp_path / f"{grey}.png", "L", grey)
    held, read = (build_source(str(tmp_path), image_size=16, memory=m) for m in (2**20, 0))
    assert all(torch.equal(held[i], read[i]) for i in range(4))
    (tmp_path / "2.png").write_bytes(b"damaged since")
    assert torch.equal(held[2], held[2])
    with pytest.raises(DataError, match=r"2\.png cannot be read"):
        read[2]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_large_jpeg_is_nearly_what_it_would_be_without_the_short_cut(tmp_path, mode):
    ramp = np.linspace(0, 255, 1000).astype(np.uint8)
    image = Image.merge("RGB", [Image.fromarray(np.tile(ramp, (800, 1)))] * 3).convert(mode)
    image.save(tmp_path / "a.jpg", quality=95)
    image.save(tmp_path / "b.png")
    source = build_source(str(tmp_path), image_size=32)
    assert (source[0] - source[1]).abs().max() < 0.02


def test_other_exif_than_the_orientation_changes_nothing(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    _save(tmp_path / "a.jpg", exif=exif)
    _save(tmp_path / "b.jpg")
    source = build_source(str(tmp_path), image_size=20)
    assert torch.equal(source[0], source[1])


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_exif_orientation_in_every_format_that_has_it(tmp_path, suffix):
    pixels = np.zeros((32, 32), dtype=np.uint8)
    pixels[:16] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    Image.fromarray(pixels).convert("RGB").save(tmp_path / f"a.{suffix}", exif=exif)
    image = build_source(str(tmp_path), image_size=32)[0]
    assert image[:, :12].max() < -0.9
    assert image[:, 20:].min() > 0.9
