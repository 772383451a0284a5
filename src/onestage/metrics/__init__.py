"""Metrics: how good are the images, and measured how?

A distance between real and generated images means nothing without the network whose features it
compares, the number of samples, and the images it was held against. So a measurement is a record
that names them all, with hashes: `evaluate_images(fakes, source)`, or an `Evaluator` where the same
source is asked many times (it computes the real features once).

* Features come from a small classifier of digits for the source `digits`
  (`load_digits_classifier`: trained in seconds on the real ones, then cached), and from the images
  reduced to 8 x 8 pixels for every other (`PixelFeatures`: crude, but the same for everybody). Any
  module that maps images to [N, F] can be given instead.
* `fid`: Frechet distance (Heusel et al., NeurIPS 2017); `kid`: kernel distance (Binkowski et al.,
  ICLR 2018). Both through torchmetrics, in float64.
* `coverage`: the share of the class that was generated least; `confidence`: how sure the classifier
  is of its class, on average. Where the feature network has classes.

Distances taken with different feature networks cannot be compared: these are not the Inception FIDs
of the literature. Every metric is a pure function of its inputs and of a seed, and leaves the
global random state alone.
"""

from ._classifier import DigitsClassifier
from ._distances import frechet_distance, kernel_distance
from ._features import PixelFeatures, extract_features
from ._load import load_digits_classifier
from ._record import Evaluator, MetricRecord, evaluate_images

__all__ = [
    "DigitsClassifier",
    "Evaluator",
    "MetricRecord",
    "PixelFeatures",
    "evaluate_images",
    "extract_features",
    "frechet_distance",
    "kernel_distance",
    "load_digits_classifier",
]
