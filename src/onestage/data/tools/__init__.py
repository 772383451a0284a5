"""Tools for data: what `onestage data` does, to be had from Python.

* `inspect_source`: what a source holds: counts, sizes, modes, bad files, classes, some images.
* `pack`: a source as resized tar shards, in parallel; it goes on where it was stopped.
* `prepare`: CelebA, LSUN Churches or FFHQ, from the files that their owners distribute.
"""

from onestage.data.tools._inspect import Inspection, inspect_source
from onestage.data.tools._known import KNOWN
from onestage.data.tools._pack import Packed, PackOptions, pack
from onestage.data.tools._prepare import prepare

__all__ = ["KNOWN", "Inspection", "PackOptions", "Packed", "inspect_source", "pack", "prepare"]
