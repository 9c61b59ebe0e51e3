"""A small scene, a small model, and an adapter that the command made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import train
from tests.training.adapt.helpers import arguments, tiny_file
from training.scenes import SceneFiles, write_scene
from training.scenes.mosaic import mosaic


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> SceneFiles:
    folder = tmp_path_factory.mktemp("scène with space")
    rng = np.random.default_rng(1)
    return write_scene(mosaic(rng, [["roofs"]], 256, gsd=0.5, most=8), folder, rng)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_file(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def adapter(scene: SceneFiles, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "adapter"
    assert train.main(arguments(scene, tiny, out, "--epochs", "3", "--reference", str(scene.objects))) == 0
    return out
