"""Reports: what a person looks at after training. Knows tensors and files, no other room.

* `write_grid`: images as one PNG.
"""

from onestage.report._grid import arrange_grid, write_grid

__all__ = ["arrange_grid", "write_grid"]
