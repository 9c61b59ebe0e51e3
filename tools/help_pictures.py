"""Take the manual's pictures anew: ``PYTHONPATH=. python tools/help_pictures.py --data DATA``.

They are of the real QGIS. ``DATA`` holds the open sets. The scene is a drone image under an open licence,
named beside each picture. Takes some minutes, and needs ``qgis``, ``python3-qgis`` and ``xvfb``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import package
from PIL import Image
from readme_picture import georeferenced

from tests.qgis import fixtures
from tests.qgis.conftest import RealQgis

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "resam_qgis" / "help"
WIDTH, QUALITY = 1100, 72
"""Of the pictures: pixels, and JPEG's measure."""


def main() -> int:
    """Take them; 1 and the reason on standard error if QGIS ends before the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds open/")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("scene", "rasters", "qgis"):
            (folder / part).mkdir()
        raster, points = georeferenced(data, folder / "scene")
        os.environ |= {"RESAM_TEST_SCENE": str(raster), "RESAM_TEST_POINTS": str(points)}
        fixtures.make(folder / "rasters")
        results = RealQgis(folder / "qgis", package.build(folder), folder / "rasters").window("pictures")
        problems = [found for check, found in results.items() if check != "said" and found]
        if problems or len(results) < 3:
            print("\n".join(problems) or results["said"], file=sys.stderr)
            return 1
        for picture in sorted((folder / "qgis" / "work").glob("*.png")):
            keep(picture)
    return 0


def keep(picture: Path) -> None:
    """Write one as JPEG, no wider than :data:`WIDTH`."""
    image = Image.open(picture).convert("RGB")
    image.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    target = TARGET / f"{picture.stem}.jpg"
    image.save(target, quality=QUALITY, optimize=True)
    print(f"{target.name}: {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
