import torch

from onestage.data import RingSource


def test_the_points_are_eight_gaussians_on_the_unit_circle():
    ring = RingSource()
    assert torch.allclose(ring.centres.norm(dim=1), torch.ones(8))
    for mode in range(8):
        points = ring.points[ring.labels == mode]
        assert len(points) == len(ring) // 8
        assert torch.allclose(points.mean(0), ring.centres[mode], atol=0.005)
        assert torch.allclose(points.std(0), torch.tensor(ring.std), rtol=0.05)


def test_the_points_are_always_the_same():
    assert torch.equal(RingSource().points, RingSource().points)
    assert torch.equal(RingSource()[3], RingSource().points[3])
    assert RingSource()[3].dtype == torch.float32
