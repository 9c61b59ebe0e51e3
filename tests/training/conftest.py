"""A small scene, a small model, and an adapter that the command made of them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from rasterio.vrt import WarpedVRT

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
def degrees(scene: SceneFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same scene, in another CRS."""
    path = tmp_path_factory.mktemp("degrees") / "degrees.tif"
    with rasterio.open(scene.raster) as plain, WarpedVRT(plain, crs="EPSG:4326") as turned:
        profile = turned.profile | {"driver": "GTiff"}
        with rasterio.open(path, "w", **profile) as file:
            file.write(turned.read())
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_file(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def adapter(scene: SceneFiles, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "adapter"
    assert train.main(arguments(scene, tiny, out, "--epochs", "3", "--reference", str(scene.objects))) == 0
    return out


@pytest.fixture(scope="session")
def coco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve painted images in the layout of NWPU VHR-10."""
    folder = tmp_path_factory.mktemp("coco")
    (folder / "images").mkdir()
    images, annotations = [], []
    rng = np.random.default_rng(0)
    for number in range(12):
        image = rng.integers(40, 80, (90, 120, 3), dtype=np.uint8)
        x, y = (int(v) for v in rng.integers(5, 50, 2))
        image[y : y + 30, x : x + 40] = (200, 80, 50)
        cv2.imwrite(str(folder / "images" / f"{number:03}.png"), image)
        images.append({"id": number, "file_name": f"{number:03}.png"})
        ring = [x, y, x + 39, y, x + 39, y + 29, x, y + 29]
        annotations.append({"image_id": number, "segmentation": [ring]})
    (folder / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    return folder
