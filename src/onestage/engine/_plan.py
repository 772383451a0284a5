"""Chooses the cheapest strategy that is exact, and remembers why."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, distributed, nn

from onestage.engine import _reasons as reasons
from onestage.engine._graph import walks_in
from onestage.engine._modules import exchanging_groups, training_flags
from onestage.engine._probe import Coupling, num_masks, probe
from onestage.engine._recorded import is_being_recorded
from onestage.engine.strategies import STRATEGIES, Strategy, Walk, raise_explained

NAMES = ("auto", "reversal", "ratio", "dual")  # what may be asked for

# A probe sees one batch at one point of training. One that found a sample without a gradient tells
# nothing yet and is made again at calls 2, 4, 8, ...; one that found no path between samples, at
# calls 16, 256, ..., since a branch that was dead may be alive by then.
_INCONCLUSIVE, _INDEPENDENT = 2, 16


@dataclass(frozen=True)
class Situation:
    """All that a plan depends on; a new one is planned, and if need be probed, anew."""

    fake_penalty: bool
    one_logit: bool
    batch_of_one: bool
    outputs: tuple[tuple[torch.dtype, int], ...]
    autocast: torch.dtype | None
    training: tuple[bool, ...]

    @property
    def float16(self) -> bool:
        """Whether a 5-bit exponent is in play."""
        return torch.float16 in (self.autocast, *(dtype for dtype, _ in self.outputs))


@dataclass(frozen=True)
class Plan:
    """A strategy, why it was taken, and what would make a cheaper one exact."""

    strategy: Strategy
    reason: str
    cheaper: str
    again: int = 0  # it is made again at calls that are powers of this; 0: it is final
    is_inconclusive: bool = False  # the probe could not tell


class Planner:
    """Plans by situation. Only a probe makes the host wait."""

    def __init__(self, requested: str, reversal: bool, modules: Sequence[nn.Module]) -> None:
        if requested not in NAMES:
            known = ", ".join(map(repr, NAMES))
            raise ValueError(f"Unknown strategy {requested!r}. Known: {known}.")
        if requested == "reversal" and not reversal:
            raise refusal("reversal", *reasons.NO_REVERSAL)
        self.requested = requested
        self.reversal = reversal
        self.latest: Plan | None = None
        self._lost = self._in_its_way = ""
        self._modules = modules
        self._plans: dict[Situation, Plan] = {}
        self._calls: dict[Situation, int] = {}

    def takes_reversal(self, *, fake_penalty: bool, output_penalty: bool) -> bool:
        """Whether the call is served by the reversal, which needs no look at D or its outputs.

        Args:
            fake_penalty: whether a penalty on the fakes is due.
            output_penalty: whether one on D's outputs is.
        """
        if self.requested == "reversal" and fake_penalty:
            raise refusal("reversal", reasons.FAKE_PENALTY, "Leave out the penalty on the fakes.")
        if self.requested == "reversal" and output_penalty:
            raise refusal("reversal", reasons.OUTPUT_PENALTY, "Leave out that penalty (LeCam).")
        self._lost = self._in_its_way = ""
        if output_penalty:
            self._lost, self._in_its_way = reasons.LOST_TO_OUTPUT_PENALTY, reasons.IN_ITS_WAY_OUTPUT
        elif fake_penalty:
            self._lost, self._in_its_way = reasons.LOST_TO_FAKE_PENALTY, reasons.IN_ITS_WAY_FAKE
        if not self.reversal or self._lost or self.requested not in ("auto", "reversal"):
            return False
        self.latest = Plan(STRATEGIES["reversal"], reasons.REVERSAL, reasons.NOTHING_CHEAPER)
        return True

    def plan(self, walk: Walk) -> Plan:
        """The plan for this call; raises `ValueError` if the requested one cannot be exact."""
        situation = self.situation(walk)
        calls = self._calls[situation] = self._calls.get(situation, 0) + 1
        known = self._plans.get(situation)
        if known is None or (
            is_power(calls, known.again) and not is_being_recorded(walk.outputs[0])
        ):
            made = self._make(situation, walk)
            if known is None or not made.is_inconclusive:  # which says nothing against a finding
                self._plans[situation] = known = made
        self.latest = self._told(known)
        return known

    def _told(self, plan: Plan) -> Plan:
        """The plan, with what a penalty that is due now has to do with it."""
        if self.requested == "auto" and self.reversal:
            plan = replace(plan, reason=plan.reason + self._lost)
        if self.requested == "dual" and self._lost:
            return replace(plan, cheaper=reasons.not_asked(reversal=False))
        if "reversal" in plan.cheaper:
            plan = replace(plan, cheaper=plan.cheaper + self._in_its_way)
        return plan

    def situation(self, walk: Walk) -> Situation:
        """The situation of a call."""
        used = [walk.outputs[i] for i in walk.used]
        inputs = [x for x in walk.fake.inputs if x.requires_grad]
        batch_size = walk.fake.batch_size
        device = inputs[0].device.type
        one_logit = (
            len(used) == 1
            and used[0].numel() == batch_size == used[0].shape[:1].numel()
            and all(x.ndim > 0 and x.shape[0] == batch_size for x in inputs)
        )
        return Situation(
            fake_penalty=bool(walk.fake.penalties),
            one_logit=one_logit,
            # Any strategy is exact with such a batch. Where processes agree, one alone may have it:
            # it is no situation of its own then, in which the others would be left waiting.
            batch_of_one=batch_size == 1 and not (self.requested == "auto" and self._agrees()),
            outputs=tuple([(x.dtype, x.ndim) for x in used]),
            autocast=torch.get_autocast_dtype(device)
            if torch.is_autocast_enabled(device)
            else None,
            training=training_flags(self._modules) if one_logit else (),  # else nothing is probed
        )

    def _make(self, situation: Situation, walk: Walk) -> Plan:
        if self.requested == "dual":
            return Plan(STRATEGIES["dual"], reasons.ASKED, reasons.not_asked(self.reversal))
        if self.requested == "ratio":
            return self._ratio_or_refuse(situation, walk)
        return self._cheapest(situation, walk)

    def _cheapest(self, situation: Situation, walk: Walk) -> Plan:
        dual = STRATEGIES["dual"]
        if situation.fake_penalty:
            return self._with_fake_penalty(situation, walk)
        obstacle = _obstacle(situation, walk)
        if obstacle is not None:
            return Plan(dual, *obstacle)
        if situation.batch_of_one:
            return Plan(dual, *reasons.BATCH_OF_ONE)
        return self._probed(walk, "ratio")

    def _with_fake_penalty(self, situation: Situation, walk: Walk) -> Plan:
        """The penalty's own gradient serves G where the ratio would."""
        if not situation.one_logit:
            return Plan(STRATEGIES["dual"], *_many_logits(walk))
        if _in_float16(situation, walk):
            return Plan(STRATEGIES["dual"], *reasons.FLOAT16_PENALTY)
        (index,) = walk.used
        if walk.fake.logit_gradient is None or not _is_only(walk.fake.logits, walk.outputs[index]):
            return Plan(STRATEGIES["dual"], reasons.FAKE_PENALTY, reasons.NOTHING_CHEAPER)
        if situation.batch_of_one:
            shared = STRATEGIES["shared_penalty"]
            return Plan(shared, reasons.ONE_SAMPLE, reasons.NOTHING_CHEAPER)
        return self._probed(walk, "shared_penalty")

    def _probed(self, walk: Walk, if_independent: str) -> Plan:
        batch_size = walk.fake.batch_size
        coupling = self._probe(walk)
        if coupling is Coupling.INDEPENDENT:
            reason = reasons.independent(num_masks(batch_size), batch_size)
            if if_independent == "shared_penalty":
                reason += reasons.SHARED
            again = 0 if self._agrees() else _INDEPENDENT
            return Plan(STRATEGIES[if_independent], reason, reasons.NOTHING_CHEAPER, again)
        if coupling is Coupling.COUPLED:
            return Plan(STRATEGIES["dual"], *reasons.COUPLED)
        # Other processes may be in another situation at the next look, and never answer.
        if self._agrees():
            return Plan(STRATEGIES["dual"], *reasons.INCONCLUSIVE_TOGETHER, is_inconclusive=True)
        return Plan(STRATEGIES["dual"], *reasons.INCONCLUSIVE, _INCONCLUSIVE, is_inconclusive=True)

    def _agrees(self) -> bool:
        """Whether D is spread over processes, which have to take the same strategy."""
        return bool(exchanging_groups(self._modules))

    def _ratio_or_refuse(self, situation: Situation, walk: Walk) -> Plan:
        if situation.fake_penalty:
            raise refusal("ratio", reasons.FAKE_PENALTY, "Leave out the penalty on the fakes.")
        obstacle = _obstacle(situation, walk)
        if obstacle is not None:
            raise refusal("ratio", *obstacle)
        if situation.batch_of_one:
            return Plan(STRATEGIES["ratio"], reasons.ONE_SAMPLE, reasons.NOTHING_CHEAPER)
        plan = self._probed(walk, "ratio")
        if not plan.is_inconclusive and plan.strategy.name != "ratio":
            raise refusal("ratio", plan.reason, plan.cheaper)
        return plan

    def _probe(self, walk: Walk) -> Coupling:
        (index,) = walk.used
        inputs = [x for x in walk.fake.inputs if x.requires_grad]
        if walk.fake.batch_size == 1:  # nothing to be told from
            return agreed(Coupling.INCONCLUSIVE, walk.outputs[index].device, self._modules)
        try:
            found = probe(walk.outputs[index], inputs, self._modules)
        except RuntimeError as error:
            raise_explained(error)
            raise
        return agreed(found, walk.outputs[index].device, self._modules)


