"""The planner's sentences: what was found and why it decides, and what would be cheaper."""

from __future__ import annotations

SHARED = (
    " The penalty on the fakes has each logit's gradient at its sample already, and G takes it."
)
NOTHING_CHEAPER = "Nothing: one forward and one backward of D is the least."
ASKED = "It was asked for by name."
REVERSAL = (
    "The loss declares that G's derivative is a fixed multiple of D's at the fake outputs, "
    "so one walk back serves both with any discriminator."
)
FAKE_PENALTY = (
    "A penalty on the fakes is due, and the input gradient of L_D would contain the penalty's."
)
OUTPUT_PENALTY = (
    "A penalty on D's outputs is due, whose derivative is D's alone: G's is then no fixed multiple "
    "of D's at the fake outputs."
)
LOST_TO_FAKE_PENALTY = " The loss's reversal is not taken: a penalty on the fakes is due."
LOST_TO_OUTPUT_PENALTY = (
    " The loss's reversal is not taken: a penalty on D's outputs is due, which is D's alone."
)
IN_ITS_WAY_FAKE = " A reversal would also want the penalty on the fakes left out."
IN_ITS_WAY_OUTPUT = " A reversal would also want the penalty on D's outputs left out."
ONE_SAMPLE = "A batch of one sample with one logit: there is nothing to be coupled with."
NO_REVERSAL = (
    "The loss declares no reversal, so no single factor turns D's gradient into G's.",
    "Declare `reversal=` if L_G is a fixed multiple of L_D at the fakes, "
    "or choose minimax or wasserstein.",
)
BATCH_OF_ONE = (
    "A batch of one sample cannot be probed for coupling between samples.",
    "Batches of two or more, or strategy='ratio' if every batch has one sample.",
)
FLOAT16 = (
    "The discriminator runs in float16, whose 5-bit exponent cannot hold the floor of the ratio.",
    "Use bfloat16 or float32, which have 8 bits.",
)
FLOAT16_PENALTY = (
    "The discriminator runs in float16, and the penalty on the fakes has walked it without the "
    "loss scale: each logit's gradient at its sample may be rounded to 0 there.",
    "Use bfloat16 or float32, which have 8 bits.",
)
COUPLED = (
    "The probe found that one sample's logit depends on another sample: BatchNorm in train mode, "
    "minibatch statistics or attention across the batch couple them, and then no ratio per sample "
    "turns D's gradient into G's.",
    "A discriminator that treats samples independently (GroupNorm, InstanceNorm or spectral norm "
    "instead of BatchNorm), or a loss that declares a reversal (minimax, wasserstein).",
)
INCONCLUSIVE = (
    "The probe is inconclusive: some sample's gradient vanishes at the input (dead units), or the "
    "graph cannot be probed. It is tried again at calls 2, 4, 8, ...",
    "The ratio, as soon as a probe shows that samples are independent.",
)
INCONCLUSIVE_TOGETHER = (
    "The probe is inconclusive in some process: some sample's gradient vanishes at the input (dead "
    "units), or the graph cannot be probed. Several processes do not try again.",
    "The ratio, where a probe shows at the first batch that samples are independent.",
)


def independent(masks: int, batch_size: int) -> str:
    """Why the ratio is exact."""
    return (
        f"D gives one logit per sample, and the probe ({masks} masks over a batch of {batch_size}) "
        "found no path from one sample to another."
    )


def not_asked(reversal: bool) -> str:
    """What a forced dual leaves on the table."""
    if reversal:
        return "strategy='auto': the loss declares a reversal, which saves one D."
    return "strategy='auto' probes whether the ratio is exact, which saves one D."


def many_logits(shapes: list[tuple[int, ...]], batch_size: int) -> tuple[str, str]:
    """More, or fewer, logits than samples."""
    listed = ", ".join(map(str, shapes[:3]))
    if len(shapes) > 3:
        listed += f" and {len(shapes) - 3} more"
    return (
        f"The losses use outputs of shape {listed} for a batch of {batch_size}: "
        "not one logit per sample, so a sample has no single ratio.",
        "One logit per sample (pool the map), or a loss that declares a reversal "
        "(minimax, wasserstein).",
    )
