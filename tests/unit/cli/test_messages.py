"""Errors of usage: what was found, and where to look."""

import pytest
import torch

from onestage.cli import main
from onestage.cli._errors import FAILED, REFUSED, explain


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("trian", 'Unknown command "trian". Did you mean "train"?'),
        ("train --stepz 3", "Did you mean --steps? See onestage train --help."),
        ("train extra", "train does not take 'extra'. See onestage train --help."),
        ("data pack photos", "data pack needs OUT. See onestage data pack --help."),
        ("export runs/mine", "export needs --to. See onestage export --help."),
        ("train --steps", "--steps needs a value. See onestage train --help."),
        ("--stepz 3", "Unknown option: --stepz 3. See onestage --help."),
        ("data pakc", 'Did you mean "pack"?'),
    ],
)
def test_a_wrong_word(arguments, message, capsys):
    assert main(arguments.split()) == REFUSED
    out, error = capsys.readouterr()
    assert message in error
    assert (out, error.count("\n")) == ("", 1)


def test_too_little_memory_says_what_helps():
    status, message = explain(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    assert status == FAILED
    assert "lower --batch-size" in message and "Tried to allocate" in message
