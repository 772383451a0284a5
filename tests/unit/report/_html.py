"""A page taken apart by a parser that is not ours."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"meta", "link", "img", "input"}


class Page(HTMLParser):
    """Elements, with their attributes and their text; unbalanced tags raise.

    Attributes:
        elements: name and attributes, in order.
        texts: by element, all text within it, in order.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append((tag, []))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        for _, texts in self._open:
            texts.append(data)

    def handle_endtag(self, tag):
        name, texts = self._open.pop()
        assert name == tag, f"</{tag}> closes <{name}>"
        self.texts.append((tag, "".join(texts)))

    def all(self, tag):
        """The attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag):
        """The text of each element of a kind, in the order of their ends."""
        return [text for name, text in self.texts if name == tag]
