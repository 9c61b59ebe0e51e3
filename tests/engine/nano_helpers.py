"""A nano of a few thousand weights, for the tests of what is around them."""

from __future__ import annotations

import torch

from engine.models.nano_net import NanoArchitecture, NanoNet

TINY = NanoArchitecture(
    stem=(8, 8), dims=(16, 16), depths=(1, 2), heads=(2, 2), prompt_dim=16, fine=(8, 8), likeness_dim=4
)


def tiny_net(seed: int = 0) -> NanoNet:
    """An untrained network whose zero-initialised weights are random too, so that every path counts."""
    torch.manual_seed(seed)
    net = NanoNet(TINY)
    with torch.no_grad():
        for parameter in net.parameters():
            if not parameter.any():
                parameter.normal_(std=0.1)
    return net
