"""What the benchmark adapts on and tests on: COCO folders, georeferenced scenes, generated domains."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from engine.errors import ConfigError
from training import scenes
from training.benchmark import evalsets
from training.benchmark.protocols import Example

GENERATED = "generated:"
"""``generated:sar`` and the like name a domain of the scene generator in place of a folder."""
GENERATED_TRAIN_SEED, GENERATED_TEST = 40_000, 24
MOST_CLICKED = 12
"""Objects of a generated image that are clicked to learn from: nobody clicks all trees of a wood."""
ANNOTATION_FOLDERS = ("annotation", "annotations")
SPLITS = ("train", "test", "val")


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


def load(source: str, train: int | None = None, test: int | None = None, only: str | None = None) -> Dataset:
    """Load a data set; ``train`` and ``test`` limit the numbers of images.

    Args:
        source: a COCO folder (layouts of NWPU VHR-10, WHU, HRSID), a folder of GeoTIFFs with GeoPackages of
            the same name, or ``generated:DOMAIN``.
        only: the one class whose objects are taken: a category of COCO, or what the column ``class`` says.

    Raises:
        ConfigError: it is none of these, or has no objects (of that class) to learn from or to test on.
    """
    found = _load(source, train, test, only)
    for images, purpose in ((found.train, "to learn from"), (found.test, "to test on")):
        if not images:
            kind = "" if only is None else f" of class '{only}'"
            raise ConfigError(f"--data {source}: no image with objects{kind} {purpose}")
    return found


def _load(source: str, train: int | None, test: int | None, only: str | None) -> Dataset:
    if source.startswith(GENERATED):
        if only is not None:
            raise ConfigError(f"--only {only}: generated scenes have no classes")
        return _generated(source.removeprefix(GENERATED), train or 120, test or GENERATED_TEST)
    folder = Path(source)
    if not folder.is_dir():
        raise ConfigError(f"--data {source}: no such folder, nor {GENERATED}DOMAIN")
    if files := annotation_files(folder):
        learned, tested = _coco_splits(folder, files, only)
        return Dataset(folder.name, tuple(_first(learned, train)), tuple(_first(tested, test)), True)
    if any(folder.glob("*.tif")):
        examples = list(evalsets.roofs(folder, only))
        return Dataset(folder.name, tuple(examples[::2])[:train], tuple(examples[1::2])[:test], whole=False)
    raise ConfigError(f"--data {source}: neither COCO annotations nor GeoTIFFs with GeoPackages in it")


def annotation_files(folder: Path) -> list[Path]:
    """COCO files of a folder: ``annotations.json``, or all below ``annotations/``, however it is spelt.

    NWPU VHR-10 has them in ``annotations/``, PointSAM's copy in ``Annotations/``, that of HRSID in
    ``Annotations/inshore/`` and ``Annotations/offshore/``.
    """
    single = folder / "annotations.json"
    if single.is_file():
        return [single]
    roots = [path for path in folder.iterdir() if path.name.lower() in ANNOTATION_FOLDERS and path.is_dir()]
    return sorted(path for root in roots for path in _files(root) if path.suffix == ".json")


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, also by links, which data sets are often put together of."""
    for root, _, names in os.walk(folder, followlinks=True):
        yield from (Path(root, name) for name in names)


def _coco_splits(
    folder: Path, files: list[Path], only: str | None
) -> tuple[Iterator[Example], Iterator[Example]]:
    """By the words train and test (or val) in the files' names, else as :func:`evalsets.split_of` does.

    Raises:
        ConfigError: several files are of one split, such as those of ships inshore and offshore.
    """
    # A file that names several splits holds several.
    single = [path for path in files if sum(word in path.stem.lower() for word in SPLITS) == 1]
    by_word = {word: [path for path in single if word in path.stem.lower()] for word in SPLITS}
    learned, tested = by_word["train"], by_word["test"] or by_word["val"]
    for several in (learned, tested) if learned and tested else (files,):
        if len(several) > 1:
            names = ", ".join(str(path.relative_to(folder)) for path in several)
            raise ConfigError(f"{folder}: {names} could all be meant; leave one of them in the folder")
    images = _images(folder)

    def read(path: Path, split: str | None) -> Iterator[Example]:
        return evalsets.coco(path, split, partial(_image_file, path, images), only)

    if learned and tested:
        return read(learned[0], None), read(tested[0], None)
    return read(files[0], "train"), read(files[0], "dev")


def _images(folder: Path) -> dict[str, list[Path]]:
    """Every file below a folder by name, without the annotations."""
    found: dict[str, list[Path]] = {}
    for path in _files(folder):
        if path.suffix.lower() != ".json":
            found.setdefault(path.name, []).append(path)
    return found


def _image_file(annotations: Path, images: Mapping[str, list[Path]], name: str) -> Path:
    """Where an image of a COCO file lies: below the data folder, by its name and what precedes it.

    Of several with that name, such as ``train/image/1.tif`` and ``test/image/1.tif`` of WHU, the one whose
    path names the split of the annotations.
    """
    found = [path for path in images.get(Path(name).name, []) if path.as_posix().endswith(f"/{name}")]
    if len(found) > 1:
        words = [word for word in SPLITS if word in annotations.stem.lower()]
        found = [path for path in found if any(word in path.parts for word in words)]
    if len(found) == 1:
        return found[0]
    problem = "several files of this name" if found or name in images else "no file of this name"
    raise ConfigError(f"{annotations}: image {name}: {problem} in the data folder")


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
