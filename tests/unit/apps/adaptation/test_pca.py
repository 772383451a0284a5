"""The plane of greatest variance."""

import torch

from onestage.apps.adaptation import principal_plane


def test_the_two_widest_directions_are_found():
    """Points on a cross that is turned into five dimensions."""
    turn, _ = torch.linalg.qr(torch.randn(5, 5, dtype=torch.float64))
    flat = torch.tensor([[3.0, 0], [-3, 0], [0, 1], [0, -1]], dtype=torch.float64)
    points = flat @ turn[:2] + 7
    first, second = principal_plane(points[:2], points[2:])
    torch.testing.assert_close(
        torch.cat([first, second]).abs(), flat.abs().float(), atol=1e-5, rtol=0
    )
    assert torch.equal(principal_plane(points[:2], points[2:])[0], first)
