"""COCO folders and files: the index, images, and polygons drawn as masks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from engine.errors import ConfigError

Rings = Sequence[Sequence[float]]
"""Polygons of one object, each as x, y, x, y, … in pixels of the image."""


@dataclass(frozen=True)
class Labelled:
    """An image (H, W, 3) uint8 and its instance map (H, W) int32, 0 = background.

    ``complete`` says that every object is labelled, so that the background may be learned from too.
    ``weight`` says how often it is drawn, relative to others, and ``overhead`` that it is seen from above.
    """

    image: np.ndarray
    instances: np.ndarray
    complete: bool
    weight: float = 1.0
    overhead: bool = True


def read_coco(folder: Path) -> list[Labelled]:
    """Read a COCO folder (``annotations.json``, ``images/``); objects are numbered from 1 in each image.

    Raises:
        ConfigError: it is no such folder, an image is missing, or its masks are not polygons.
    """
    annotations = folder / "annotations.json"
    index = read_index(annotations)
    polygons = polygons_of(index, annotations)
    labelled = []
    for entry in index["images"]:
        image = read_rgb(folder / "images" / entry["file_name"])
        instances = np.zeros(image.shape[:2], np.int32)
        for number, rings in enumerate(polygons.get(entry["id"], []), start=1):
            draw(rings, instances, number)
        labelled.append(Labelled(image, instances, complete=False))
    return labelled


def read_index(path: Path) -> dict[str, Any]:
    """The content of a COCO file; ConfigError if it is none."""
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); check the data folder") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not valid JSON") from error
    if not isinstance(index, dict) or not index.keys() >= {"images", "annotations"}:
        raise ConfigError(f"{path}: not a COCO file (images, annotations)")
    return index


def polygons_of(index: dict[str, Any], path: Path, only: str | None = None) -> dict[int, list[Rings]]:
    """The polygons of the objects of every image, by the image's id.

    Args:
        path: of the file, for messages.
        only: the category whose objects are taken; None takes all.

    Raises:
        ConfigError: an object's mask is not made of polygons.
    """
    named = {entry["id"] for entry in index.get("categories", []) if entry["name"] == only}
    found: dict[int, list[Rings]] = {}
    for annotation in index["annotations"]:
        if only is not None and annotation.get("category_id") not in named:
            continue
        if not isinstance(annotation.get("segmentation"), list):
            raise ConfigError(
                f"{path}: object {annotation.get('id', '?')} has a run-length coded mask or none; "
                "only polygons are read"
            )
        found.setdefault(annotation["image_id"], []).append(annotation["segmentation"])
    return found


def draw(rings: Rings, canvas: np.ndarray, value: int) -> None:
    """Fill the polygons of one object on a canvas (H, W) of uint8 or int32."""
    cv2.fillPoly(canvas, [np.round(np.reshape(ring, (-1, 2))).astype(np.int32) for ring in rings], value)


def read_rgb(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 pixels of an image file; ConfigError if it cannot be read."""
    image = cv2.imread(str(path))
    if image is None:
        raise ConfigError(f"{path}: missing or not an image; check the data folder")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
