"""Where the benchmark's images come from: layouts of COCO folders, and what is wrong with some."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pytest

from engine.errors import ConfigError
from training.benchmark.datasets import MOST_CLICKED, load
from training.scenes import SceneFiles


def test_training_and_test_images_of_a_coco_folder_are_apart(coco: Path) -> None:
    data = load(str(coco))
    learned, tested = ({example.name for example in part} for part in (data.train, data.test))
    assert tested == {"000.png", "004.png", "008.png"}
    assert not learned & tested
    assert data.whole


def test_of_a_generated_image_few_objects_are_clicked_and_all_are_tested() -> None:
    data = load("generated:trees", 3, 3)
    assert max(len(example.objects) for example in data.train) == MOST_CLICKED
    assert max(len(example.objects) for example in data.test) > MOST_CLICKED


def lay_out(folder: Path, coco: Path, files: Mapping[str, tuple[int, int, str]]) -> None:
    """Annotations by path; each of a range of the images, which lie in a folder by a name of their own."""
    index = json.loads((coco / "annotations.json").read_text())
    for path, (first, last, images) in files.items():
        text = json.dumps({"images": index["images"][first:last], "annotations": index["annotations"]})
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
        if not (folder / images).exists():
            (folder / images).parent.mkdir(parents=True, exist_ok=True)
            (folder / images).symlink_to(coco / "images")


@pytest.mark.parametrize(
    "files",
    [
        {
            "annotations/train2017.json": (0, 4, "JPEGImages"),
            "annotations/test2017.json": (4, 6, "JPEGImages"),
        },
        {
            "Annotations/NWPU_instances_train.json": (0, 4, "Images"),
            "Annotations/NWPU_instances_val.json": (4, 6, "Images"),
        },
        {
            "Annotations/inshore/inshore_train.json": (0, 4, "Images"),
            "Annotations/inshore/inshore_test.json": (4, 6, "Images"),
        },
        {
            "annotation/train.json": (0, 4, "images/train/image"),
            "annotation/test.json": (4, 6, "images/test/image"),
        },
    ],
    ids=["HRSID", "NWPU of PointSAM", "HRSID of PointSAM", "WHU"],
)
def test_annotations_that_name_their_split_keep_it(
    files: Mapping[str, tuple[int, int, str]], coco: Path, tmp_path: Path
) -> None:
    lay_out(tmp_path, coco, files)
    data = load(str(tmp_path))
    assert [example.name for example in data.train] == ["000.png", "001.png", "002.png", "003.png"]
    assert [example.name for example in data.test] == ["004.png", "005.png"]


def test_of_two_images_of_a_name_that_of_the_annotations_split_is_read(coco: Path, tmp_path: Path) -> None:
    index = json.loads((coco / "annotations.json").read_text())
    for number, split in enumerate(("train", "test")):
        (tmp_path / split / "image").mkdir(parents=True)
        entry = index["images"][number]
        content = (coco / "images" / entry["file_name"]).read_bytes()
        (tmp_path / split / "image" / "1.png").write_bytes(content)
        (tmp_path / "annotations").mkdir(exist_ok=True)
        text = json.dumps({"images": [entry | {"file_name": "1.png"}], "annotations": index["annotations"]})
        (tmp_path / "annotations" / f"{split}.json").write_text(text)
    plain, data = load(str(coco), 12, 12), load(str(tmp_path))
    images = {example.name: example.image for example in (*plain.train, *plain.test)}
    assert (data.train[0].image == images["000.png"]).all()
    assert (data.test[0].image == images["001.png"]).all()


def test_a_category_of_coco_is_taken_alone_and_the_split_stays(coco: Path, tmp_path: Path) -> None:
    index = json.loads((coco / "annotations.json").read_text())
    index["categories"] = [{"id": 7, "name": "ship"}, {"id": 8, "name": "tank"}]
    for number, annotation in enumerate(index["annotations"]):
        annotation["category_id"] = 7 if number < 6 else 8
    (tmp_path / "annotations.json").write_text(json.dumps(index))
    (tmp_path / "images").symlink_to(coco / "images")
    every, ships = load(str(tmp_path)), load(str(tmp_path), only="ship")
    for all_of, some in ((every.train, ships.train), (every.test, ships.test)):
        assert [example.name for example in some] == [e.name for e in all_of if e.name < "006.png"]
    with pytest.raises(ConfigError, match="no image with objects of class 'car' to learn from"):
        load(str(tmp_path), only="car")


def test_a_class_of_scenes_is_taken_alone(scene: SceneFiles, tmp_path: Path) -> None:
    objects = gpd.read_file(scene.objects)
    kinds = {
        "a": ["roof"] + ["panel"] * (len(objects) - 1),
        "b": ["roof", "roof"] + [None] * (len(objects) - 2),
    }
    for name, classes in kinds.items():
        (tmp_path / f"{name}.tif").symlink_to(scene.raster)
        objects.assign(**{"class": classes}).to_file(tmp_path / f"{name}.gpkg", layer="objects")
    roofs = load(str(tmp_path), only="roof")
    assert [len(example.objects) for example in (*roofs.train, *roofs.test)] == [1, 2]
    with pytest.raises(ConfigError, match="of class 'panel' to test on"):
        load(str(tmp_path), only="panel")
    objects.drop(columns="class", errors="ignore").to_file(tmp_path / "b.gpkg", layer="objects")
    with pytest.raises(ConfigError, match=r"b\..*no column class"):
        load(str(tmp_path), only="roof")


def test_generated_scenes_have_no_classes_to_choose_among() -> None:
    with pytest.raises(ConfigError, match="no classes"):
        load("generated:trees", 1, 1, only="oak")


def test_several_files_of_a_split_are_not_chosen_among(coco: Path, tmp_path: Path) -> None:
    files = {
        f"Annotations/{where}/{where}_{split}.json": (0, 2, "Images")
        for where in ("inshore", "offshore")
        for split in ("train", "test")
    }
    lay_out(tmp_path, coco, files)
    with pytest.raises(ConfigError, match=r"inshore_train\.json, .*offshore_train\.json could all be meant"):
        load(str(tmp_path))


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ("[]", "not a COCO file"),
        ("{", "not valid JSON"),
        (
            '{"images": [{"id": 0, "file_name": "a.png"}], "annotations": '
            '[{"image_id": 0, "segmentation": {"counts": [1], "size": [1, 1]}}]}',
            "run-length",
        ),
        (
            '{"images": [{"id": 0, "file_name": "a.png"}], "annotations": [{"id": 5, "image_id": 0}]}',
            "object 5 has .* mask or none",
        ),
        ('{"images": [{"id": 0, "file_name": "gone.png"}], "annotations": []}', "gone.png"),
    ],
)
def test_unusable_annotations_are_named(index: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "annotations.json").write_text(index)
    with pytest.raises(ConfigError, match=said):
        load(str(tmp_path))
