"""How the two players are updated: the methods that are compared.

One iteration at one batch; a forward is 1, a full backward 2, an input-only backward 1:

| method | G | D | updates |
|---|---|---|---|
| `one-stage` | 3 | 6 (7 by the dual) | both at once, both gradients at the same weights |
| `two-stage-tuned` | 3 | 8 | D, then G against the new D with the same fakes, D frozen |
| `two-stage-naive` | 4 | 9 | D, then G against the new D with fakes of its own, D not frozen |

With `critic_steps=n` each begins with n - 1 updates of D alone, on batches of their own and fakes
made without a graph: 1 G + 6 D each. `RecordedOneStage` is `one-stage` as one CUDA graph.

To add one: a file with a class that has `update`, `facts`, `state_dict` and `load_state_dict`, a
line in `METHODS`, a row in the tests.
"""

from onestage.apps.gan.methods._base import Method
from onestage.apps.gan.methods._one_stage import OneStageMethod
from onestage.apps.gan.methods._recorded import RecordedOneStage
from onestage.apps.gan.methods._two_stage_naive import TwoStageNaive
from onestage.apps.gan.methods._two_stage_tuned import TwoStageTuned

METHODS = {
    "one-stage": OneStageMethod,
    "two-stage-tuned": TwoStageTuned,
    "two-stage-naive": TwoStageNaive,
}

__all__ = [
    "METHODS",
    "Method",
    "OneStageMethod",
    "RecordedOneStage",
    "TwoStageNaive",
    "TwoStageTuned",
]
