"""What a request holds, checked before it is used: a wrong type is an error of the kind ``input``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from engine.errors import ConfigError

MOST_AROUND = 16
"""Tiles on every side that a request may have embedded beforehand."""
_INT64 = range(-(2**63), 2**63)


def text(params: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text; required without ``default``."""
    value = params.get(name, default)
    if not isinstance(value, str) or "\0" in value:
        raise _wrong(name, "a text", value)
    return value


def optional_text(params: Mapping[str, Any], name: str) -> str | None:
    """A text, or None."""
    return None if params.get(name) is None else text(params, name)


def flag(params: Mapping[str, Any], name: str) -> bool:
    """True or false; false if it is left out."""
    value = params.get(name)
    if value is not None and not isinstance(value, bool):
        raise _wrong(name, "true or false", value)
    return bool(value)


def whole(params: Mapping[str, Any], name: str, default: int | None = None, most: int | None = None) -> int:
    """A whole number of 64 bits; from 0 to ``most`` if that is given."""
    value = params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value not in _INT64:
        raise _wrong(name, "a whole number", value)
    if most is not None and not 0 <= value <= most:
        raise ConfigError(f"'{name}' must be from 0 to {most}, not {value}")
    return value


def record(params: Mapping[str, Any], name: str, *, required: bool = True) -> Mapping[str, Any]:
    """An object with named values; empty if it is left out and not required."""
    value = params.get(name) if required else params.get(name) or {}
    if not isinstance(value, Mapping):
        raise _wrong(name, "an object", value)
    return value


def records(params: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """A list of objects."""
    value = params.get(name)
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise _wrong(name, "a list of objects", value)
    return value


def polygons(params: Mapping[str, Any], name: str) -> list[BaseGeometry]:
    """A list of polygons as GeoJSON geometries; empty if it is left out."""
    value = [] if params.get(name) is None else params[name]
    if not isinstance(value, list):
        raise _wrong(name, "a list of polygons", value)
    return [_polygon(name, entry) for entry in value]


def _polygon(name: str, value: object) -> BaseGeometry:
    wrong = _wrong(name, "GeoJSON polygons", value)
    if not isinstance(value, Mapping) or value.get("type") not in ("Polygon", "MultiPolygon"):
        raise wrong
    try:
        found: BaseGeometry = shapely.force_2d(shape(value))
    except (shapely.errors.ShapelyError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise wrong from error
    if not np.isfinite(shapely.get_coordinates(found)).all():
        raise wrong
    return found


def bands(params: Mapping[str, Any], name: str) -> tuple[int | str, ...] | None:
    """A list of band numbers or descriptions, or None."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(type(band) in (int, str) for band in value):
        raise _wrong(name, "a list of band numbers or descriptions", value)
    return tuple(value)


def rows(params: Mapping[str, Any], name: str, columns: int) -> NDArray[np.float64]:
    """A list of rows with ``columns`` finite numbers each, as (n, columns) float64."""
    value = params.get(name)
    if not isinstance(value, list) or not all(_is_row(row, columns) for row in value):
        raise _wrong(name, f"a list of rows of {columns} numbers", value)
    return np.array(value, dtype=np.float64).reshape(-1, columns)


def numbers(params: Mapping[str, Any], name: str, count: int) -> list[float] | None:
    """So many finite numbers, or None."""
    value = params.get(name)
    if value is not None and not _is_row(value, count):
        raise _wrong(name, f"{count} numbers", value)
    return value


def _is_row(value: object, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(_is_number(entry) for entry in value)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _wrong(name: str, wanted: str, value: object) -> ConfigError:
    shown = repr(value)
    return ConfigError(f"'{name}' must be {wanted}, not {shown[:60]}{'…' if len(shown) > 60 else ''}")
