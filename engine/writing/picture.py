"""A picture of polygons over their raster, drawn with Pillow alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.errors import ConfigError, OutputError, PointsError
from engine.files import check_target, written_whole
from engine.grid import RasterGrid
from engine.reading.raster import RasterSource

Colour = tuple[int, int, int]
Window = tuple[float, float, float, float]

SMOOTHING = 2
"""The overlay is drawn this many times larger, then reduced, which smooths its edges."""
MAX_ENLARGEMENT = 4.0
"""Small rasters are shown up to this much larger, so that outlines do not bury them."""
LEGEND_SIDE = 320
"""Pictures narrower or lower than this have no room for a legend."""

RAMP = np.array([(215, 48, 39), (255, 221, 51), (26, 172, 80)], dtype=float)
"""Score 0, one half and 1."""
PLAIN: Colour = (0, 220, 255)
HALO: Colour = (20, 20, 20)
NO_DATA: Colour = (200, 200, 200)
POSITIVE: Colour = (255, 255, 255)
NEGATIVE: Colour = (235, 40, 60)


@dataclass(frozen=True)
class _View:
    """The part of the raster that is shown, and the size it is shown at."""

    grid: RasterGrid
    window: Window
    width: int
    height: int

    @property
    def zoom(self) -> float:
        """Picture pixels per raster pixel."""
        return self.width / self.window[2]

    def to_canvas(self, world: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) world coordinates to (N, 2) pixels of the enlarged overlay."""
        x, y, width, height = self.window
        scale = self.width / width * SMOOTHING, self.height / height * SMOOTHING
        return (self.grid.to_pixel(world) - (x, y)) * scale


def render(
    raster: RasterSource,
    polygons: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame | None = None,
    max_side: int = 1600,
    extent: Window | None = None,
) -> Image.Image:
    """Draw polygon outlines, coloured by ``score`` if there is such a column, over the raster.

    Args:
        polygons: in any CRS; an empty frame gives the bare raster.
        points: in any CRS, drawn as dots: white, or red where ``label`` is 0.
        max_side: longest side of the picture in pixels. The raster is read at this size, never whole.
        extent: part to show as (x, y, width, height) in raster pixels; None shows all.

    Returns:
        An RGB image in the raster's own orientation (its first row on top).
    """
    if max_side < 1:
        raise ConfigError(f"the longest side of a picture must be at least 1 pixel, not {max_side}")
    view = _view(raster.grid, extent, max_side)
    overlay = Image.new("RGBA", (view.width * SMOOTHING, view.height * SMOOTHING))
    scores = _scores(polygons)
    _draw_polygons(ImageDraw.Draw(overlay), _rings(view, polygons), _colours(scores, len(polygons)))
    if points is not None:
        _draw_points(ImageDraw.Draw(overlay), view, points)
    picture = _background(raster, view).convert("RGBA")
    picture.alpha_composite(overlay.resize(picture.size, Image.Resampling.BOX))
    if min(picture.size) >= LEGEND_SIDE:
        _draw_legend(picture, view, len(polygons), scores is not None)
    return picture.convert("RGB")


def check_picture(path: Path) -> None:
    """Refuse a picture that cannot be written, before any work is done for it.

    Raises:
        OutputError: the suffix names no format, or the folder or the name does not work.
    """
    _format(path)
    check_target(path)


def _format(path: Path) -> str:
    form = Image.registered_extensions().get(path.suffix.lower())
    if form is None or form not in Image.SAVE:
        raise OutputError(f"{path}: no picture format has this suffix: use .png or .jpg")
    return form


def save_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture whole or not at all, in the format that its suffix names.

    Raises:
        OutputError: the suffix names no format, or the disk refuses.
    """
    form = _format(path)
    try:
        with written_whole(path) as part:
            picture.save(part, format=form)
    except (OSError, ValueError, KeyError) as error:  # Some formats bound the size of their pictures.
        reason = getattr(error, "strerror", None) or error
        raise OutputError(f"{path}: the picture cannot be written there ({reason})") from error


def _view(grid: RasterGrid, extent: Window | None, max_side: int) -> _View:
    window = extent or (0.0, 0.0, float(grid.width), float(grid.height))
    zoom = min(MAX_ENLARGEMENT, max_side / max(window[2:]))
    return _View(grid, window, max(1, round(window[2] * zoom)), max(1, round(window[3] * zoom)))


def _background(raster: RasterSource, view: _View) -> Image.Image:
    rgb, valid = raster.read_area(view.window, view.height, view.width)
    rgb[~valid] = NO_DATA
    return Image.fromarray(rgb)


def _located(grid: RasterGrid, frame: gpd.GeoDataFrame, what: str) -> NDArray[Any]:
    """Geometries in the raster's CRS; where the raster has none, coordinates are taken as they are."""
    if grid.crs is not None and len(frame):
        if frame.crs is None:
            raise PointsError(f"the {what} have no CRS, but the raster has: assign one to their layer")
        frame = frame.to_crs(grid.crs_wkt)
    geometries = np.asarray(frame.geometry.values, dtype=object)
    return np.where(shapely.is_missing(geometries), shapely.Polygon(), geometries)


