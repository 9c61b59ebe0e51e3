"""Data sets that several tests of the training write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def write_coco(folder: Path, count: int, side: int = 48) -> None:
    """``count`` images, each of one grey level, with one square in its place."""
    (folder / "images").mkdir(parents=True)
    images: list[dict[str, Any]] = []
    annotations = []
    for number in range(count):
        name = f"{number:03}.png"
        cv2.imwrite(str(folder / "images" / name), np.full((side, side, 3), 10 + number, np.uint8))
        images.append({"id": 100 + number, "file_name": name})
        ring = [8, 8, 20, 8, 20, 24, 8, 24]
        annotations.append({"image_id": 100 + number, "segmentation": [ring]})
    annotations.append({"image_id": 100, "segmentation": [[30, 30, 40, 30, 40, 40], [2, 40, 6, 40, 6, 46]]})
    (folder / "annotations.json").write_text(json.dumps({"images": images, "annotations": annotations}))
