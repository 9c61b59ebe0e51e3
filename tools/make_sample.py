"""Make the scene that comes with the plugin: ``python tools/make_sample.py``; the same bytes every time."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio

from training.scenes import write_scene
from training.scenes.recipes import generate

SEED, SIDE_PX = 522, 768
TARGET = Path(__file__).resolve().parent.parent / "resam_qgis" / "sample" / "scene.tif"


def main() -> int:
    """Generate the scene; keep its picture, compressed, and a click on every object that is named."""
    rng = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        write_scene(generate(rng, SIDE_PX, domain="roofs"), folder, rng)
        with rasterio.open(Path(folder) / "scene.tif") as made:
            profile, pixels = made.profile, made.read()
        points = gpd.read_file(Path(folder) / "clicks.gpkg", layer="points")
    profile.update(driver="GTiff", compress="jpeg", jpeg_quality=85, photometric="ycbcr", tiled=True)
    profile.update(blockxsize=256, blockysize=256, interleave="pixel")
    with rasterio.open(TARGET, "w", **profile) as out:
        out.write(pixels)
    text = points[["object_id", "class", "geometry"]].to_crs(4326).to_json(indent=1)
    TARGET.with_name("points.geojson").write_text(text + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
