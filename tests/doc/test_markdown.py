"""Docstrings as the site's reference shows them."""

import sys

from tests.doc._snippets import ROOT

sys.path.insert(0, str(ROOT / "docs/_extensions"))

from markdown import to_rst

DOCSTRING = """
A loss of `r`, `f` and `logits=`, as `onestage.losses`
has (`a,
b`); |g| and clip_ and a_b.

    L = |r| - `f`

    x_

Then:

| name | what |
|---|---|
| `R1` | a |

* a point
  of two lines:

      code(x)

Args:
    x: not
        code.
"""

RST = r"""
A loss of :py:obj:`r`, :py:obj:`f` and ``logits=``, as :py:obj:`onestage.losses`
has (``a,
b``); \|g\| and clip\_ and a_b.

::

    L = |r| - `f`

    x_

Then:

.. list-table::
   :header-rows: 1

   * - name
     - what
   * - :py:obj:`R1`
     - a

* a point
  of two lines:

  ::

      code(x)

Args:
    x: not
        code.
"""


def test_to_rst():
    found = to_rst(DOCSTRING.splitlines())
    assert [line for line in found if line.strip()] == [
        line for line in RST.splitlines() if line.strip()
    ]


def test_code_stands_alone():
    """What begins or ends a literal block in reStructuredText is an empty line."""
    found = to_rst(DOCSTRING.splitlines())
    places = [number for number, line in enumerate(found) if line.strip() == "::"]
    assert len(places) == 2
    assert all(not found[place - 1] and not found[place + 1] for place in places)
