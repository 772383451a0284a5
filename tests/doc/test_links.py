"""Links within the documents lead somewhere, and every page can be found. Nothing is fetched."""

import re
from pathlib import Path

import pytest
from tests.doc._snippets import ROOT

DOCS = ROOT / "docs"
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "examples").glob("*.md")),
    *sorted(DOCS.rglob("*.md")),
]
DOCUMENTS = [document for document in DOCUMENTS if "_build" not in document.parts]


def prose(document: Path) -> str:
    """Without blocks of code."""
    return re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """What its headings are called in links, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", prose(document), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(document: Path) -> list[str]:
    """Those that stay within the project."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(document))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_page_is_in_a_list_of_the_site():
    listed = set()
    for index in DOCS.rglob("*.md"):
        for entries in re.findall(r"^```{toctree}\n(.*?)^```$", index.read_text(), re.S | re.M):
            lines = (line for line in entries.splitlines() if line and line[0] != ":")
            names = (re.sub(r".*<(.+)>", r"\1", line) for line in lines)
            listed |= {(index.parent / f"{name}.md").resolve() for name in names}
    pages = {page for page in DOCUMENTS if DOCS in page.parents}
    assert pages - listed == {DOCS / "index.md"}


def test_the_links_are_found():
    assert "mathematics.md#what-a-plain-ratio-gets-wrong" in links(
        DOCS / "reproducing-the-paper.md"
    )
    assert "a-loss-from-end-to-end" in anchors(ROOT / "CONTRIBUTING.md")
