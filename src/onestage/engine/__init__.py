"""The engine: from one forward of D to both players' exact gradients.

A call goes through these files in this order: `_referee` runs D on both batches, each cut off by
`_branch` from whatever made it; `_cotangents` differentiates the losses at D's detached outputs;
`_plan` chooses the cheapest strategy that is exact, with `_probe` where it must know whether
samples are coupled; `strategies` walk D's graph back. `_graph` keeps `.grad` safe while that
happens.

What is exported here is for the rooms of this package. It may change with any version: the face of
the engine is `onestage.OneStage`.
"""

from onestage.engine._cotangents import Cotangents, evaluate
from onestage.engine._counter import OptimizerStepCounter
from onestage.engine._cycle import Cycle
from onestage.engine._explain import explain
from onestage.engine._generator import generator_backward
from onestage.engine._graph import GradientGuard, graph_leaves
from onestage.engine._modules import no_sync, root_modules
from onestage.engine._plan import Planner
from onestage.engine._probe import Coupling, probe
from onestage.engine._recorded import is_being_recorded
from onestage.engine._referee import Referee
from onestage.engine._sharded import ShardedParts
from onestage.engine._sides import Batch, Sides, pair_batches

__all__ = [
    "Batch",
    "Cotangents",
    "Coupling",
    "Cycle",
    "GradientGuard",
    "OptimizerStepCounter",
    "Planner",
    "Referee",
    "ShardedParts",
    "Sides",
    "evaluate",
    "explain",
    "generator_backward",
    "graph_leaves",
    "is_being_recorded",
    "no_sync",
    "pair_batches",
    "probe",
    "root_modules",
]
