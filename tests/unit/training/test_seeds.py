import torch

from onestage.training import derive_seed, seeded, seeded_generator


def test_streams_and_seeds_are_unrelated():
    seeds = {derive_seed(seed, stream) for seed in range(20) for stream in ("a", "b", "latents")}
    assert len(seeds) == 60
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_generator_is_its_own():
    before = torch.get_rng_state()
    first = torch.randn(4, generator=seeded_generator(3, "x"))
    assert torch.equal(first, torch.randn(4, generator=seeded_generator(3, "x")))
    assert torch.equal(before, torch.get_rng_state())


def test_seeded_code_draws_the_same_and_restores_the_global_state():
    before = torch.get_rng_state()
    with seeded(3, "x"):
        first = torch.randn(4)
    torch.randn(2)
    with seeded(3, "x"):
        assert torch.equal(first, torch.randn(4))
    with seeded(4, "x"):
        assert not torch.equal(first, torch.randn(4))
    torch.set_rng_state(before)
