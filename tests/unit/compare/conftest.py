import pytest

from onestage.compare import Plan

TINY = {
    "steps": 20,
    "batch_size": 4,
    "evaluate_samples": 60,
    "threads": 1,
    "generator": {"base_width": 4, "latent_dim": 4},
    "discriminator": {"base_width": 4},
}


@pytest.fixture
def tiny():
    """A plan of seconds, measured by what needs no training."""

    def build(**changes):
        chosen = {"presets": ("lsgan",), "seeds": 1, "settings": TINY, "features": "pixels"}
        methods = ("one-stage", "two-stage-tuned")
        return Plan(**{"methods": methods, **chosen, **changes})

    return build
