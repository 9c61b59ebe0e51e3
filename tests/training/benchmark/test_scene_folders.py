"""Sets that are no scenes become folders of GeoTIFFs with clicks and outlines, as users have them."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from PIL import Image

from training.benchmark import scene_folders
from training.benchmark.protocols import Example
from training.patch import Patch


def test_objects_are_numbered_without_gaps_and_the_later_one_lies_on_top() -> None:
    square = np.ones((4, 4), bool)
    objects = (Patch(0, 0, square), Patch(8, 8, square), Patch(9, 8, square), Patch(8, 8, square))
    scene = scene_folders.scene_of(Example("a", np.zeros((16, 16, 3), np.uint8), objects))
    assert len(scene.classes) == 3, "the second is hidden by the fourth"
    assert sorted(np.unique(scene.instances)) == [0, 1, 2, 3]
    assert scene.instances[9, 12] == 2
    assert scene.instances[9, 9] == scene.instances[9, 11] == 3


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Eight images of two squares each; of these the third and the fifth are neither dev nor tuning."""
    (tmp_path / "coco" / "images").mkdir(parents=True)
    images, annotations = [], []
    for number in range(8):
        name = f"{number:03}.png"
        Image.new("RGB", (64, 48), (number, 0, 0)).save(tmp_path / "coco" / "images" / name)
        images.append({"id": number, "file_name": name, "width": 64, "height": 48})
        for x in (4, 30):
            ring = [x, 10, x + 12, 10, x + 12, 30, x, 30]
            annotations.append(
                {"id": len(annotations), "image_id": number, "category_id": 1, "segmentation": [ring]}
            )
    index = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "tank"}]}
    (tmp_path / "coco" / "annotations.json").write_text(json.dumps(index))
    return tmp_path / "coco"


def test_each_scene_has_a_click_in_each_of_its_objects(
    coco: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene_folders, "RADAR_LAYOUT", (("side-looking",),))
    out = tmp_path / "scenes"
    asked = ["--nwpu", str(coco), "--out", str(out), "--least", "2", "--most", "2"]
    assert scene_folders.main(asked) == 0
    assert scene_folders.main(asked) == 0, "over what is there"
    names = [str(path.relative_to(out)) for path in sorted(out.rglob("*.tif"))]
    assert names == ["nwpu/001.tif", "nwpu/003.tif", "radar/radar-0.tif", "radar/radar-1.tif"]
    for name in names:
        layers = (out / name).with_suffix(".gpkg")
        objects, points = (gpd.read_file(layers, layer=layer) for layer in ("objects", "points"))
        with rasterio.open(out / name) as raster:
            assert raster.crs == objects.crs == points.crs
            assert objects.within(gpd.GeoSeries.from_wkt([box_of(raster.bounds)], crs=raster.crs)[0]).all()
        assert len(points) == len(objects) >= 2
        assert all(
            shape.contains(point) for shape, point in zip(objects.geometry, points.geometry, strict=True)
        )


def box_of(bounds: rasterio.coords.BoundingBox) -> str:
    left, bottom, right, top = bounds
    return f"POLYGON (({left} {bottom}, {right} {bottom}, {right} {top}, {left} {top}, {left} {bottom}))"


def test_images_with_too_few_objects_are_left_out(coco: Path, tmp_path: Path) -> None:
    found = list(scene_folders.nwpu(coco, least=3, most=9))
    assert not found
