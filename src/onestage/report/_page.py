"""The frame of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onestage._version import __version__
from onestage.report._style import SCRIPT, STYLE
from onestage.report._text import escape, figure

# Nothing is fetched, from nowhere: the browser itself holds the page to that.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def build_page(
    title: str, facts: Mapping[str, Any], sections: Sequence[tuple[str, str]], lead: str = ""
) -> str:
    """A self-contained page.

    Args:
        title: what it is about; any text.
        facts: a few names and values under the heading; any text.
        sections: heading and HTML; those without content are left out.
        lead: HTML between the facts and the first section.
    """
    shown = [(f"part-{i}", name, body) for i, (name, body) in enumerate(sections) if body]
    links = "".join(f'<a href="#{key}">{escape(name)}</a>' for key, name, _ in shown)
    parts = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(name)}</h2>{body}</section>\n'
        for key, name, body in shown
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><header><h1>{escape(title)}</h1>"
        f'{_facts(facts)}<nav aria-label="Parts of this page">{links}</nav></header>\n'
        f"<main>{lead}{parts}</main><footer>onestage {__version__}</footer>"
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _facts(facts: Mapping[str, Any]) -> str:
    if not facts:
        return ""
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(figure(value))}</dd></div>"
        for name, value in facts.items()
    )
    return f'<dl class="facts">{rows}</dl>'
