"""COCO folders: polygons become numbered masks, and what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ConfigError
from tests.training.helpers import write_coco
from training.coco import polygons_of, read_coco


def test_polygons_of_a_labelled_set_become_numbered_masks(tmp_path: Path) -> None:
    write_coco(tmp_path, 3)
    first, second, third = read_coco(tmp_path)
    assert [int(image.image[0, 0, 0]) for image in (first, second, third)] == [10, 11, 12]
    assert not first.complete
    assert second.instances[8:24, 8:20].all()
    assert np.unique(second.instances).tolist() == [0, 1]
    assert first.instances[32, 38] == first.instances[43, 5] == 2, "two rings of one object"


def test_a_missing_image_is_named(tmp_path: Path) -> None:
    write_coco(tmp_path, 2)
    (tmp_path / "images" / "001.png").unlink()
    with pytest.raises(ConfigError, match=r"001\.png"):
        read_coco(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"images": []})])
def test_a_file_that_is_no_coco_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "annotations.json").write_text(content)
    with pytest.raises(ConfigError, match=r"annotations\.json"):
        read_coco(tmp_path)


def test_masks_of_another_kind_than_polygons_are_refused(tmp_path: Path) -> None:
    write_coco(tmp_path, 2)
    path = tmp_path / "annotations.json"
    index = json.loads(path.read_text())
    index["annotations"][0]["segmentation"] = {"counts": "abc", "size": [8, 8]}
    path.write_text(json.dumps(index))
    with pytest.raises(ConfigError, match="run-length"):
        read_coco(tmp_path)


def test_one_category_can_be_taken_alone() -> None:
    index = {
        "images": [{"id": 1}],
        "categories": [{"id": 5, "name": "ship"}, {"id": 6, "name": "tank"}],
        "annotations": [
            {"image_id": 1, "category_id": 5, "segmentation": [[0, 0, 4, 0, 4, 4]]},
            {"image_id": 1, "category_id": 6, "segmentation": [[8, 8, 9, 8, 9, 9]]},
        ],
    }
    assert polygons_of(index, Path("x"), "tank") == {1: [[[8, 8, 9, 8, 9, 9]]]}
