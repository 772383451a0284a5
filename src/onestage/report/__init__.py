"""Reports: what a person looks at after training. Knows tensors and files, no other room.

* `write_grid`: images as one PNG.
* `write_points`: points in the plane as a PNG, real and generated ones.
* `write_scatter`: two groups of points, in one `Panel` or several, as a PNG.
* `write_report`: one or several runs as one HTML page.
* `write_comparison`: a comparison's record as one HTML page.

A page is one file that fetches nothing: pictures, style and script are within it. It is read on a
phone, by keyboard, and in the dark; what is drawn is also said in words.
"""

from onestage.report._comparison import write_comparison
from onestage.report._grid import arrange_grid, write_grid
from onestage.report._points import write_points
from onestage.report._runs import write_report
from onestage.report._scatter import Panel, write_scatter

__all__ = [
    "Panel",
    "arrange_grid",
    "write_comparison",
    "write_grid",
    "write_points",
    "write_report",
    "write_scatter",
]
