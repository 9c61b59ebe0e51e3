"""How large objects of one kind usually are, found from their clicks alone.

One click does not tell a part from the whole; the other clicks of a layer do, since what an analyst clicks
in one go is mostly of a kind. Before an adaptation the model answers every click once; the median size of
what it is surest of becomes the measure of the kind. The raster and the column ``class`` tell kinds apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.models.base import Segmenter
from engine.reading.attributes import class_of
from engine.reading.points import Prompt
from engine.stages.predict import predict
from engine.stages.refine import stability
from training.adapt.samples import BATCH, SizePrior, TrainingTile

MIN_OBJECTS_OF_KIND = 4
"""Kinds of fewer objects have no usual size."""
SMALLEST_SPREAD = 0.5
"""Spread, of the logarithm of the area, below which kinds count as equally uniform."""


def kind_of(tile: TrainingTile, prompt: Prompt) -> Hashable:
    """What tells kinds apart: the raster, and the class if there is one."""
    return id(tile.reader), class_of(prompt.attributes)


def with_size_priors(
    model: Segmenter, tiles: Sequence[TrainingTile], measured: Sequence[int]
) -> list[TrainingTile]:
    """The same tiles with the usual size of every object's kind, as the model sees it now.

    Args:
        measured: indices of the tiles whose objects are measured.
    """
    seen: dict[Hashable, list[tuple[float, float]]] = {}
    for tile in (tiles[index] for index in measured):
        for kind, area, weight in _areas(model, tile):
            seen.setdefault(kind, []).append((area, weight))
    usual = {kind: found for kind, pairs in seen.items() if (found := size_prior_of(pairs)) is not None}
    return [replace(tile, size_priors=_of_prompts(tile, usual)) for tile in tiles]


def size_prior_of(pairs: Sequence[tuple[float, float]]) -> SizePrior | None:
    """From (area, weight) of the objects of a kind; None if there are too few."""
    pairs = [(area, weight) for area, weight in pairs if area > 0 and weight > 0]
    if len(pairs) < MIN_OBJECTS_OF_KIND:
        return None
    logs, weights = np.log([area for area, _ in pairs]), np.array([weight for _, weight in pairs])
    middle = _weighted_median(logs, weights)
    spread = _weighted_median(np.abs(logs - middle), weights)
    return SizePrior(middle, max(spread, SMALLEST_SPREAD))


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _areas(model: Segmenter, tile: TrainingTile) -> list[tuple[Hashable, float, float]]:
    """Kind, area in raster pixels and stability² of the objects that a tile owns."""
    sample = tile.read(model.mask_size)
    logits = predict(model, model.encode(sample.image), sample.prompts, BATCH).logits[: sample.own]
    cell = tile.job.tile.span / logits.shape[-1]
    areas = (logits > 0).sum(axis=(1, 2)) * cell**2
    weights = stability(logits) ** 2
    kinds = [kind_of(tile, prompt) for prompt in tile.job.own]
    return [(kind, float(a), float(w)) for kind, a, w in zip(kinds, areas, weights, strict=True)]


def _of_prompts(tile: TrainingTile, usual: Mapping[Hashable, SizePrior]) -> tuple[SizePrior | None, ...]:
    everyone = (*tile.job.own, *tile.job.context)
    return tuple(usual.get(kind_of(tile, prompt)) for prompt in everyone)


def size_z_score(areas_px: np.ndarray, usual: Sequence[SizePrior | None]) -> np.ndarray:
    """(K, …) distance of areas (K, …) in raster pixels from the usual, in spreads; 0 where none is known."""
    found = np.zeros(areas_px.shape)
    for row, size in enumerate(usual):
        if size is not None:
            found[row] = np.abs(np.log(np.maximum(areas_px[row], 1)) - size.log_area) / size.spread
    return found
