"""`DomainAdaptation`: features, a classifier and a domain discriminator in one backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, get_args

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from onestage import OneStage
from onestage.apps._evaluating import evaluating
from onestage.apps.adaptation._checks import (
    check_batch,
    check_classes,
    check_name,
    check_penalty,
)
from onestage.apps.adaptation._conditions import (
    Conditional,
    balanced,
    entropy_weights,
    multilinear,
)
from onestage.apps.adaptation._judge import Judge, Verdict
from onestage.apps.adaptation._objectives import Objective, build_objective, domain_accuracy
from onestage.apps.adaptation._result import AdaptationResult
from onestage.penalties import GradientPenalty

Schedule: TypeAlias = float | Tensor | Callable[[int], float | Tensor]
Forwards: TypeAlias = Literal["apart", "joint"]
_CONDITIONALS, _FORWARDS = get_args(Conditional), get_args(Forwards)


class DomainAdaptation:
    """Unsupervised domain adaptation by an adversary, in one forward and one backward.

    The classifier learns from the source's labels; the domain discriminator D learns to tell the
    domains' features apart; the features learn both to be classified and not to be told apart:

        min_D  L_D(D(h))          min_{F,C}  CE(C(F(x_s)), y_s) + weight L_F(D(h))

    h are the features of both domains, as one batch: D runs once, on all of it. Gradients are those
    of the two problems taken apart, for each objective, with any D, and are *added* to `.grad`;
    optimisers are the caller's, one for the features and the classifier, one for D.

    Args:
        features: F, from a batch of images (or anything) to features [B, ...].
        classifier: C, from features to class logits [B, K].
        domain_discriminator: D, from features to one logit per sample, [B] or [B, 1], or to a map
            of them, [B, 1, H, W]; higher = source. With `conditional` it takes [B, K F].
        objective: "reversal" (DANN), "swapped-labels" or "wasserstein".
        weight: of L_F: a number, or a function of D's optimiser steps so far, read at every call
            (`ramp`).
        conditional: "none"; "cdan" for features with predictions; "cdan-e" weighs samples by how
            sure the prediction is as well.
        forwards: "apart" runs F on source and target one after the other, so that BatchNorm keeps
            their statistics apart; "joint" on both as one batch.
        gradient_penalty: weight of a penalty on D between source and target; none by default.
            "wasserstein", whose critic must be Lipschitz, wants it said: 10 as in WDGRL, or 0 where
            D is kept so otherwise (`onestage.optim.clip_weights_`, spectral norm).
        strategy: passed to `OneStage`.

    Raises:
        ValueError: for an unknown name, a strategy that the objective does not allow, or
            "wasserstein" without a word on the penalty.
    """

    def __init__(
        self,
        features: nn.Module,
        classifier: nn.Module,
        domain_discriminator: nn.Module,
        objective: Objective = "reversal",
        weight: Schedule = 1.0,
        *,
        conditional: Conditional = "none",
        forwards: Forwards = "apart",
        gradient_penalty: float | None = None,
        strategy: str = "auto",
    ) -> None:
        check_name("conditional", conditional, _CONDITIONALS)
        check_name("forwards", forwards, _FORWARDS)
        check_penalty(objective, gradient_penalty)
        self.features = features
        self.classifier = classifier
        self.domain_discriminator = domain_discriminator
        self.objective = objective
        self._weight = weight
        self._conditional = conditional
        self._forwards = forwards
        self._penalty = GradientPenalty(gradient_penalty) if gradient_penalty else None
        self._judge = Judge(domain_discriminator)
        self._game = OneStage(self._judge, build_objective(objective), strategy=strategy)
        self._is_first = True

    def backward(
        self, source: Tensor, labels: Tensor, target: Tensor, *, scale: float | Tensor = 1.0
    ) -> AdaptationResult:
        """Add the gradients of all three networks to `.grad`.

        Args:
            source: labelled samples [B, ...].
            labels: their classes, int64 [B].
            target: samples without labels [B', ...]; each domain weighs one half however many.
            scale: multiplies all gradients: 1/n for n accumulated micro-batches, or
                `GradScaler.scale(one)`.

        Raises:
            ValueError: for an empty batch, labels that are not one per sample, a D with logits by
                class, or (at the first call) a label that the classifier has no class for; and as
                `OneStage.backward`.
        """
        check_batch(source, labels, target)
        own, others = self._run_features(source, target)
        logits = self.classifier(own)
        if self._is_first:
            check_classes(labels, logits)  # the host waits, this once
            self._is_first = False
        classification = cross_entropy(logits, labels)
        is_source = torch.cat([_ones(own), _ones(others) * 0])
        seen, weights = self._condition(own, others, logits, is_source)
        weight = self.weight()
        step = self._game.backward(
            None,
            seen,
            fake_args=(is_source, weights),
            generator_weight=weight,
            generator_loss=classification,
            scale=scale,
        )
        penalty = self._penalise(seen.detach(), is_source, weights, len(own), scale)
        said: Verdict = step.fake_outputs
        return AdaptationResult(
            classification_loss=classification.detach(),
            domain_loss=step.discriminator_loss,
            adversarial_loss=step.generator_loss,
            domain_accuracy=domain_accuracy(said, critic=self.objective == "wasserstein"),
            source_accuracy=(logits.detach().argmax(1) == labels).float().mean(),
            weight=torch.as_tensor(weight, dtype=torch.float32),
            gradient_penalty=penalty,
            finite=step.finite & penalty.isfinite(),
            strategy=step.strategy,
        )

    @torch.no_grad()
    def domain_accuracy(self, source: Tensor, target: Tensor) -> Tensor:
        """D's accuracy on samples of both domains in evaluation mode, 0-dim; 0.5 is aligned."""
        networks = (self.features, self.classifier, self.domain_discriminator)
        with evaluating(*networks):
            own, others = self._run_features(source, target)
            is_source = torch.cat([_ones(own), _ones(others) * 0])
            seen, weights = self._condition(own, others, self.classifier(own), is_source)
            said = self._judge(seen, is_source, weights)
        return domain_accuracy(said, critic=self.objective == "wasserstein")

    def weight(self) -> float | Tensor:
        """The weight of L_F at the next call."""
        steps = self._game.state_dict()["optimizer_steps"] if callable(self._weight) else 0
        return self._weight(steps) if callable(self._weight) else self._weight

    def explain(self) -> str:
        """See `OneStage.explain`."""
        return self._game.explain()

    def state_dict(self) -> dict[str, Any]:
        """What the next call depends on besides the networks: how many steps D has made."""
        return self._game.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state_dict` was taken."""
        self._game.load_state_dict(state)

    def _run_features(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        if self._forwards == "apart":
            return self.features(source), self.features(target)
        both = self.features(torch.cat([source, target]))
        own, others = both.split([len(source), len(target)])
        return own, others

    def _condition(
        self, own: Tensor, others: Tensor, logits: Tensor, is_source: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What D sees of both domains, and each sample's weight."""
        both, ones = torch.cat([own, others]), torch.ones_like(is_source)
        if self._conditional == "none":
            return both, balanced(ones, is_source)
        with torch.no_grad():
            guesses = torch.cat([logits.detach(), self.classifier(others)]).float().softmax(1)
        weights = entropy_weights(guesses) if self._conditional == "cdan-e" else ones
        return multilinear(both, guesses), balanced(weights.to(is_source.dtype), is_source)

    def _penalise(
        self,
        seen: Tensor,
        is_source: Tensor,
        weights: Tensor,
        num_source: int,
        scale: float | Tensor,
    ) -> Tensor:
        """D's penalty, walked back into D alone; it trains nobody else."""
        if self._penalty is None:
            return seen.new_zeros(())
        points = self._penalty.points(seen[:num_source], seen[num_source:]).requires_grad_()
        said = self._judge(points, is_source[:num_source], weights[:num_source])
        value = self._penalty(points, said.logits)
        trained = [p for p in self._judge.parameters() if p.requires_grad]
        torch.autograd.backward(value * scale, inputs=trained)
        return value.detach()


def _ones(features: Tensor) -> Tensor:
    dtype = torch.float64 if features.dtype == torch.float64 else torch.float32
    return torch.ones(len(features), dtype=dtype, device=features.device)
