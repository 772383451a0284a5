"""The project's files agree with one another: versions, bounds, extras."""

import re
import sys
from pathlib import Path

from packaging.requirements import Requirement

import onestage

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# What those who use the project install; the rest is for those who work on it.
FOR_DEVELOPERS = {"test", "docs", "release"}


def _requirements() -> list[Requirement]:
    texts = [*PROJECT["dependencies"], *(text for extra in EXTRAS.values() for text in extra)]
    return [Requirement(text) for text in texts]


def _reached(extra: str) -> set[str]:
    """The extras that an extra installs, itself included."""
    inner = [Requirement(text) for text in EXTRAS[extra]]
    named = {name for entry in inner if entry.name == "onestage" for name in entry.extras}
    return {extra}.union(*(_reached(name) for name in named))


def test_all_is_all():
    assert _reached("all") == EXTRAS.keys() - FOR_DEVELOPERS


def test_the_lowest_versions_are_those_that_are_declared():
    declared = {
        entry.name.lower(): str(entry.specifier).removeprefix(">=")
        for entry in _requirements()
        if entry.name != "onestage" and entry.specifier
    }
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert pinned.keys() == declared.keys()
    padded = {name: re.sub(r"(\.0)+$", "", version) for name, version in pinned.items()}
    assert padded == {name: re.sub(r"(\.0)+$", "", bound) for name, bound in declared.items()}


def test_the_version_is_the_same_everywhere():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [onestage.__version__]
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+?)\]", log, re.MULTILINE)
    assert versions[0] == "Unreleased"
    assert versions[1:2] in ([], [onestage.__version__])
