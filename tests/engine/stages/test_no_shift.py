"""Outlines lie where the pixels lie, whatever the transform, through the whole pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize
from scipy import ndimage

from engine.config import PolygonConfig
from engine.reading.points import Prompt, PromptSet
from engine.reading.raster import RasterSource
from engine.stages.layer import Provenance, assemble
from engine.stages.pipeline import plan_jobs, run_jobs
from tests.engine.pipeline_runs import ZOOM, apart
from tests.fakes import Box, FakeSegmenter, click, middle, painted, write_scene
from tests.rasters import TRANSFORMS, affines, write_raster


def world_outline(
    path: Path, prompts: Sequence[Prompt], model: FakeSegmenter, assume_crs: str | None = None
) -> shapely.Geometry:
    """The accepted polygon of the one prompt, simplified as by default, in world coordinates."""
    with RasterSource.open(path, assume_crs=assume_crs) as source:
        jobs = plan_jobs(prompts, source.grid, model.image_size, ZOOM.tiles)
        segments = list(run_jobs(jobs, source, model, ZOOM))
        wanted = PromptSet(tuple(prompts), (), (), ())
        frame = assemble(segments, wanted, source.grid, PolygonConfig(), Provenance("fake", None, 0.5))
    assert frame["status"].tolist() == ["accepted"]
    return frame.geometry.iloc[0]


def back_to_pixels(geometry: shapely.Geometry, transform: Affine) -> shapely.Geometry:
    """By the affine package's own inverse, not by ours."""
    inverse = ~transform
    return shapely.transform(geometry, lambda xy: np.array([inverse @ (x, y) for x, y in xy]))


@pytest.mark.parametrize("box", [(53, 61, 92, 99), (70, 70, 79, 78)], ids=["fit", "small"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_known_target_comes_back_within_half_a_pixel(tmp_path: Path, name: str, box: Box) -> None:
    transform = TRANSFORMS[name]
    path = write_scene(tmp_path / "scene.tif", (140, 150), [box], transform=transform)
    outline = back_to_pixels(world_outline(path, [middle(1, box)], FakeSegmenter(128, 1)), transform)
    assert apart(outline, shapely.box(*box)) < 0.5


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_large_target_comes_back_within_half_a_pixel_of_its_window(tmp_path: Path, name: str) -> None:
    transform, box = TRANSFORMS[name], (40, 32, 240, 172)
    path = write_scene(tmp_path / "scene.tif", (220, 280), [box], transform=transform)
    outline = back_to_pixels(world_outline(path, [middle(1, box)], FakeSegmenter(128, 1)), transform)
    assert apart(outline, shapely.box(*box)) < 1


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_target_does_not_shift_at_the_mask_stride_of_a_real_model(tmp_path: Path, name: str) -> None:
    transform, box = TRANSFORMS[name], (53, 61, 92, 99)
    path = write_scene(tmp_path / "scene.tif", (140, 150), [box], transform=transform)
    outline = back_to_pixels(world_outline(path, [middle(1, box)], FakeSegmenter(128, 4)), transform)
    assert outline.bounds == pytest.approx(box, abs=PolygonConfig.simplify_px)
    assert np.hypot(outline.centroid.x - 72.5, outline.centroid.y - 80) < 0.5


@dataclass(frozen=True)
class Target:
    """A turned ellipse or rectangle on a raster of 80 by 90 pixels."""

    is_round: bool
    centre: tuple[float, float]
    half: tuple[float, float]
    turn: float

    def mask(self) -> np.ndarray:
        rows, columns = np.indices((80, 90)) + 0.5
        dx, dy = columns - self.centre[0], rows - self.centre[1]
        u = (dx * np.cos(self.turn) + dy * np.sin(self.turn)) / self.half[0]
        v = (dy * np.cos(self.turn) - dx * np.sin(self.turn)) / self.half[1]
        return np.asarray(u**2 + v**2 <= 1 if self.is_round else np.maximum(abs(u), abs(v)) <= 1)


targets = st.builds(
    Target,
    st.booleans(),
    st.tuples(st.floats(30, 60), st.floats(30, 50)),
    st.tuples(st.floats(4.5, 20), st.floats(4.5, 20)),
    st.floats(0, np.pi),
)


@settings(max_examples=40)
@given(target=targets, transform=affines())
def test_a_polygon_rasterised_back_covers_its_mask_within_a_pixel(target: Target, transform: Affine) -> None:
    mask = target.mask()
    with TemporaryDirectory() as folder:
        image = painted(mask.shape, [(mask, 220)])
        path = write_raster(Path(folder) / "scene.tif", image, transform=transform, crs=None)
        outline = world_outline(path, [click(1, target.centre)], FakeSegmenter(128, 2), "pixel")
    rasterized = rasterize([outline], out_shape=mask.shape, transform=transform).astype(bool)
    square = np.ones((3, 3))
    assert not (mask & ~ndimage.binary_dilation(rasterized, square)).any()
    assert not (rasterized & ~ndimage.binary_dilation(mask, square)).any()
