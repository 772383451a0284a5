"""A release as its users get it: built, checked, installed into empty environments, and used."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from tests.integration.release._environments import install, make_environment, run

import onestage

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
NOT_OURS = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "*.egg-info", "__pycache__", "build", "dist", "runs"
)
STEP = """
import sys, torch, onestage
from onestage.testing import assert_exact
game = onestage.OneStage(torch.nn.Linear(3, 1), "hinge", penalties=[onestage.R1(1.0)])
step = game.backward(torch.randn(4, 3), torch.nn.Linear(2, 3)(torch.randn(4, 2)))
fake = torch.nn.Linear(2, 3)(torch.randn(4, 2))
assert assert_exact(torch.nn.Linear(3, 1), "hinge", torch.randn(4, 3), fake).strategy == "ratio"
print(step.strategy, onestage.__version__, onestage.__file__, "numpy" in sys.modules)
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """The folder with both distributions, built from a copy that has no leftovers."""
    folder = tmp_path_factory.mktemp("release")
    shutil.copytree(ROOT, folder / "project", ignore=NOT_OURS)
    build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"))
    run(*build, str(folder / "project"))
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(dist) -> Path:
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def source(dist, tmp_path_factory) -> Path:
    """The source distribution, unpacked."""
    (found,) = dist.glob("*.tar.gz")
    with tarfile.open(found) as tar:
        tar.extractall(folder := tmp_path_factory.mktemp("source"), filter="data")
    return folder / found.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(file.read(name).decode())


def test_an_index_would_take_both(dist):
    run(sys.executable, "-m", "twine", "check", "--strict", *map(str, dist.iterdir()))


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    ours = {
        f"onestage/{file.relative_to(ROOT / 'src' / 'onestage').as_posix()}"
        for pattern in ("*.py", "py.typed", "presets/*.yaml")
        for file in (ROOT / "src" / "onestage").rglob(pattern)
    }
    info = f"onestage-{onestage.__version__}.dist-info"
    about = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE"}
    with zipfile.ZipFile(wheel) as file:
        assert set(file.namelist()) == ours | {f"{info}/{name}" for name in about}
        assert file.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_the_source_distribution_is_what_is_under_version_control(source):
    if not (ROOT / ".git").exists():
        pytest.skip("no repository here to compare with")
    tracked = run("git", "ls-files", cwd=ROOT).splitlines()
    ours = {name for name in tracked if not name.startswith(".")}
    found = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    made = {name for name in found if ".egg-info/" in name} | {"PKG-INFO", "setup.cfg"}
    assert found - made - ours == set()
    assert {name for name in ours - found if not (ROOT / name).is_symlink()} <= {"MANIFEST.in"}


def test_the_source_distribution_can_be_tested(source):
    tests = ("tests/unit/losses", "tests/unit/test_project.py", "tests/doc/test_commands.py")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert " passed" in run(*command, cwd=source, PYTHONPATH=str(source / "src"))


def test_torch_is_the_only_requirement_of_the_core(wheel, metadata, tmp_path):
    needed = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    assert [entry.name for entry in needed if entry.marker is None] == ["torch"]
    python = make_environment(tmp_path / "env", "torch")
    install(python, str(wheel))
    strategy, version, place, has_numpy = run(str(python), "-c", STEP, cwd=tmp_path).split()
    assert (strategy, version, has_numpy) == ("ratio", onestage.__version__, "False")
    assert Path(place).is_relative_to(tmp_path)


def test_the_command_line_needs_its_extra_alone(wheel, metadata, tmp_path):
    needed = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    extra = [
        entry.name for entry in needed if entry.marker and entry.marker.evaluate({"extra": "cli"})
    ]
    python = make_environment(tmp_path / "env", "torch", *extra)
    install(python, f"{wheel}[cli]")
    command = str(python.with_name("onestage"))
    assert onestage.__version__ in run(command, "--version", cwd=tmp_path)
    assert "lsgan" in run(command, "presets", cwd=tmp_path)
    run(command, "train", "--preset", "ring", "--scale", "smoke", "--out", "run", cwd=tmp_path)
    assert "fid" in (tmp_path / "run" / "metrics.jsonl").read_text()


def test_without_the_extra_the_command_names_it(wheel, tmp_path):
    python = make_environment(tmp_path / "env", "torch")
    install(python, str(wheel))
    done = subprocess.run(
        [str(python.with_name("onestage")), "--version"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "pip install 'onestage[demo]'" in done.stderr
