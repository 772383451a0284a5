"""onestage: one-stage adversarial training for PyTorch.

Two networks that play against each other are trained with one forward and one backward each per
iteration, exactly. Importing the package needs torch and nothing else.
"""

from onestage._game import OneStage
from onestage._result import StepResult
from onestage._version import __version__
from onestage.losses import AdversarialLoss, JointLoss, SeparableLoss
from onestage.penalties import DRAGAN, R1, R2, GradientPenalty, LeCam

__all__ = [
    "DRAGAN",
    "R1",
    "R2",
    "AdversarialLoss",
    "GradientPenalty",
    "JointLoss",
    "LeCam",
    "OneStage",
    "SeparableLoss",
    "StepResult",
    "__version__",
]
