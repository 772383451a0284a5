"""Distillation without data: a student learns a teacher on what a generator makes.

    from onestage.apps.distillation import DataFreeDistillation

    game = DataFreeDistillation(teacher.eval(), student, generator, student_steps=5)
    for _ in range(cycles):
        game.cycle(lambda: torch.randn(256, 100), student_optimizer, generator_optimizer)

The student S minimises a discrepancy D(S(x), T(x)) on x = G(z) and the generator G maximises it.
The generator's gradient goes through the student *and* through the teacher T; one backward gives
both players theirs. The teacher must be in eval mode and differentiable by its input, which is
checked at every step: with a detached teacher training goes on as if nothing was wrong, and ends
below a student that was shown noise. Its weights get no gradient, whether or not they are frozen.

* `l1`, `log_l1`, `kl`: discrepancies. L_G is a function of L_S, so one walk back serves both.
* `BatchNormStatistics`, `OneHot`, `Balance`, `Activation`: further terms of the generator's, of
  what the teacher shows (DFQ, DAFL), in the same backward.
* `AttentionTransfer`: a further term of the student's (ZSKT), for which the student's graph is
  walked twice.
* `adversarial_weight=0` with `dafl_extras()` is DAFL, whose generator does not look at the student.

`DistillationConfig` and `build_distillation` make of it a `Step` of the common loop, with two-stage
schemes and controls by the same settings; `onestage distill` is its command, and `load_student`
reads what its run has learnt. No figure of a distillation without data means anything beside no
figure of the same student on noise.
"""

from onestage.apps.distillation._attention import AttentionTransfer
from onestage.apps.distillation._build import (
    build_distillation,
    build_teacher,
    evaluation_images,
    training_images,
)
from onestage.apps.distillation._config import (
    METHODS,
    DistillationConfig,
    build_distillation_config,
)
from onestage.apps.distillation._digits import DigitsNet, train_digits_teacher
from onestage.apps.distillation._discrepancies import DISCREPANCIES, Discrepancy, kl, l1, log_l1
from onestage.apps.distillation._distillation import DataFreeDistillation
from onestage.apps.distillation._evaluate import compare, diversity
from onestage.apps.distillation._extras import (
    Activation,
    Balance,
    BatchNormStatistics,
    Extra,
    OneHot,
    dafl_extras,
)
from onestage.apps.distillation._generator import DistillationGenerator
from onestage.apps.distillation._images import LabelledImages
from onestage.apps.distillation._methods import OneStageMethod, StudentAlone, TwoStage
from onestage.apps.distillation._presets import PRESETS
from onestage.apps.distillation._result import DistillationResult
from onestage.apps.distillation._seen import Moments, Seen
from onestage.apps.distillation._step import DistillationStep
from onestage.apps.distillation._trained import TrainedStudent, load_student

__all__ = [
    "DISCREPANCIES",
    "METHODS",
    "PRESETS",
    "Activation",
    "AttentionTransfer",
    "Balance",
    "BatchNormStatistics",
    "DataFreeDistillation",
    "DigitsNet",
    "Discrepancy",
    "DistillationConfig",
    "DistillationGenerator",
    "DistillationResult",
    "DistillationStep",
    "Extra",
    "LabelledImages",
    "Moments",
    "OneHot",
    "OneStageMethod",
    "Seen",
    "StudentAlone",
    "TrainedStudent",
    "TwoStage",
    "build_distillation",
    "build_distillation_config",
    "build_teacher",
    "compare",
    "dafl_extras",
    "diversity",
    "evaluation_images",
    "kl",
    "l1",
    "load_student",
    "log_l1",
    "train_digits_teacher",
    "training_images",
]
