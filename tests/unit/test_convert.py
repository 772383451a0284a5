from typing import Literal

import pytest

from onestage._convert import convert, suggest
from onestage.training import ConfigError


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        ("1e-4", float, 1e-4),  # as PyYAML reads it
        (0, float, 0.0),
        ("1e3", int, 1000),
        ("-7", int, -7),
        (3.0, int, 3),
        (None, int | None, None),
        ("5", int | None, 5),
        (True, bool, True),
        ("b", Literal["a", "b"], "b"),
    ],
)
def test_values_take_the_declared_type(value, hint, expected):
    converted = convert(value, hint, "x")
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (3.5, int),
        ("3.5", int),
        (True, int),
        (True, float),
        ("many", float),
        ("nan", float),
        (float("inf"), float),
        (None, int),
        (1, bool),
        ("true", bool),
        (5, str),
        ([1], str),
        ({}, int),
        ("c", Literal["a", "b"]),
    ],
)
def test_a_wrong_type_is_named_and_refused(value, hint):
    with pytest.raises(ConfigError, match=r"^some-field is "):
        convert(value, hint, "some-field")


def test_suggest_names_the_nearest_or_all():
    assert suggest("hing", ["hinge", "minimax"]) == "Did you mean hinge?"
    assert suggest("zzz", ["hinge", "minimax"]) == "Choose from: hinge, minimax."
