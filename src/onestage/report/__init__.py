"""Reports: what a person looks at after training. Knows tensors and files, no other room.

* `write_grid`: images as one PNG.
* `write_points`: points in the plane as a PNG.
"""

from onestage.report._grid import arrange_grid, write_grid
from onestage.report._points import write_points

__all__ = ["arrange_grid", "write_grid", "write_points"]
