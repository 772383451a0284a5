"""Metrics: how good are the images, and measured how?

A distance between real and generated images means nothing without the network whose features it
compares, the number of samples, and the images it was held against. So a measurement is a record
that names them all, with hashes: `evaluate_images(fakes, source)`, or an `Evaluator` where the same
source is asked many times. `check_comparable` refuses records that were not measured alike.

**Features** come from a network of images (`build_features` by name):

* `digits`: a small classifier of digits (`load_digits_classifier`), trained in seconds on the real
  ones, then cached; the default for the source `digits`.
* `pixels`: the images reduced to 8 x 8 (`PixelFeatures`): crude, but the same for everybody; the
  default for every other source.
* `inception`: the network of the literature's FID (`load_inception`); its weights are fetched once
  and checked by their hash.
* `module:factory`: one's own `nn.Module` from images in [-1, 1] to [N, F].

**Figures**, each a function of two sets of features:

* `fid`: `frechet_distance` (Heusel et al., NeurIPS 2017); `kid`: `kernel_distance` (Binkowski et
  al., ICLR 2018). Both through torchmetrics, in float64.
* `precision`, `recall`: is what is generated real, and is what is real generated? (Kynkaanniemi et
  al., NeurIPS 2019, k = 3.)
* `density`, `coverage`: the same, less moved by outliers (Naeem et al., ICML 2020, k = 5).
* `smallest_class`: the share of the class that was generated least; `confidence`: how sure the
  classifier is of its class, on average. Where the feature network has classes.
* `warnings`: what is wrong with the numbers, such as fewer samples than features.

**Points** of a known mixture need no network: `evaluate_points(fakes, source)` counts the modes
that are covered and the share of good points (`count_modes`), and takes the Frechet distance of the
points themselves.

The features of the real images are kept in the cache folder, known by the hash of the network, by
what it makes of one fixed image and by the names, sizes and times of the source's files, so that no
image is read again. They are not kept where an image could not be read, nor of shards on a server
that tells no times. The files `reference-*.safetensors` there may be deleted at any time.

Distances taken with different feature networks cannot be compared: only those with `inception` are
meant to be the FIDs of the literature. Every metric is a pure function of its inputs and of a seed,
and leaves the global random state alone.
"""

from onestage.metrics._balls import Balls
from onestage.metrics._build import FEATURES, build_features
from onestage.metrics._classifier import DigitsClassifier
from onestage.metrics._compare import check_comparable, comparable, upgrade_record
from onestage.metrics._coverage import coverage
from onestage.metrics._density import density
from onestage.metrics._evaluator import Evaluator, evaluate_images
from onestage.metrics._features import PixelFeatures, extract_features
from onestage.metrics._frechet import frechet_distance
from onestage.metrics._inception import InceptionFeatures
from onestage.metrics._inception_weights import load_inception
from onestage.metrics._kernel import kernel_distance
from onestage.metrics._load import load_digits_classifier
from onestage.metrics._modes import Modes, count_modes
from onestage.metrics._points import PointEvaluator, PointRecord, PointSource, evaluate_points
from onestage.metrics._precision import precision
from onestage.metrics._recall import recall
from onestage.metrics._record import FIGURES, MetricRecord, Provenance

__all__ = [
    "FEATURES",
    "FIGURES",
    "Balls",
    "DigitsClassifier",
    "Evaluator",
    "InceptionFeatures",
    "MetricRecord",
    "Modes",
    "PixelFeatures",
    "PointEvaluator",
    "PointRecord",
    "PointSource",
    "Provenance",
    "build_features",
    "check_comparable",
    "comparable",
    "count_modes",
    "coverage",
    "density",
    "evaluate_images",
    "evaluate_points",
    "extract_features",
    "frechet_distance",
    "kernel_distance",
    "load_digits_classifier",
    "load_inception",
    "precision",
    "recall",
    "upgrade_record",
]
