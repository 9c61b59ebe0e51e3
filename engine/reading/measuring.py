"""The one stretch of a raster, measured on a sample of its values."""

from __future__ import annotations

from dataclasses import replace

from engine.config import StretchConfig
from engine.errors import RasterError
from engine.messages import message
from engine.reading.missing import describe_missing, find_missing, without
from engine.reading.sampling import sample_values
from engine.reading.stretch import Stretch, fit_stretch, identity
from engine.reading.windows import WindowReader


def measured_stretch(reader: WindowReader, config: StretchConfig, path: str) -> tuple[Stretch, list[str]]:
    """A stretch from nearest pixels of overviews, or of blocks spread over the raster.

    Returns:
        The stretch, and what had to be assumed for it, one sentence each.

    Raises:
        RasterError: no pixel of the raster holds data.
    """
    samples = sample_values(reader, config.sample_side)
    if not samples.size:
        raise RasterError(message("raster-empty", path=path))
    inverted = _is_inverted(reader)
    if all(reader.dataset.dtypes[i - 1] == "uint8" for i in reader.choice.indexes):
        # Eight bits leave no room for values far outside.
        stretch = identity(3) if reader.bands == 3 else fit_stretch(samples, config)
        return replace(stretch, inverted=inverted), []
    missing = find_missing(samples)
    stretch = fit_stretch(without(samples, missing), config, True if reader.is_complex else None)
    notes = [describe_missing(samples, missing)] if missing else []
    return replace(stretch, inverted=inverted, missing=missing), notes


def _is_inverted(reader: WindowReader) -> bool:
    """Whether the grey band is stored with white as its least value, as scans and some radar products are."""
    if len(reader.choice.indexes) > 1 or reader.choice.palette:
        return False
    return reader.dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE", "").upper() == "YES"