def agreed(found: Coupling, device: torch.device, modules: Iterable[nn.Module]) -> Coupling:
    """The most cautious answer among the processes that D is spread over: all take the same."""
    groups = exchanging_groups(modules)
    if not groups:
        return found
    caution = [Coupling.INDEPENDENT, Coupling.INCONCLUSIVE, Coupling.COUPLED]
    level = torch.tensor(caution.index(found), device=device)
    distributed.all_reduce(level, distributed.ReduceOp.MAX, group=groups[0])
    return caution[int(level)]


def is_power(number: int, base: int) -> bool:
    """Whether a number above 1 is a power of `base`; never where that is 0."""
    return base > 1 and number > 1 and base ** round(math.log(number, base)) == number


def refusal(strategy: str, found_and_why: str, fix: str) -> ValueError:
    """A strategy that was asked for by name and cannot be exact."""
    return ValueError(
        f"strategy={strategy!r} cannot be exact here. Found: {found_and_why} Fix: {fix} "
        "Slower way out: strategy='auto' takes what is exact."
    )


def _obstacle(situation: Situation, walk: Walk) -> tuple[str, str] | None:
    """What rules the ratio out before any probe: (found and why, fix)."""
    if not situation.one_logit:
        return _many_logits(walk)
    return reasons.FLOAT16 if _in_float16(situation, walk) else None


def _in_float16(situation: Situation, walk: Walk) -> bool:
    return situation.float16 or walks_in(torch.float16, [walk.outputs[i] for i in walk.used])


def _many_logits(walk: Walk) -> tuple[str, str]:
    shapes = [tuple(walk.outputs[i].shape) for i in walk.used]
    return reasons.many_logits(shapes, walk.fake.batch_size)


def _is_only(tensors: Sequence[Tensor], wanted: Tensor) -> bool:
    return len(tensors) == 1 and tensors[0] is wanted
