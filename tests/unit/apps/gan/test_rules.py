import pytest

from onestage.apps.gan._rules import build_augmentation, build_penalties, build_rules
from onestage.penalties import DRAGAN, R1, R2, GradientPenalty, LeCam
from onestage.training import ConfigError, build_config


def test_penalties_with_a_weight_are_applied():
    names = ("r1", "r2", "gradient_penalty", "dragan", "lecam")
    none = dict.fromkeys(names, 0)
    assert build_penalties(build_config({"penalties": none}).penalties) == []
    found = build_penalties(build_config({"penalties": dict.fromkeys(names, 2)}).penalties)
    assert [type(penalty) for penalty in found] == [R1, R2, GradientPenalty, DRAGAN, LeCam]
    assert {penalty.weight for penalty in found} == {2.0}


def test_options_reach_the_loss():
    options = "divergence=pearson,saturating=true"
    loss = build_rules(build_config({"loss": "f_gan", "loss_options": options}))
    assert loss.reversal == -1
    other = build_config({"loss": "f_gan", "loss_options": "saturating=false"})
    assert build_rules(other).reversal is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "hinge", "loss_options": "margin=2"}, "which hinge does not take"),
        ({"loss": "f_gan", "loss_options": "pearson"}, "pearson has no value"),
        ({"loss": "wasserstein", "augment": {"kind": "ada"}}, "under wasserstein have no such"),
        ({"augment": {"kind": "diffaugment", "policy": "colour"}}, "color"),
        ({"augment": {"kind": "ada", "policy": "x"}}, "x"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(settings, message):
    config = build_config(settings)
    with pytest.raises(ValueError, match=message) as error:
        build_rules(config)
        build_augmentation(config)
    assert "\n" not in str(error.value)
    assert isinstance(error.value, ConfigError) or "policy" in str(error.value)
