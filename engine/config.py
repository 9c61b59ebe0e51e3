"""Every setting of the engine, as frozen dataclasses that refuse impossible values at birth.

Modules receive the plain values they need, never a whole configuration; only the pipeline sees
:class:`SegmentConfig`. Stdlib only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine import schema
from engine.errors import ConfigError


def _check(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


@dataclass(frozen=True)
class StretchConfig:
    """How raster values become the 8-bit RGB a model sees. One stretch per raster, never per tile."""

    low_percent: float = 1.0
    """Percentile of the sampled valid values that becomes 0."""
    high_percent: float = 99.0
    """Percentile of the sampled valid values that becomes 255."""
    sample_side: int = 1024
    """Longest side, in pixels, of the decimated read that the percentiles come from."""

    def __post_init__(self) -> None:
        _check(
            0 <= self.low_percent < self.high_percent <= 100,
            f"stretch percentiles must satisfy 0 <= low < high <= 100, not "
            f"{self.low_percent} and {self.high_percent}",
        )
        _check(self.sample_side >= 16, f"sample_side must be at least 16, not {self.sample_side}")


@dataclass(frozen=True)
class TileConfig:
    """The lattice of windows that points are served from."""

    overlap: float = 0.25
    """Share of a tile's side that neighbouring tiles have in common."""
    min_level: int = -2
    """Finest pyramid level: a level-L window covers ``image_size * 2**L`` raster pixels a side."""
    max_level: int = 5
    """Coarsest pyramid level an object that outgrows its tile may be read again at."""

    def __post_init__(self) -> None:
        _check(0 <= self.overlap < 1, f"tile overlap must be in [0, 1), not {self.overlap}")
        _check(
            self.min_level <= 0 <= self.max_level,
            f"pyramid levels must satisfy min <= 0 <= max, not {self.min_level} and {self.max_level}",
        )


@dataclass(frozen=True)
class RefineConfig:
    """Inference-time refine and requery, and zoom (docs/architecture.md)."""

    refine: bool = True
    """Entropy confidence, overlap suppression and click component before the requery box."""
    requery: bool = True
    """Ask again with the refined mask's box plus the clicks."""
    zoom: bool = True
    """Read small objects again over a finer window, and outgrown ones over a coarser one."""
    tta: bool = False
    """Test-time augmentation: answer with the mean over a window as it is and turned by half."""
    eps: float = 0.0
    """Confidence threshold on ``p * (1 - H)``. The paper's 0.2 erodes the masks of a model that is seldom
    sure: on tuning images the sides of the objects shrank by a third."""
    divide: bool = True
    """Contested pixels go to the surest object; the paper takes them off all."""
    box_expand: float = 0.1
    """Share of the refined box's side added on every side before the requery."""
    base_too: bool = False
    """With an adapter, ask the base as well, and keep its answer where its score is higher."""
    strengths: tuple[float, ...] = (1.0, 0.5, 0.25)
    """How strongly an adapter acts on an object of one click, of two, of three and more."""
    batch: int = 32
    """Prompts decoded together."""

    def __post_init__(self) -> None:
        _check(0 <= self.eps < 1, f"eps must be in [0, 1), not {self.eps}")
        _check(self.batch >= 1, f"batch must be at least 1, not {self.batch}")
        _check(
            bool(self.strengths) and all(0 <= strength <= 1 for strength in self.strengths),
            f"strengths must be numbers from 0 to 1, not {self.strengths}",
        )
        _check(self.box_expand >= 0, f"box_expand must not be negative, not {self.box_expand}")


@dataclass(frozen=True)
class PolygonConfig:
    """How masks become polygons."""

    simplify_px: float = schema.SIMPLIFY_PX
    """Simplification tolerance in raster pixels (applied in ground units); 0 keeps every vertex."""
    snap_px: float = schema.SNAP_PX
    """Gaps between two polygons up to that wide, in raster pixels, are closed, so that one edge serves both;
    0 leaves them. Only without overlaps."""
    min_area_m2: float = schema.MIN_AREA_M2
    """Polygons smaller than this are reported as rejected."""
    shape: str = schema.SHAPE
    """One of :data:`engine.schema.SHAPES`: the outline itself, its largest part alone, the outline with right
    angles (buildings), or the smallest rectangle at any angle that holds it (ships, vehicles)."""
    no_overlap: bool = True
    """Guarantee that no two accepted polygons share area; the one that the model is surer of keeps it. Of
    rotated boxes, it is the outlines within that share none."""

    def __post_init__(self) -> None:
        for name in ("simplify_px", "snap_px", "min_area_m2"):
            value = getattr(self, name)
            _check(math.isfinite(value), f"{name} must be a number, not {value}")
        _check(self.simplify_px >= 0, f"simplify_px must not be negative, not {self.simplify_px}")
        _check(self.snap_px >= 0, f"snap_px must not be negative, not {self.snap_px}")
        _check(
            self.shape in schema.SHAPES,
            f"shape must be {', '.join(schema.SHAPES[:-1])} or {schema.SHAPES[-1]}, not {self.shape}",
        )
        _check(self.min_area_m2 >= 0, f"min_area_m2 must not be negative, not {self.min_area_m2}")


@dataclass(frozen=True)
class SegmentConfig:
    """Everything one segmentation run depends on, besides its files."""

    model: str = schema.MODEL
    """Registry name or path of a weights file."""
    adapter: str | None = None
    """Folder of a peft adapter, or None."""
    bands: tuple[int | str, ...] | None = None
    """Band numbers from 1, or band descriptions; None chooses by colour interpretation."""
    device: str = schema.DEVICE
    """auto, cpu, cuda or mps."""
    precision: str = schema.PRECISION
    """auto, fp32 or bf16: arithmetic in which pictures are embedded."""
    review_below: float = schema.ACCEPTED_FROM
    """Accepted polygons whose score is lower get status ``review``."""
    stretch: StretchConfig = field(default_factory=StretchConfig)
    tiles: TileConfig = field(default_factory=TileConfig)
    refine: RefineConfig = field(default_factory=RefineConfig)
    polygons: PolygonConfig = field(default_factory=PolygonConfig)
