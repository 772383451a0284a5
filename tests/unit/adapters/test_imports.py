"""The frameworks are optional: the core knows none, and each adapter names its extra."""

import importlib
import subprocess
import sys

import pytest

FRAMEWORKS = {"lightning": "lightning.pytorch", "accelerate": "accelerate"}


def test_the_package_imports_no_framework():
    found = subprocess.run(
        [sys.executable, "-c", "import sys, onestage, onestage.adapters; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {*FRAMEWORKS, "huggingface_hub"} & set(found.stdout.split())


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_missing_framework_is_named_with_its_extra(name, monkeypatch):
    monkeypatch.setitem(sys.modules, FRAMEWORKS[name], None)
    monkeypatch.delitem(sys.modules, f"onestage.adapters.{name}", raising=False)
    with pytest.raises(ImportError, match=rf"pip install 'onestage\[{name}\]'"):
        importlib.import_module(f"onestage.adapters.{name}")
