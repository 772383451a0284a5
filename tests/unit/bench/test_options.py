import pytest

from onestage.bench import Options, parse_sweep
from onestage.bench._pairs import PAIRS, Scale


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"networks": "dcgan"}, "--networks 'dcgan' is unknown. Known: dcgan64"),
        ({"precisions": ("fp16",)}, "--precision 'fp16' is unknown"),
        ({"memory_format": "nhwc"}, "--memory-format 'nhwc'"),
        ({"clock": "sun"}, "--clock 'sun' is unknown"),
        ({"clock": "processor"}, "adds up the time of all threads"),
        ({"clock": "processor", "threads": 1, "device": "cuda"}, "knows nothing of a GPU"),
        ({"rounds": 0}, "--rounds is 0"),
        ({"batch": -1}, "--batch is -1"),
        ({"sweep": ("depth", (1,))}, "--sweep 'depth'"),
        ({"sweep": ("batch", (0,))}, "--sweep is 0"),
        ({"networks": "mine:game", "batch": 3}, "a factory brings networks and a batch"),
    ],
)
def test_what_cannot_be_measured_is_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Options(**settings)


def test_a_point_or_a_curve():
    default = PAIRS["dcgan64"][1]
    assert Options().scales() == [default]
    assert Options(batch=3).scales() == [Scale(3, default.width, default.size)]
    swept = Options(sweep=("size", (16, 32)), width=8).scales()
    assert swept == [Scale(default.batch, 8, 16), Scale(default.batch, 8, 32)]
    assert Options(networks="mine:game").scales() == [None]


def test_sweeps_are_parsed():
    assert parse_sweep("batch=8,16") == ("batch", (8, 16))
    with pytest.raises(ValueError, match="not NAME=N,N"):
        parse_sweep("batch=eight")
