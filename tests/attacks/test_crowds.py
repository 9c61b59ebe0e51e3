"""Crowds of random shapes through the whole assembly: it never raises, and nothing shares area in silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from affine import Affine

from engine import overlay
from engine.config import PolygonConfig
from engine.grid import RasterGrid
from engine.reading.points import Prompt, PromptSet
from engine.stages.layer import SHARES, Provenance, assemble
from engine.stages.pipeline import Segment
from engine.stages.polygons import Polygonal, valid

PLACES = {
    "pixels": Affine.identity(),
    "UTM": Affine(0.5, 0, 600_000, 0, -0.5, 5_200_000),
    "degrees": Affine(1e-6, 0, 11.3, 0, -1e-6, 46.5),
    "turned": Affine.translation(600_000, 5_200_000) @ Affine.rotation(33) @ Affine.scale(0.3, -0.3),
}
BATCH = 2000
SHARED_PX2 = 1e-2
"""Square pixels that a border may wander when coordinates of millions are rounded."""


def blob(rng: np.random.Generator, centre: np.ndarray) -> Polygonal:
    """A ragged star, at times with a hole, with corners on a lattice, or crossing itself."""
    corners = int(rng.integers(5, 40))
    angles = np.sort(rng.random(corners)) * 2 * np.pi
    reach = rng.uniform(2, 9) * np.exp(rng.normal(0, rng.choice([0.05, 0.3, 0.7]), corners))
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]
    holes = [centre + ring * rng.uniform(0.2, 0.7)] if rng.random() < 0.3 else []
    if rng.random() < 0.1:
        rng.shuffle(ring)
    ring = centre + ring
    if rng.random() < 0.4:
        ring = np.round(ring * 4) / 4
    return valid(shapely.Polygon(ring, holes))


def crowd(rng: np.random.Generator, size: int) -> tuple[list[Segment], PromptSet]:
    """Overlapping objects, some of them twins of others, moved by next to nothing."""
    side = np.sqrt(size) * rng.choice([8.0, 12.0, 20.0])
    centres = rng.random((size, 2)) * side + 10
    shapes = [blob(rng, centre) for centre in centres]
    for twin in rng.integers(0, size, size // 50):
        step = rng.normal(size=2) * 10.0 ** rng.integers(-12, 0)
        shapes[int(rng.integers(size))] = shapely.transform(
            shapes[int(twin)], lambda xy, step=step: xy + step
        )
    segments = [
        Segment(k, shape, float(rng.random()), 0.9, 0.1, 0, False, 0.9) for k, shape in enumerate(shapes)
    ]
    prompts = tuple(Prompt(k, centre[None], np.ones(1, int)) for k, centre in enumerate(centres))
    return segments, PromptSet(prompts, (), (), ())


@pytest.mark.parametrize("place", PLACES)
def test_a_crowd_becomes_valid_polygons_that_share_no_area(
    place: str, count: Callable[[int, int], int]
) -> None:
    total, done = count(400, 26_000), 0
    while done < total:
        size = min(BATCH, total - done)
        rng = np.random.default_rng([list(PLACES).index(place), done])
        assert_apart(place, *crowd(rng, size))
        done += size


def test_no_area_stays_shared_where_geos_misses_it_in_the_answer_and_in_its_check() -> None:
    assert_apart("degrees", *crowd(np.random.default_rng([1, 23_500, 2]), 500))


def assert_apart(place: str, segments: list[Segment], prompts: PromptSet) -> None:
    """The layer has a row for each object; those without a note are valid and share no area."""
    grid = RasterGrid(8000, 8000, PLACES[place], None)
    frame = assemble(segments, prompts, grid, PolygonConfig(), Provenance("x", None, 0.5))
    assert len(frame) == len(segments)
    told = frame["reason"].fillna("").str.contains(SHARES).to_numpy()
    kept = frame.geometry.notna().to_numpy() & ~told
    shapes = frame.geometry.to_numpy()[kept]
    assert shapely.is_valid(shapes).all()
    assert shared_area(shapes) <= SHARED_PX2 * grid.pixel_size**2


def shared_area(shapes: np.ndarray) -> float:
    """The largest area that any two have in common, computed on a grid, on which GEOS makes no mistakes."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    apart = one < other
    grid = overlay.grid_size(shapes, 42)
    areas = shapely.area(shapely.intersection(shapes[one[apart]], shapes[other[apart]], grid_size=grid))
    return float(areas.max(initial=0.0))
