"""What the benchmark adapts on and tests on: COCO folders, georeferenced scenes, generated domains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from engine.errors import ConfigError
from training import evalsets, scenes
from training.protocol import Example

TEST_EVERY = 4
GENERATED = "generated:"
"""``generated:sar`` and the like name a domain of the scene generator in place of a folder."""
GENERATED_TRAIN_SEED, GENERATED_TEST = 40_000, 24
MOST_CLICKED = 12
"""Objects of a generated image that are clicked to learn from: nobody clicks all trees of a wood."""
IMAGE_FOLDERS = ("images", "JPEGImages", "image", ".")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images to adapt on, and others to test on.

    Attributes:
        whole: show an image whole, as protocols A to C do; else at its own resolution, window by window.
    """

    name: str
    train: tuple[Example, ...]
    test: tuple[Example, ...]
    whole: bool


def load(source: str, train: int | None = None, test: int | None = None) -> Dataset:
    """Load a data set; ``train`` and ``test`` limit the numbers of images.

    Args:
        source: a COCO folder (layouts of NWPU VHR-10, WHU, HRSID), a folder of GeoTIFFs with GeoPackages of
            the same name, or ``generated:DOMAIN``.

    Raises:
        ConfigError: it is none of these.
    """
    if source.startswith(GENERATED):
        return _generated(source.removeprefix(GENERATED), train or 120, test or GENERATED_TEST)
    folder = Path(source)
    if not folder.is_dir():
        raise ConfigError(f"--data {source}: no such folder, nor {GENERATED}DOMAIN")
    if files := annotation_files(folder):
        learned, tested = _coco_splits(files)
        return Dataset(folder.name, tuple(_first(learned, train)), tuple(_first(tested, test)), True)
    if any(folder.glob("*.tif")):
        examples = list(evalsets.roofs(folder))
        return Dataset(folder.name, tuple(examples[::2])[:train], tuple(examples[1::2])[:test], whole=False)
    raise ConfigError(f"--data {source}: neither COCO annotations nor GeoTIFFs with GeoPackages in it")


def annotation_files(folder: Path) -> list[Path]:
    """COCO files of a folder: ``annotations.json``, or those in ``annotations/`` or ``annotation/``."""
    single = folder / "annotations.json"
    if single.is_file():
        return [single]
    return sorted([*folder.glob("annotations/*.json"), *folder.glob("annotation/*.json")])


def _coco_splits(files: list[Path]) -> tuple[Iterator[Example], Iterator[Example]]:
    """By the words train and test (or val) in the files' names, else as :func:`evalsets.split_of` does."""
    words = ("train", "test", "val")
    # A file that names several splits holds several.
    single = [path for path in files if sum(word in path.stem.lower() for word in words) == 1]
    by_word = {word: [path for path in single if word in path.stem.lower()] for word in words}
    tested = by_word["test"] or by_word["val"]
    if by_word["train"] and tested:
        return _coco(by_word["train"][0], None), _coco(tested[0], None)
    return _coco(files[0], "train"), _coco(files[0], "dev")


def _coco(path: Path, split: str | None) -> Iterator[Example]:
    return evalsets.coco(path, split, partial(_image_file, path))


def _image_file(annotations: Path, name: str) -> Path:
    """Where an image of a COCO file lies: in one of :data:`IMAGE_FOLDERS` beside it or one level up."""
    for root in (annotations.parent, annotations.parent.parent):
        for folder in IMAGE_FOLDERS:
            if (root / folder / name).is_file():
                return root / folder / name
    raise ConfigError(f"{annotations}: image {name} lies in none of {', '.join(IMAGE_FOLDERS)} beside it")


def _generated(domain: str, train: int, test: int) -> Dataset:
    if domain != "mixed" and domain not in scenes.DOMAINS:
        raise ConfigError(f"no generated domain '{domain}': mixed, or one of {', '.join(scenes.DOMAINS)}")
    tested = tuple(evalsets.generated(domain, test))
    learned = tuple(map(_few, evalsets.generated(domain, train, first_seed=GENERATED_TRAIN_SEED)))
    return Dataset(f"generated {domain}", learned, tested, whole=True)


def _few(example: Example) -> Example:
    """The same image with :data:`MOST_CLICKED` objects at most, in their order but spread over all."""
    chosen = np.unique(np.linspace(0, len(example.objects) - 1, MOST_CLICKED).astype(int))
    return replace(example, objects=tuple(example.objects[index] for index in chosen))


def _first(examples: Iterator[Example], most: int | None) -> Iterator[Example]:
    for number, example in enumerate(examples):
        if number == most:
            return
        yield example


def object_count(examples: tuple[Example, ...]) -> int:
    """Objects of all images."""
    return int(np.sum([len(example.objects) for example in examples]))
