import json

import pytest

from onestage.training import (
    DataRecord,
    RunError,
    RunFolder,
    build_config,
    check_data,
    load_data,
    save_data,
)

ANIMALS = ("cat", "dog", "emu", "fox")


@pytest.fixture
def run(tmp_path):
    return RunFolder.create(tmp_path / "run", build_config())


def test_what_is_saved_is_loaded(run):
    record = DataRecord(7, ("grün", 'a "b", c', "not text \udcff"))
    save_data(run, record)
    assert load_data(run) == record


def test_a_run_that_has_no_record_is_held_to_nothing(run):
    assert load_data(run) is None
    assert check_data(run, DataRecord(7, ANIMALS)) == []


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (ANIMALS, ("ant", "cat", "dog", "emu"), "class 0 was cat and is ant"),
        (ANIMALS, ANIMALS[:3], "class 3 was fox and is none"),
        (ANIMALS[:3], ANIMALS, "class 3 was none and is fox"),
        (("0", "1", "2"), ("0", "1", "10", "2"), "class 2 was 2 and is 10"),
        (("0", "1"), ("cat", "dog"), "class 0 was 0 and is cat"),
    ],
)
def test_a_label_that_would_mean_another_class_is_refused(run, before, now, change):
    save_data(run, DataRecord(40, before))
    with pytest.raises(RunError) as caught:
        check_data(run, DataRecord(40, now))
    message = str(caught.value)
    assert ", ".join(before) in message
    assert ", ".join(now) in message
    assert change in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (ANIMALS, ANIMALS),
        (("0", "1", "2"), ("0", "1")),  # shards without names, of which the last class is gone
        ((), ANIMALS),
        (ANIMALS, ()),
    ],
)
def test_labels_that_mean_the_same_or_nothing_known_are_not(run, before, now):
    save_data(run, DataRecord(40, before))
    assert check_data(run, DataRecord(40, now)) == []


def test_another_number_of_images_is_told(run):
    save_data(run, DataRecord(1234, ANIMALS))
    (line,) = check_data(run, DataRecord(1233, ANIMALS))
    assert "trained on 1,234 images, and the data have 1,233 now" in line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 5000,
        "{}",
        json.dumps({"num_images": 1.5, "class_names": []}),
        json.dumps({"num_images": 1, "class_names": [1]}),
        json.dumps({"num_images": 1, "class_names": None}),
        json.dumps({"num_images": 1, "class_names": "abc"}),
    ],
)
def test_a_damaged_record_is_one_line(run, text):
    run.data_file.write_text(text)
    with pytest.raises(RunError, match=r"data\.json cannot be used") as caught:
        load_data(run)
    assert "\n" not in str(caught.value)


def test_classes_in_a_few_words():
    assert DataRecord(1).describe_classes() == ""
    assert DataRecord(1, ("cat",)).describe_classes() == "1 class (cat)"
    many = DataRecord(1, tuple(f"c{n}" for n in range(1200))).describe_classes()
    assert many == "1,200 classes (c0, c1, c2, c3, c4, c5, c6, c7 and 1,192 more)"
