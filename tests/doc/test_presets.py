"""The page of presets says what the presets do."""

import importlib.util

import pytest
import torch
from tests.doc._snippets import ROOT

SCRIPT = ROOT / "benchmarks" / "presets.py"


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("presets_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_command_writes(script):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    text = script.PAGE.read_text(encoding="utf-8")
    assert script.page(text) == text, "run make presets"
    torch.set_num_threads(before)
