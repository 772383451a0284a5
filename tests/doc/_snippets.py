"""Takes the code out of a Markdown page."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def blocks(page: str, language: str) -> list[str]:
    """The fenced code blocks of one language, in order."""
    text = (ROOT / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def sides(diff: str) -> tuple[str, str]:
    """What a diff block starts from and what it ends in."""
    lines = diff.splitlines()
    assert all(line[:1] in "+- " for line in lines), diff
    before = [line[1:] for line in lines if not line.startswith("+")]
    after = [line[1:] for line in lines if not line.startswith("-")]
    return "\n".join(before), "\n".join(after)
