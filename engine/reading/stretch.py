"""From raster values to the 8-bit colours a model sees: one stretch per raster, never per window."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.config import StretchConfig
from engine.reading.missing import Missing

Scale = Literal["identity", "linear", "log10"]

HEAVY_TAIL = 10.0
"""Ratio of the 99th percentile to the median from which positive values are shown as logarithms.

Optical imagery stays below 8 even at 16 bits; SAR intensity over towns and coasts is well above.
"""


@dataclass(frozen=True)
class Stretch:
    """Value ``low`` becomes 0 and ``high`` becomes 255, band by band; beyond them it saturates.

    Attributes:
        scale: ``linear``; ``log10``, where low and high are logarithms; or ``identity`` (8 bits kept).
        low, high: one number per band, low < high.
        inverted: whether large values are dark, as in images stored as min-is-white.
        missing: values that mark missing data although the raster does not say so; empty if there are none.
    """

    scale: Scale
    low: tuple[float, ...]
    high: tuple[float, ...]
    inverted: bool = False
    missing: Missing = ()

    def apply(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """(B, H, W) raster values, B = 1 or 3, to (H, W, 3) uint8; values that are not finite become 0."""
        column = (len(self.low), 1, 1)
        low = np.array(self.low, dtype=values.dtype).reshape(column)
        high = np.array(self.high, dtype=values.dtype).reshape(column)
        with np.errstate(invalid="ignore"):
            scaled = np.log10(np.maximum(values, 10**low)) if self.scale == "log10" else values
            unit = np.clip((scaled - low) / (high - low), 0, 1)
        unit = np.nan_to_num(1 - unit if self.inverted else unit)
        bytes_ = np.rint(unit * 255).astype(np.uint8)
        return np.broadcast_to(np.moveaxis(bytes_, 0, -1), (*values.shape[1:], 3)).copy()

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form, for provenance; what is out of the ordinary is in it only where it is so."""
        content = asdict(self) | {"low": list(self.low), "high": list(self.high)}
        content["missing"] = [list(marks) for marks in self.missing]
        return {key: value for key, value in content.items() if value or key in ("scale", "low", "high")}


def identity(bands: int) -> Stretch:
    """Keep 8-bit values as they are."""
    return Stretch("identity", (0.0,) * bands, (255.0,) * bands)


def fit_stretch(samples: NDArray[Any], config: StretchConfig, logarithmic: bool | None = None) -> Stretch:
    """Percentile stretch of (B, N) sampled values; values that are not finite are ignored.

    Args:
        logarithmic: whether to take logarithms first; None decides by how heavy the tail is.
    """
    bands = [band[np.isfinite(band)].astype(np.float64) for band in samples]
    if logarithmic is None:
        logarithmic = all(_heavy_tailed(band) for band in bands)
    if logarithmic:
        bands = [np.log10(band[band > 0]) for band in bands]
    ranges = [_range(band, config) for band in bands]
    low, high = zip(*ranges, strict=True)
    return Stretch("log10" if logarithmic else "linear", tuple(low), tuple(high))


def _heavy_tailed(band: NDArray[np.float64]) -> bool:
    positive = band[band > 0]
    if not positive.size or band.min() < 0:
        return False
    return bool(np.percentile(positive, 99) > HEAVY_TAIL * np.median(positive))


def _range(band: NDArray[np.float64], config: StretchConfig) -> tuple[float, float]:
    """Percentiles; if they coincide, the extremes; if those do too, a range with the constant mid-grey."""
    if not band.size:
        return 0.0, 1.0
    low, high = np.percentile(band, [config.low_percent, config.high_percent])
    if low == high:
        low, high = band.min(), band.max()
    if low == high:
        margin = max(0.5, abs(low) * 1e-3)
        low, high = low - margin, high + margin
    return float(low), float(high)
