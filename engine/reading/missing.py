"""Values that mark missing data although the raster does not say so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Missing = tuple[tuple[float, ...], ...]
"""Per band, the values that are taken as missing."""

USUAL = {-999.0, -9999.0, -99999.0, -32767.0, -32768.0}
"""What programs write for missing data, besides numbers near the ends of a float's range."""
HUGE = 1e30
"""No measured quantity comes near it."""
LEAST_COUNT, LEAST_SHARE = 4, 1e-4
"""How often a value must repeat exactly, in the sample."""
LEAST_VARIETY = 8
"""With fewer different values among the rest, the band is a mask or a map, where nothing is far."""
MOST_PER_BAND = 3


def find_missing(samples: NDArray[Any]) -> Missing:
    """Values of (B, N) samples that repeat exactly, far outside all the others.

    Far is a gap wider than all the rest together; for what programs usually write, wider than the rest
    without its outermost hundredths.

    Returns:
        B tuples, empty ones where there is no such value; an empty tuple if that is so in every band.
    """
    found = tuple(_of_band(band[np.isfinite(band)]) for band in samples)
    return found if any(found) else ()


def without(values: NDArray[Any], missing: Missing) -> NDArray[Any]:
    """(B, …) floats with NaN where a band has one of its missing values."""
    if not missing:
        return values
    values = values.copy()
    for band, marks in zip(values, missing, strict=True):
        for mark in marks:
            band[band == band.dtype.type(mark)] = np.nan
    return values


def describe_missing(samples: NDArray[Any], missing: Missing) -> str:
    """One sentence on the values, and the share of the (B, N) samples that they are."""
    marks = sorted({mark for band in missing for mark in band})
    share = float(np.mean([np.isin(band, np.array(marks, dtype=band.dtype)).mean() for band in samples]))
    shown = " and ".join(f"{mark:.9g}" for mark in marks)
    named = f"values {shown}" if len(marks) > 1 else f"the value {shown}"
    return (
        f"{named} ({100 * share:.2g} % of the pixels) far outside all others taken as missing data; state it "
        "in the file (gdal_edit.py -a_nodata) to be sure"
    )


def _of_band(band: NDArray[Any]) -> tuple[float, ...]:
    marks: list[float] = []
    while len(marks) < MOST_PER_BAND and band.size:
        mark = next((end for end in (band.min(), band.max()) if _is_mark(end, band)), None)
        if mark is None:
            break
        marks.append(float(mark))
        band = band[band != mark]
    return tuple(marks)


def _is_mark(value: Any, band: NDArray[Any]) -> bool:
    same = band == value
    count = int(same.sum())
    if count < max(LEAST_COUNT, LEAST_SHARE * band.size):
        return False
    # Halved, so that the difference of two ends of the range does not overflow.
    rest = band[~same].astype(np.float64) / 2
    if len(np.unique(rest[:: max(1, rest.size // 4096)])) < LEAST_VARIETY:
        return False
    half = float(value) / 2
    gap = min(abs(half - rest.min()), abs(half - rest.max()))
    usual = float(value) in USUAL or abs(float(value)) >= HUGE
    low, high = np.percentile(rest, [1, 99]) if usual else (rest.min(), rest.max())
    return math.isfinite(gap) and gap > high - low
