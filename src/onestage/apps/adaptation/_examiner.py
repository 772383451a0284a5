"""Held-out images of both domains, in figures and in a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from onestage.apps.adaptation._adaptation import DomainAdaptation
from onestage.apps.adaptation._collapse import classes_predicted
from onestage.apps.adaptation._control import Control
from onestage.apps.adaptation._domains import Domains
from onestage.apps.adaptation._evaluation import Seen, look_at
from onestage.apps.adaptation._part import Part
from onestage.apps.adaptation._pca import principal_plane
from onestage.report import Panel, write_scatter

_SHOWN = 400  # points of each domain in a picture


class Examiner:
    """Examines an adaptation and its control on the same images.

    Args:
        domains: the data.
        game: what is examined.
        control: the copy that learns from the source alone, or None.
        device: where the networks are.
    """

    def __init__(
        self,
        domains: Domains,
        game: DomainAdaptation,
        control: Control | None,
        device: torch.device,
    ) -> None:
        self._domains = domains
        self._game = game
        self._control = control
        self._device = device

    def examine(self, limit: int) -> dict[str, Any]:
        """Accuracies on so many images of each domain; see `AdaptationStep.evaluate`."""
        source, target = self._look(self._game, limit)
        record: dict[str, Any] = {
            "source_accuracy": source.accuracy(),
            "training_accuracy": self._look_at(self._domains.source, self._game, limit).accuracy(),
            "target_accuracy": target.accuracy(),
            "domain_accuracy": self._domain_accuracy(limit),
            "classes_predicted": classes_predicted(target.guesses, len(self._domains.class_names)),
            "num_source": len(source.guesses),
            "num_target": len(target.guesses),
        }
        if self._control is not None:
            own, others = self._look(self._control, limit)
            record["source_only_source_accuracy"] = own.accuracy()
            record["source_only_target_accuracy"] = others.accuracy()
        return {
            name: round(value, 6) if isinstance(value, float) else value
            for name, value in record.items()
            if value is not None
        }

    def draw(self, path: Path) -> None:
        """Features of both domains in their principal plane: the control's, then the adapted."""
        panels = [_panel("after: adapted", *self._look(self._game, _SHOWN))]
        if self._control is not None:
            panels.insert(0, _panel("before: source only", *self._look(self._control, _SHOWN)))
        write_scatter(panels, path, first="source", second="target")

    def _look(self, learner: DomainAdaptation | Control, limit: int) -> tuple[Seen, Seen]:
        domains = self._domains
        own = self._look_at(domains.source_test, learner, limit)
        return own, self._look_at(domains.target_test, learner, limit)

    def _look_at(self, part: Part, learner: DomainAdaptation | Control, limit: int) -> Seen:
        return look_at(part, learner.features, learner.classifier, self._device, limit)

    def _domain_accuracy(self, limit: int) -> float:
        """D's accuracy over the held-out images of both domains."""
        tests = (self._domains.source_test, self._domains.target_test)
        images: list[Tensor] = [
            torch.cat([images for images, _ in part.chunks(limit)]).to(self._device)
            for part in tests
        ]
        return float(self._game.domain_accuracy(*images))


def _panel(heading: str, source: Seen, target: Seen) -> Panel:
    accuracy = target.accuracy()
    told = "" if accuracy is None else f", target accuracy {accuracy:.3f}"
    return Panel(heading + told, *principal_plane(source.features, target.features))
