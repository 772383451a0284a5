"""The engine: from one forward of D to both players' exact gradients.

A call goes through these files in this order: `_branch` runs D on a batch that is cut off from
whatever made it; `_cotangents` differentiates the losses at D's detached outputs; `_plan` chooses
the cheapest strategy that is exact, with `_probe` where it must know whether samples are coupled;
`strategies` walk D's graph back. `_graph` keeps `.grad` safe while that happens.
"""
