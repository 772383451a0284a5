"""One stage in the training loop that you have.

A plain loop needs no adapter. The same three lines serve micro-batches, a gradient scaler and
`DistributedDataParallel` around each network:

    joint = JointOptimizer(opt_d, opt_g)
    game = OneStage(discriminator, "hinge")
    ...
    with torch.autocast("cuda", torch.float16):
        fake = generator(z)
        step = game.backward(real, fake, scale=scaler.scale(one) / num_micro_batches)
    # after the last micro-batch; all but that one inside no_sync() of both networks
    scaler.unscale_(joint)
    joint.clip_grad_norms_(1.0, None)   # D's norm and G's: each player by its own
    scaler.step(joint)                  # both players move, or neither
    scaler.update()
    joint.zero_grad()

The frameworks hide parts of that loop, and for them there are

- `onestage.adapters.lightning.OneStageModule`, a `LightningModule` with one global step per batch;
- `onestage.adapters.accelerate.AcceleratedGame`, which prepares both networks and their optimisers
  as one.

`onestage.adapters.hub` gives generators away: `save_pretrained` and `from_pretrained`, by folders
as the Hugging Face Hub has them.

Learning-rate schedules per network: in a plain loop and with Accelerate a scheduler for each
optimiser, as ever; anywhere, Lightning included, one over the joint optimiser, whose parameter
groups are those of D and then those of G: `LambdaLR(joint, [d_schedule, g_schedule])`.

Importing this package imports no framework; each module imports its own and says which extra
installs it.
"""
