from dataclasses import fields, is_dataclass

from onestage.cli._options import given
from onestage.cli._train_options import train_options
from onestage.training import build_config

# A new option is a decision: add it here on purpose.
OPTIONS = """
preset scale steps batch_size seed networks loss loss_options method strategy critic_steps parallel
accumulation image_size device precision memory_format compile cuda_graph threads
ema_decay ema_warmup
log log_every sample_every evaluate_every evaluate_samples checkpoint_every keep_checkpoints
max_skipped
data.source data.flip data.condition data.channels data.classes data.workers data.max_bad
generator.learning_rate generator.beta1 generator.beta2 generator.weight_decay generator.optimizer
generator.optimism generator.warmup_steps generator.decay_steps generator.decay_factor
generator.base_width generator.norm generator.latent_dim generator.reconstruction
discriminator.learning_rate discriminator.beta1 discriminator.beta2 discriminator.weight_decay
discriminator.optimizer discriminator.optimism discriminator.warmup_steps discriminator.decay_steps
discriminator.decay_factor discriminator.base_width discriminator.norm discriminator.clip_weights
penalties.r1 penalties.r1_every penalties.r2 penalties.r2_every penalties.gradient_penalty
penalties.dragan penalties.lecam
augment.kind augment.policy augment.target augment.ramp_images
"""


def names(value, path=""):
    for entry in fields(value):
        inner = getattr(value, entry.name)
        if is_dataclass(inner):
            yield from names(inner, f"{path}{entry.name}.")
        else:
            yield path + entry.name


def test_the_set_of_options_is_frozen():
    assert set(names(build_config())) == set(OPTIONS.split())
    assert set(names(train_options()())) == set(OPTIONS.split())


def test_every_option_has_a_description():
    def check(cls):
        for entry in fields(cls):
            if is_dataclass(entry.type):
                check(entry.type)
            else:
                (parameter,) = entry.type.__metadata__
                assert len(parameter.help.split("[default")[0]) > 10, entry.name

    check(train_options())


def test_only_what_was_given_counts():
    options = train_options()
    assert given(options()) == {}
    generator = next(entry.type for entry in fields(options) if entry.name == "generator")
    assert given(options(steps=3, generator=generator(beta1=0.0))) == {
        "steps": 3,
        "generator": {"beta1": 0.0},
    }
