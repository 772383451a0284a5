"""The published scheme of the vocoders."""

from __future__ import annotations

from onestage._tree import detach
from onestage.bench._contenders import Game, Step


def published_vocoder(game: Game) -> Step:
    """HiFi-GAN's training as its authors released it (Kong et al., NeurIPS 2020): 3 G + 12 D.

    Fakes are reused, D is not frozen in G's stage, and D runs on the real wave again for feature
    matching, whose gradient walks back through that as well: four forwards of D and four full
    backwards.
    """

    def step() -> None:
        with game.stage():
            fake = game.make_fake()
            outputs = game.discriminator(game.real), game.discriminator(detach(fake))
            game.loss.discriminator_loss(*outputs).backward()
        game.between()
        with game.stage():
            outputs = game.discriminator(game.real), game.discriminator(fake)
            total = game.loss.generator_loss(*outputs)
            if game.other_loss is not None:
                total = total + game.other_loss(fake)
            total.backward()

    return step
