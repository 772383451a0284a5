"""Pages that include a document beside the README: its links to others of these."""

from __future__ import annotations

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx


def _lead_to_pages(app: Sphinx, document: nodes.document) -> None:
    """`SECURITY.md`, as CONTRIBUTING links it, is the page `security`."""
    for link in document.findall(pending_xref):
        page = link["reftarget"].lower().removesuffix(".md")
        if link["reftype"] == "myst" and page in app.env.found_docs:
            link["refdomain"], link["reftarget"], link["reftargetid"] = "doc", page, None


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.connect("doctree-read", _lead_to_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
