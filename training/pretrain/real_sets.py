"""The openly licensed sets that the embedded model learns from: how often each is drawn, what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.coco import Labelled, read_coco
from training.pretrain.crops import HELD_OUT

HELD_OUT_EVERY = 10
"""Of every set in ``open/``, training never sees the first of every ten images by file order."""


@dataclass(frozen=True)
class RealSet:
    """What training makes of one COCO folder.

    Attributes:
        weight: how often its crops come, relative to the other sets; inside a set images are equally likely.
        complete: every object is labelled, so that the background may be learned from too.
        overhead: seen from above, so that generated scenes may take its textures and fine structure.
    """

    weight: float
    complete: bool = False
    overhead: bool = True


OPEN_SETS = {
    "fair_buildings_banepa": RealSet(3),
    "fair_buildings_sample2": RealSet(2.5),
    "dubai_water": RealSet(1),
    "naip_ponds": RealSet(0.4),
    "ice_floes": RealSet(0.4),
    "dsb2018_nuclei": RealSet(0.5, complete=True, overhead=False),
    "book_spines": RealSet(0.6, overhead=False),
    "mushrooms": RealSet(0.6, overhead=False),
}
"""The folders of ``open/``. Ponds and floes are outlined by a threshold, so they count less; most floes are
not outlined at all."""
FIRST_SETS = {"naip_fields": RealSet(2), "solar_panels": RealSet(1.5)}
"""The sets of the first ``nano``, when they are drawn beside the open ones."""


def real_images(data: Path | None, open_sets: bool = False) -> list[Labelled]:
    """The training part of the real sets under ``data``; none if ``data`` is None.

    Args:
        open_sets: also those under ``data/open``; every set then counts by its weight. Without them, every
            image of the two first sets is equally likely.

    Raises:
        ConfigError: a set is missing.
    """
    if data is None:
        return []
    first = {name: read_coco(data / name)[:-held] for name, held in HELD_OUT.items()}
    if not open_sets:
        return [image for images in first.values() for image in images]
    found = [image for name, images in first.items() for image in weighed(images, FIRST_SETS[name])]
    for name, kind in OPEN_SETS.items():
        found += weighed(split(read_coco(data / "open" / name))[0], kind)
    return found


def held_out_images(data: Path, name: str) -> list[Labelled]:
    """The images of one of :data:`OPEN_SETS` under ``data/open`` that training never sees."""
    return split(read_coco(data / "open" / name))[1]


def split(images: Sequence[Labelled]) -> tuple[list[Labelled], list[Labelled]]:
    """The images to learn from, and the held-out tenth."""
    kept = [image for index, image in enumerate(images) if index % HELD_OUT_EVERY]
    return kept, list(images[::HELD_OUT_EVERY])


def weighed(images: Sequence[Labelled], kind: RealSet) -> list[Labelled]:
    """The images of one set, each with its share of the set's weight."""
    share = kind.weight / max(len(images), 1)
    return [
        Labelled(image.image, image.instances, kind.complete, weight=share, overhead=kind.overhead)
        for image in images
    ]
