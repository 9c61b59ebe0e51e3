"""Make the scene that comes with the plugin: ``python tools/make_sample.py``; the same bytes every time."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio

from training.scenes import write_scene
from training.scenes.mosaic import mosaic

SEED, SHEET_PX, GSD_M, MOST_OBJECTS = 21, 512, 0.3, 12
LAYOUT = (("roofs", "roofs"), ("tanks", "roofs"))
TARGET = Path(__file__).resolve().parent.parent / "resam_qgis" / "sample" / "scene.tif"


def main() -> int:
    """Generate the scene and keep its picture, compressed."""
    rng = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        write_scene(mosaic(rng, LAYOUT, SHEET_PX, gsd=GSD_M, most=MOST_OBJECTS), folder, rng)
        with rasterio.open(Path(folder) / "scene.tif") as made:
            profile, pixels = made.profile, made.read()
    profile.update(driver="GTiff", compress="jpeg", jpeg_quality=85, photometric="ycbcr", tiled=True)
    profile.update(blockxsize=256, blockysize=256, interleave="pixel")
    with rasterio.open(TARGET, "w", **profile) as out:
        out.write(pixels)
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
