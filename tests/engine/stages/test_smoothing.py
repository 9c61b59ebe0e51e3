"""The Gaussian in front of the embedded network: what it does, and that it travels with the weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from engine.models.nano import load_nano, save_nano
from engine.models.nano_net import NanoNet, smoothed
from tests.engine.nano_helpers import TINY, tiny_net


@pytest.mark.parametrize("sigma", [0.7, 1.8, 3.0])
def test_smoothing_is_opencvs_gaussian(sigma: float) -> None:
    image = np.random.default_rng(0).random((40, 56, 3), dtype=np.float32)
    side = 2 * int(np.ceil(3 * sigma)) + 1
    expected = cv2.GaussianBlur(image, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    batch = torch.from_numpy(image).permute(2, 0, 1)[None]
    found = smoothed(batch, sigma)[0].permute(1, 2, 0).numpy()
    assert np.abs(found - expected).max() < 1e-5


def test_without_smoothing_pixels_stay_as_they_are() -> None:
    image = torch.rand(1, 3, 8, 8)
    assert smoothed(image, 0.0) is image


def test_smoothing_travels_with_the_weights(tmp_path: Path) -> None:
    state = tiny_net().state_dict()
    images = torch.rand(1, 3, 128, 128) * 255
    found = {}
    for sigma in (0.0, 1.8):
        path = tmp_path / f"{sigma}.safetensors"
        net = NanoNet(replace(TINY, smoothing=sigma))
        save_nano(net, state, path, {})
        model = load_nano(path, torch.device("cpu"))
        assert model.module.shape.smoothing == sigma
        with torch.inference_mode():
            found[sigma] = model.embed(images).features
            plain = load_nano(tmp_path / "0.0.safetensors", torch.device("cpu")).embed(
                smoothed(images, sigma)
            )
        assert torch.allclose(found[sigma], plain.features, atol=1e-4), "in front of everything else"
    assert not torch.allclose(found[0.0], found[1.8], atol=1e-4)
