"""The public face is what public_face.txt says: names, signatures, and what is registered."""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import onestage

FILE = Path(__file__).with_name("public_face.txt")
INTERNAL = {"onestage.engine"}  # what it exports is for the rooms of this package
ADVICE = (
    "The public face changed:\n{changes}\n"
    "A line with - breaks those who use it, a line with + alone does not: docs/releasing.md says "
    "what each does to the version. If it is meant, add a line to CHANGELOG.md and run "
    "`make public-face`; if not, give the old name or signature back."
)


class _Text(str):
    """Shown without quotes inside a signature."""

    __repr__ = str.__str__


def public_modules() -> Iterator[ModuleType]:
    """Every module of the package that has no underscore in its name and is not internal."""
    yield onestage
    for found in pkgutil.walk_packages(onestage.__path__, "onestage."):
        is_private = any(part.startswith("_") for part in found.name.split("."))
        if not is_private and found.name not in INTERNAL:
            yield importlib.import_module(found.name)


def public_names(module: ModuleType) -> list[str]:
    """`__all__`; a module without one makes what it defines public."""
    own = (
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
    )
    return sorted(getattr(module, "__all__", own))


def describe(path: str, thing: Any) -> Iterator[str]:
    """The lines of one name: what it is, and for a class what its instances can do."""
    if inspect.isclass(thing):
        bases = ", ".join(base.__name__ for base in thing.__bases__)
        yield f"class {path}({bases})"
        if _is_ours(thing.__init__):
            yield f"{path}{_signature(thing)}"
        for name in _members(thing):
            member = inspect.getattr_static(thing, name)
            function = getattr(member, "__func__", member)  # behind a classmethod or staticmethod
            shown = _signature(function) if inspect.isfunction(function) else ""
            yield f"{path}.{name}{shown}"
    elif inspect.isroutine(thing):
        yield f"{path}{_signature(thing)}"
    elif isinstance(thing, dict):
        yield f"{path}: {', '.join(sorted(map(str, thing)))}"
    else:
        yield path


def _members(cls: type) -> list[str]:
    """What this package's classes define; the fields of a dataclass are in its signature."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith("onestage")]
    names = {name for base in ours for name in vars(base)} - {
        *getattr(cls, "__dataclass_fields__", ())
    }
    return sorted(name for name in names if not name.startswith("_") or name == "__call__")


def _is_ours(function: Any) -> bool:
    return getattr(function, "__module__", "").startswith("onestage")


def _signature(function: Any) -> str:
    """As it is written in the source, whatever Python's version."""
    found = inspect.signature(function)
    shown = [
        entry.replace(annotation=_annotation(entry.annotation), default=_default(entry.default))
        for name, entry in found.parameters.items()
        if not name.startswith("_")
    ]
    returns = _annotation(found.return_annotation)
    return str(found.replace(parameters=shown, return_annotation=returns))


def _annotation(annotation: Any) -> Any:
    if annotation is inspect.Signature.empty:
        return annotation
    shown = inspect.formatannotation(annotation)
    return _Text(shown.strip("'").replace("pathlib._local.", "pathlib."))  # as 3.13 calls it


def _default(value: Any) -> Any:
    is_given = value is not inspect.Parameter.empty
    return _Text(value.__name__) if is_given and hasattr(value, "__name__") else value


def public_face() -> str:
    """All of it, line by line; what is exported twice is described where it is found first."""
    lines, places = [], {}
    for module in public_modules():
        for name in public_names(module):
            thing, path = getattr(module, name), f"{module.__name__}.{name}"
            key = id(thing) if _is_ours(thing) and hasattr(thing, "__name__") else path
            if key in places:
                lines.append(f"{path} = {places[key]}")
            else:
                places[key] = path
                lines.extend(describe(path, thing))
    return "\n".join(lines) + "\n"


def test_the_public_face_is_the_one_that_is_stored():
    stored, found = FILE.read_text(encoding="utf-8"), public_face()
    changes = [
        line
        for line in difflib.unified_diff(stored.splitlines(), found.splitlines(), n=0, lineterm="")
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert stored == found, ADVICE.format(changes="\n".join(changes))


def test_every_public_name_is_there():
    for module in public_modules():
        missing = [name for name in public_names(module) if not hasattr(module, name)]
        assert not missing, f"{module.__name__}.__all__ names {missing}"


if __name__ == "__main__":
    FILE.write_text(public_face(), encoding="utf-8")
