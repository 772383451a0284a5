"""Imports go one way, and the core needs torch alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import onestage

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from _architecture.rooms import imported  # what docs/architecture.md is drawn from

ROOT = Path(onestage.__file__).parent
TORCH_ONLY = (
    "onestage",
    "onestage.losses",
    "onestage.penalties",
    "onestage.optim",
    "onestage.testing",
    "onestage.networks",
    "onestage.bench",
    "onestage.doctor",
    "onestage.graphs",
    "onestage.augment",
)

# A finder that refuses every package that neither Python nor torch brings along. Torch itself
# looks for numpy.
BLOCKED = """
import sys, importlib.abc
import torch
torchs_own = {{"torch", "sympy", "mpmath", "networkx", "jinja2", "markupsafe", "fsspec", "filelock",
    "typing_extensions", "numpy"}}
allowed = {{"onestage"}} | torchs_own | {{name.partition(".")[0] for name in sys.modules}}

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed | set(sys.stdlib_module_names):
            raise ImportError(f"{{name}} is not torch")

for name in ("PIL", "sklearn", "torchmetrics", "cyclopts", "rich", "yaml", "safetensors", "scipy"):
    assert name not in allowed, name
sys.meta_path.insert(0, Refuse())
for name in {modules!r}:
    __import__(name)
import onestage
game = onestage.OneStage(torch.nn.Linear(3, 1), "hinge", penalties=[onestage.R1(1.0)])
step = game.backward(torch.randn(4, 3), torch.nn.Linear(2, 3)(torch.randn(4, 2)))
assert step.strategy == "ratio"
"""


def test_the_core_imports_torch_alone():
    code = BLOCKED.format(modules=TORCH_ONLY)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def _rooms_used(room: str) -> set[str]:
    """The rooms, or files beside them, that a room of the package imports from."""
    place = ROOT / room
    files = [place.with_suffix(".py")] if not place.is_dir() else sorted(place.rglob("*.py"))
    names = set().union(*(imported(file) for file in files))
    inside = {name.split(".")[1] for name in names if name.startswith("onestage.")}
    return {other for other in inside if (ROOT / other).is_dir() or _is_file(other)} - {room}


def _is_file(name: str) -> bool:
    return (ROOT / f"{name}.py").exists()


HELPERS = {"_dtypes", "_processes", "_tree", "_version"}  # everything may know them
ORDER = {  # what else a room may know of
    "losses": set(),
    "penalties": set(),
    "augment": set(),
    "presets": set(),
    "engine": {"losses", "penalties"},
    "_checks": {"losses", "penalties", "engine"},
    "_result": {"losses", "penalties", "engine"},
    "_play_checks": {"engine"},
    "_game": {"losses", "penalties", "engine", "_checks", "_play_checks", "_result"},
}
THE_GAME = {"losses", "penalties", "engine", "_game", "training", "apps", "cli", "testing"}


@pytest.mark.parametrize("room", ORDER)
def test_imports_go_one_way(room):
    assert _rooms_used(room) - HELPERS <= ORDER[room]


CORE = [room for room in ORDER if room != "presets"]  # which reads YAML


@pytest.mark.parametrize("room", [*CORE, "optim", "testing", "networks"])
def test_core_files_name_torch_alone(room):
    """Not even numpy, which torch looks for by itself."""
    place = ROOT / room
    files = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    names = {name.partition(".")[0] for file in files for name in imported(file)}
    assert names <= {"torch", "onestage", *sys.stdlib_module_names}


@pytest.mark.parametrize("room", ["networks", "data", "metrics", "optim", "report", "sharing"])
def test_what_is_beside_the_game_knows_nothing_of_it(room):
    assert _rooms_used(room).isdisjoint(THE_GAME)


@pytest.mark.parametrize(
    ("room", "more"),
    [("bench", {"_allocator", "networks", "graphs"}), ("check", {"bench"}), ("graphs", set())],
)
def test_the_instruments_know_the_core(room, more):
    core = {*CORE, *HELPERS, "testing", "_reference", "_frozen", "_factory"}
    assert _rooms_used(room) <= core | more


@pytest.mark.parametrize(("room", "above"), [("training", {"apps", "cli"}), ("apps", {"cli"})])
def test_nothing_below_knows_the_command_line(room, above):
    assert _rooms_used(room).isdisjoint(above)


def test_private_modules_are_imported_inside_their_own_package_alone():
    """What another room needs, a room exports."""
    strangers = []
    for file in ROOT.rglob("*.py"):
        package = ".".join(("onestage", *file.relative_to(ROOT).parent.parts, ""))
        for name in imported(file):
            owner, private, _ = name.replace(".__", ".").partition("._")
            if private and name.startswith("onestage.") and not package.startswith(f"{owner}."):
                strangers.append(f"{file.relative_to(ROOT)}: {name}")
    assert not strangers


def test_the_face():
    assert set(onestage.__all__) >= {
        "R1",
        "AdversarialLoss",
        "JointLoss",
        "OneStage",
        "SeparableLoss",
        "StepResult",
        "__version__",
    }
    assert all(hasattr(onestage, name) for name in onestage.__all__)


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_every_module_has_a_docstring(file):
    text = file.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text))