def _rings(view: _View, polygons: gpd.GeoDataFrame) -> list[tuple[int, list[NDArray[np.float64]]]]:
    """(row, outer ring and holes) in overlay pixels of every part in view, the largest first.

    Largest first, so that a polygon inside another's hole is not wiped out with the hole.
    """
    geometries = shapely.transform(_located(view.grid, polygons, "polygons"), view.to_canvas)
    parts, rows = shapely.get_parts(geometries, return_index=True)
    frame = shapely.box(0, 0, view.width * SMOOTHING, view.height * SMOOTHING)
    shown = (shapely.get_type_id(parts) == 3) & shapely.intersects(shapely.envelope(parts), frame)
    order = np.argsort(-shapely.area(parts[shown]), kind="stable")
    return [
        (int(row), [shapely.get_coordinates(ring) for ring in shapely.get_rings(part)])
        for part, row in zip(parts[shown][order], rows[shown][order], strict=True)
    ]


def _draw_polygons(
    draw: ImageDraw.ImageDraw, parts: list[tuple[int, list[NDArray[np.float64]]]], colours: list[Colour]
) -> None:
    """Light fills below, then dark halos, then outlines: no polygon's fill hides another's outline.

    Widths are odd, because Pillow draws even ones off centre, to a side that depends on direction.
    """
    for row, (outer, *holes) in parts:
        draw.polygon(_flat(outer), fill=(*colours[row], 48))
        for hole in holes:
            draw.polygon(_flat(hole), fill=(0, 0, 0, 0))
    for _, rings in parts:
        for ring in rings:
            draw.line(_flat(ring), fill=(*HALO, 170), width=4 * SMOOTHING + 1, joint="curve")
    for row, rings in parts:
        for ring in rings:
            draw.line(_flat(ring), fill=(*colours[row], 255), width=2 * SMOOTHING + 1, joint="curve")


def _draw_points(draw: ImageDraw.ImageDraw, view: _View, points: gpd.GeoDataFrame) -> None:
    coordinates, rows = shapely.get_coordinates(_located(view.grid, points, "points"), return_index=True)
    negative = np.zeros(len(points), dtype=bool)
    if "label" in points:
        negative = np.asarray(points["label"].astype(str).isin(["0", "0.0", "False"]))
    for (x, y), row in zip(view.to_canvas(coordinates), rows, strict=True):
        radius = 3 * SMOOTHING
        fill = NEGATIVE if negative[row] else POSITIVE
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, fill=(*fill, 255), outline=(*HALO, 255), width=SMOOTHING)


def _flat(ring: NDArray[np.float64]) -> list[float]:
    # Pillow counts pixels by their centres, we by their outer corners.
    return np.floor(ring).ravel().tolist()


def _scores(polygons: gpd.GeoDataFrame) -> NDArray[np.float64] | None:
    """(n,) scores, NaN where there is none; None if the layer has no scores, or a column of other things."""
    if "score" not in polygons:
        return None
    scores = pd.to_numeric(polygons["score"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return scores if np.isfinite(scores).any() else None


def _colours(scores: NDArray[np.float64] | None, count: int) -> list[Colour]:
    """One colour per polygon; without a score, the plain one."""
    if scores is None:
        return [PLAIN] * count
    return [PLAIN if math.isnan(score) else score_colour(score) for score in scores]


def score_colour(score: float) -> Colour:
    """Red at 0, yellow at one half, green at 1."""
    red, green, blue = (round(float(np.interp(score, (0, 0.5, 1), channel))) for channel in RAMP.T)
    return red, green, blue


def _draw_legend(picture: Image.Image, view: _View, count: int, scored: bool) -> None:
    """Scale bar, number of polygons and colour ramp on a dark plate in the lower left corner."""
    length, label = _scale_bar(view) or (0, "size unknown")
    lines: Iterator[int] = iter(range(picture.height - 30, 0, -24))
    plate = Image.new("RGBA", picture.size)
    draw = ImageDraw.Draw(plate)
    font = ImageFont.load_default(14)
    width, height = max(length + 90, 190), 24 * (1 + bool(count) + scored) + 12
    top = picture.height - height - 8
    draw.rounded_rectangle((8, top, 8 + width, picture.height - 8), 6, fill=(0, 0, 0, 150))
    y = next(lines)
    draw.rectangle((20, y - 3, 20 + length, y + 1), fill=(255, 255, 255, 255))
    draw.text((28 + length, y), label, fill="white", font=font, anchor="lm")
    if count:
        plural = "" if count == 1 else "s"
        draw.text((20, next(lines)), f"{count} polygon{plural}", "white", font, anchor="lm")
    if scored:
        y = next(lines)
        draw.text((20, y), "score 0", fill="white", font=font, anchor="lm")
        for i in range(81):
            draw.line((76 + i, y - 5, 76 + i, y + 5), fill=(*score_colour(i / 80), 255))
        draw.text((163, y), "1", fill="white", font=font, anchor="lm")
    picture.alpha_composite(plate)


def _scale_bar(view: _View) -> tuple[int, str] | None:
    """Length in picture pixels and label of a round distance, at most a quarter of the picture.

    None where a pixel has no size, so far from the origin that its corners are the same number.
    """
    local = view.grid.crs is None
    ground = (1.0 if local else view.grid.metres_per_pixel()) / view.zoom
    limit = ground * view.width / 4
    if not 0 < limit < math.inf:
        return None
    magnitude = 10.0 ** math.floor(math.log10(limit))
    distance = max(step * magnitude for step in (1, 2, 5) if step * magnitude <= limit)
    unit, value = (
        ("px", distance) if local else ("km", distance / 1000) if distance >= 1000 else ("m", distance)
    )
    return round(distance / ground), f"{value:g} {unit}"
