"""A data set of the Hub, made here: nothing is downloaded."""

import io

import pytest
import torch
from tests.unit.data._pictures import picture, png

from onestage.data import DataError

datasets = pytest.importorskip("datasets")


def _dataset(**columns):
    features = {"image": datasets.Image(), "label": datasets.ClassLabel(names=["cat", "dog"])}
    features = datasets.Features({name: features[name] for name in columns})
    return datasets.Dataset.from_dict(columns, features=features)


def _source(dataset, **options):
    from onestage.data._file_source import FileSource
    from onestage.data._hub import HubFiles

    return FileSource(HubFiles(dataset, "owner/name"), image_size=16, **options)


def test_images_and_classes(folder):
    from onestage.data import build_source

    expected = build_source(str(folder), image_size=16)
    pictures = [picture(number) for number in (0, 3, 6)]
    source = _source(_dataset(image=pictures, label=[1, 0, 1]), memory=0)
    assert all(torch.equal(source[k], expected[k]) for k in range(3))
    assert source.labels.tolist() == [1, 0, 1]
    assert source.class_names == ("cat", "dog")


def test_what_the_library_itself_loads_from_the_disk(folder):
    from onestage.data import build_source

    files = build_source(str(folder), image_size=16)
    rows = build_source(f"hf:{folder}", image_size=16)
    assert (len(rows), rows.class_names) == (len(files), files.class_names)
    by_class = [sorted(zip(s.labels.tolist(), map(_sum, s), strict=True)) for s in (files, rows)]
    assert by_class[0] == by_class[1]


def test_a_split_that_is_not_there(folder):
    from onestage.data import build_source

    with pytest.raises(DataError, match=r"test cannot be loaded \(.*\); check name and split"):
        build_source(f"hf:{folder}:test", image_size=16)


def _sum(image):
    return int(image.sum())


def test_without_classes():
    assert _source(_dataset(image=[picture(1)])).labels is None


def test_rows_that_cannot_be_read_are_bad_images():
    rows = [{"bytes": data, "path": None} for data in (png(1), png(1)[:200], b"", png(2))]
    source = _source(_dataset(image=rows), max_bad=0.5)
    assert len(source) == 2
    assert all("of owner/name cannot be read" in line for line in source.faults.named.values())


def test_what_has_no_images():
    with pytest.raises(DataError, match="no column of images; it has label"):
        _source(_dataset(label=[1]))


def test_a_picture_is_kept_as_it_was_stored():
    buffer = io.BytesIO()
    picture(1).save(buffer, "JPEG")
    rows = [{"bytes": buffer.getvalue(), "path": "a.jpg"}]
    assert _source(_dataset(image=rows), memory=0).files.read(0) == buffer.getvalue()
