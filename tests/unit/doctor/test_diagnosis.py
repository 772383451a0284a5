"""What is a problem, which of them matter, and how it reads."""

import dataclasses
import json

import pytest

from onestage.doctor import Device, Diagnosis, Package, _diagnosis, describe, diagnose
from onestage.doctor.__main__ import main

GOOD = Package("torch", "", "2.6", "2.13.0")
NO_RICH = Package("rich", "cli", "13", None)
OLD_RICH = Package("rich", "cli", "13", "12.0", "is older than 13")
NO_LMDB = Package("lmdb", "lsun", "1", None)
BAD_LMDB = Package("lmdb", "lsun", "1", "1.4", "cannot be imported: ImportError: x")
CPU = Device("cpu", {"model": "a processor", "cores": 2, "threads": 1, "memory": 2**34})


@pytest.fixture
def found(monkeypatch):
    """The diagnosis of packages and devices that are made up."""
    monkeypatch.setattr(_diagnosis, "_of_torch", lambda: ())

    def look(*packages, devices=(CPU,), needs=("cli",)) -> Diagnosis:
        monkeypatch.setattr(_diagnosis, "find_packages", lambda: list(packages))
        monkeypatch.setattr(_diagnosis, "examine_devices", lambda say: list(devices))
        return diagnose(needs=needs)

    return look


@pytest.mark.parametrize(
    ("package", "needs", "is_usable", "problems"),
    [
        (GOOD, ("cli",), True, 0),
        (NO_RICH, ("cli",), False, 1),
        (NO_RICH, (), True, 0),
        (OLD_RICH, ("cli",), False, 1),
        (OLD_RICH, (), True, 1),
        (NO_LMDB, ("cli",), True, 0),
        (BAD_LMDB, ("cli",), True, 1),
        (dataclasses.replace(GOOD, fault="is older than 3"), (), False, 1),
    ],
)
def test_what_matters(found, package, needs, is_usable, problems):
    diagnosis = found(package, needs=needs)
    assert (diagnosis.is_usable, len(diagnosis.problems)) == (is_usable, problems)


def test_a_device_that_does_not_work_matters(found):
    broken = Device("cuda:0", {"model": "a GPU"}, fault="no kernel image")
    diagnosis = found(GOOD, devices=(CPU, broken))
    (problem,) = diagnosis.problems
    assert not diagnosis.is_usable
    assert problem.what == "cuda:0 does not work: no kernel image"
    assert "https://pytorch.org" in problem.remedy


def test_a_driver_that_this_torch_does_not_see(monkeypatch, tmp_path):
    driver = tmp_path / "version"
    driver.write_text("NVRM")
    monkeypatch.setattr(_diagnosis, "_NVIDIA", driver)
    monkeypatch.setattr(_diagnosis.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(_diagnosis.torch.version, "cuda", None)
    (problem,) = _diagnosis._of_torch()
    assert "this PyTorch is built for the CPU alone" in problem.what
    monkeypatch.setattr(_diagnosis.torch.version, "cuda", "12.8")
    (problem,) = _diagnosis._of_torch()
    assert "finds no device by its CUDA 12.8" in problem.what


def test_in_words(found):
    lines = describe(found(GOOD, OLD_RICH, NO_LMDB)).splitlines()
    assert "cpu: a processor" in lines
    assert "  cores 2, threads 1, memory 16 GiB" in lines
    assert lines[lines.index("lsun: lmdb (missing)") + 1] == "  pip install 'onestage[lsun]'"
    where = lines.index("broken: rich 12.0 is older than 13")
    assert lines[where + 1] == "  pip install 'onestage[cli]'"
    assert lines[-1] == "not usable before what is broken is mended"
    assert describe(found(GOOD)).splitlines()[-1] == "usable"


def test_without_metadata_it_says_so(found):
    (problem,) = found().problems
    assert "not installed, only found" in problem.what
    assert not problem.is_needed


def test_the_module(found, capsys):
    found(NO_RICH)
    assert main(["--json"], needs=("cli",)) == 1
    assert json.loads(capsys.readouterr().out)["usable"] is False
    assert main([]) == 0
    assert capsys.readouterr().out.endswith("usable\n")
    assert main(["-q"], needs=("cli",)) == 1
    assert capsys.readouterr().out == ""
