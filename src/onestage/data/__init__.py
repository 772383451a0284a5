"""Data: where real images come from, and in which order.

**A source** is a map-style dataset: `len(source)`, and `source[i]` gives one image, float32
[C, H, W] in [-1, 1]. It says what it holds (`name`, `channels`, `image_size`) and, where it knows
them, the classes of its images (`labels`, `class_names`). Anything with these attributes will do.
`build_source` knows these:

* `digits`: scikit-learn's 1,797 handwritten digits.
* `photographs`: crops of scikit-learn's two sample photographs.
* one's own image files, of any size and kind: a folder or a zip, where folders are
  classes; tar shards, on disk or on a server; a data set of the Hugging Face Hub.

`RingSource` gives points in the plane rather than images: eight Gaussians, for seeing modes.

**The order** is counted, not remembered: batch k is a pure function of the seed and of k, and the
chance in a sample (its flip) of the seed and of the sample's number. So a run that is resumed at
batch k sees what it would have seen, with any number of workers, and there is no state to save.

**Broken images** are left out, counted and named, up to a share `max_bad`; one that breaks later is
replaced by the next that is whole, so that batches stay full. Nothing that an option names is ever
run, unpacked or unpickled.

`onestage.data.tools` looks at sources, packs them into shards, and prepares known data sets.

Only torch is imported here; numpy, Pillow and scikit-learn are, when a source needs them.
"""

from onestage.data._build import absolute_source, build_source
from onestage.data._loader import build_loader
from onestage.data._ring import RingSource
from onestage.data._sampler import CounterSampler, sample_generator
from onestage.data._source import DataError, ImageSource
from onestage.data._unlabelled import how_to_label

__all__ = [
    "CounterSampler",
    "DataError",
    "ImageSource",
    "RingSource",
    "absolute_source",
    "build_loader",
    "build_source",
    "how_to_label",
    "sample_generator",
]
