"""Packages as metadata names them: there, missing, too old, broken."""

import re
import sys
from importlib import metadata

import pytest

from onestage.doctor import find_packages
from onestage.doctor._packages import _REQUIREMENT


def test_every_requirement_of_the_project_is_read():
    for line in metadata.requires("onestage"):
        found = _REQUIREMENT.fullmatch(line)
        assert found, line
        assert found["name"] == re.match(r"[\w-]+", line)[0]
        assert (found["extra"] or "") == (re.findall(r'extra == "(.+)"', line) or [""])[0]
        assert (found["least"] or "") == (re.findall(r">=([\d.]+)", line) or [""])[0]


def test_what_a_user_can_have():
    found = find_packages(["torch>=2.6", 'pillow>=10.3; extra == "cli"', 'ruff; extra == "test"'])
    assert [(x.name, x.extra, x.least) for x in found] == [
        ("torch", "", "2.6"),
        ("pillow", "cli", "10.3"),
    ]
    assert [(x.version, x.fault) for x in found] == [
        (metadata.version("torch"), None),
        (metadata.version("pillow"), None),
    ]


@pytest.mark.parametrize(
    ("requirement", "is_there", "fault", "remedy"),
    [
        ('no-such-thing>=1; extra == "hf"', False, None, "pip install 'onestage[hf]'"),
        ('rich>=999.1; extra == "cli"', True, "is older than 999.1", "pip install 'onestage[cli]'"),
        ("torch>=999", True, "is older than 999", "pip install onestage"),
    ],
)
def test_what_is_wrong_and_what_mends_it(requirement, is_there, fault, remedy):
    (package,) = find_packages([requirement])
    assert (package.version is not None) is is_there
    assert (package.fault, package.remedy) == (fault, remedy)


@pytest.mark.parametrize(
    ("least", "is_old"),
    [("1.9.9", False), ("1.10", False), ("1.10.0.0", False), ("1.10.1", True), ("2", True)],
)
def test_versions_are_numbers_not_text(broken, least, is_old):
    (package,) = find_packages([f"broken-thing>={least}"])
    assert package.version == "1.10.0+cpu"
    assert package.is_old is is_old


@pytest.fixture(params=[True, False], ids=["declared", "found"])
def broken(request, tmp_path, monkeypatch):
    """A package whose import fails, as those do that do not fit one another.

    Its modules are declared, as setuptools does, or its files alone tell of them.
    """
    info = tmp_path / "broken_thing-1.10.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: broken-thing\nVersion: 1.10.0+cpu\n"
    )
    if request.param:
        (info / "top_level.txt").write_text("broken_things\n")
    (info / "RECORD").write_text("broken_things.py,,\n")
    (tmp_path / "broken_things.py").write_text(
        "print('trouble')\nraise RuntimeError('operator nms\\ndoes not exist')"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("broken_things", None)


def test_one_that_cannot_be_imported(broken, capsys):
    (package,) = find_packages(["broken_Thing>=1; extra == 'hf'"])
    assert package.fault == "cannot be imported: RuntimeError: operator nms does not exist"
    assert package.remedy == "pip install --force-reinstall broken_Thing"
    assert capsys.readouterr() == ("", "trouble\n")  # stdout is for the answer


def test_from_the_source_alone(monkeypatch):
    def refuse(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", refuse)
    assert find_packages() == []
