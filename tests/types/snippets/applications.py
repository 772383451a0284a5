"""Distillation without data and domain adaptation in one's own loop."""

import torch
from torch import Tensor, nn
from typing_extensions import assert_type

from onestage.apps.adaptation import AdaptationResult, DomainAdaptation, ramp
from onestage.apps.distillation import BatchNormStatistics, DataFreeDistillation, DistillationResult

teacher = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)).eval()
distillation = DataFreeDistillation(
    teacher,
    nn.Linear(3, 2),
    nn.Linear(4, 3),
    discrepancy="log-l1",
    extras=[BatchNormStatistics(0.1)],
)
distilled = distillation.backward(torch.randn(8, 4), scale=0.5)
assert_type(distilled, DistillationResult)
assert_type(distilled.student_loss, Tensor)
assert_type(distilled.generator_loss, Tensor | None)
assert_type(distilled.extras, dict[str, Tensor])

adaptation = DomainAdaptation(
    nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 1), "swapped-labels", ramp(1.0, steps=100)
)
adapted = adaptation.backward(
    torch.randn(8, 3), torch.randint(2, (8,)), torch.randn(8, 3), scale=torch.tensor(0.5)
)
assert_type(adapted, AdaptationResult)
assert_type(adapted.domain_accuracy, Tensor)
