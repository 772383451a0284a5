import pytest

from onestage.data import DataError
from onestage.data._braces import expand_braces


@pytest.mark.parametrize(
    "pattern, names",
    [
        ("a.tar", ["a.tar"]),
        ("{8..11}.tar", ["8.tar", "9.tar", "10.tar", "11.tar"]),
        ("{08..11}", ["08", "09", "10", "11"]),
        ("{a,b}-{0..1}x", ["a-0x", "a-1x", "b-0x", "b-1x"]),
        ("{a,}", ["a", ""]),
    ],
)
def test_as_a_shell_does_it(pattern, names):
    assert expand_braces(pattern) == names


@pytest.mark.parametrize(
    "pattern, why",
    [
        ("{0..1", "without its other half"),
        ("0..1}", "without its other half"),
        ("{{0..1}}", "without its other half"),
        ("{3..1}", "count upwards"),
        ("{0..99999999999}", "at most 100,000"),
        ("{0..999}{0..999}", "more than 100,000"),
    ],
)
def test_what_is_no_pattern(pattern, why):
    with pytest.raises(DataError, match=why):
        expand_braces(pattern)
