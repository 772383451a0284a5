"""Domain adaptation: labels in one domain, images without labels in another.

`DomainAdaptation` is the method, for one's own networks and loop: a feature extractor and a
classifier that learn from the labelled source, and a domain discriminator from which the features
learn to hide where they come from. D's gradient and the features' come out of one forward and one
backward of D, by `onestage.OneStage` on both domains' features as one batch, without a real side:

* "reversal" (DANN) is bit for bit what a gradient reversal layer gives;
* "swapped-labels" is the non-saturating game, which no reversal layer can express, at its price;
* "wasserstein" (WDGRL) has a critic instead of a classifier of domains;
* each of them on the features alone or together with the predicted classes (CDAN).

`build_adaptation(config)` puts small networks, two sources of images and the settings together as a
`Step` for the loop of `onestage.training`; `onestage adapt` is that at the command line, and
`load_adapted` reads what its run has learnt.
"""

from onestage.apps.adaptation._adaptation import DomainAdaptation
from onestage.apps.adaptation._build import build_adaptation
from onestage.apps.adaptation._collapse import CollapseWatch, classes_predicted
from onestage.apps.adaptation._conditions import balanced, entropy_weights, multilinear
from onestage.apps.adaptation._config import AdaptConfig, build_adapt_config
from onestage.apps.adaptation._control import Control
from onestage.apps.adaptation._domains import Domains, build_domains
from onestage.apps.adaptation._networks import DomainDiscriminator, ImageFeatures
from onestage.apps.adaptation._objectives import OBJECTIVES, build_objective
from onestage.apps.adaptation._pca import principal_plane
from onestage.apps.adaptation._result import AdaptationResult
from onestage.apps.adaptation._schedule import annealed, ramp
from onestage.apps.adaptation._step import AdaptationStep
from onestage.apps.adaptation._stripe import StripedSource
from onestage.apps.adaptation._trained import AdaptedNetworks, load_adapted

__all__ = [
    "OBJECTIVES",
    "AdaptConfig",
    "AdaptationResult",
    "AdaptationStep",
    "AdaptedNetworks",
    "CollapseWatch",
    "Control",
    "DomainAdaptation",
    "DomainDiscriminator",
    "Domains",
    "ImageFeatures",
    "StripedSource",
    "annealed",
    "balanced",
    "build_adapt_config",
    "build_adaptation",
    "build_domains",
    "build_objective",
    "classes_predicted",
    "entropy_weights",
    "load_adapted",
    "multilinear",
    "principal_plane",
    "ramp",
]
