"""What autodoc does with docstrings: Markdown in, and names that lead where they are documented."""

from __future__ import annotations

import re
from typing import Any

from docutils.nodes import Element
from markdown import to_rst
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contents: Element
) -> Element | None:
    """A name that Sphinx does not find from where it stands.

    One of this project that is documented once is linked. An argument's name in a docstring, a
    private type and the types of other packages stay text; anything else is a warning.
    """
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"].removesuffix("()")
    objects = env.domains.python_domain.objects
    found = [name for name in objects if name == target or name.endswith(f".{target}")]
    canonical = [name for name in found if not objects[name].aliased]
    if len(canonical) == 1:
        entry = objects[canonical[0]]
        assert app.builder is not None
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, contents)
    public = target.startswith("onestage.") and "._" not in target
    return contents if node["reftype"] == "obj" or not public else None


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = to_rst(lines)


def _readable(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str
) -> tuple[str, str] | None:
    """A default that is an object by its name, so that the signature is one of Python."""
    if not signature:
        return None
    named = re.sub(r"<function (\w+)( at \w+)?>", r"\1", signature)
    return re.sub(r"<[^<>]*(<[^<>]*>)?[^<>]*>", "...", named), returns


def _is_default(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    """Whether a member is no method but a field's default: a function of another name."""
    return True if getattr(obj, "__name__", name) != name and callable(obj) else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", _process, priority=400)  # napoleon has 500
    app.connect("autodoc-process-signature", _readable)
    app.connect("autodoc-skip-member", _is_default)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
