"""Which bands of a raster become red, green and blue, and which one says where there is data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader

from engine.errors import RasterError
from engine.messages import message

MOST_LISTED = 20
"""Bands that a message lists."""


@dataclass(frozen=True)
class BandChoice:
    """The bands that are read.

    Attributes:
        indexes: one band number (grey) or three (red, green, blue), counted from 1.
        names: description of each, else its colour interpretation, else ``band N``.
        alpha: band that only says where there is data, or None.
        palette: whether the one band holds indexes into a colour table.
    """

    indexes: tuple[int, ...]
    names: tuple[str, ...]
    alpha: int | None
    palette: bool


def choose_bands(dataset: DatasetReader, wanted: Sequence[int | str] | None = None) -> BandChoice:
    """Choose by number from 1 or by description, in any case of letters; by colour interpretation if None.

    An ``int`` is a number, text is a number if there is a band of it, and else a description.
    Left to itself: the bands marked red, green and blue; else the first three that are not alpha; else the
    first, as grey. An alpha band is data only when asked for by name or number (many four-band images with
    near infrared are marked so by mistake). RasterError lists what exists if a band does not.
    """
    if wanted is None:
        indexes = _automatic(dataset)
    else:
        indexes = tuple(_index_of(dataset, band) for band in wanted)
        if len(indexes) not in (1, 3):
            count, bands = len(indexes), _listing(dataset)
            raise RasterError(message("raster-bands", path=dataset.name, count=count, bands=bands))
    alphas = [i for i in _alphas(dataset) if i not in indexes]
    names = _names(dataset)
    return BandChoice(
        indexes=indexes,
        names=tuple(names[i - 1] for i in indexes),
        alpha=alphas[0] if alphas else None,
        palette=len(indexes) == 1 and _has_colours(dataset, indexes[0]),
    )


def _has_colours(dataset: DatasetReader, index: int) -> bool:
    """Whether a band holds indexes into a colour table; one may say so and have none."""
    if dataset.colorinterp[index - 1] != ColorInterp.palette:
        return False
    try:
        return bool(dataset.colormap(index))
    except ValueError:
        return False


def _automatic(dataset: DatasetReader) -> tuple[int, ...]:
    alphas = set(_alphas(dataset))
    data = [i for i in dataset.indexes if i not in alphas]
    if not data:
        raise RasterError(f"{dataset.name}: it holds nothing but an alpha band: choose one with --bands")
    colours = dict(zip(reversed(dataset.colorinterp), reversed(dataset.indexes), strict=True))
    rgb = [colours.get(c) for c in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)]
    if None not in rgb:
        return tuple(i for i in rgb if i is not None)
    return tuple(data[:3]) if len(data) >= 3 else (data[0],)


def _alphas(dataset: DatasetReader) -> list[int]:
    colours = dataset.colorinterp
    return [i for i in dataset.indexes if colours[i - 1] == ColorInterp.alpha]


def _names(dataset: DatasetReader) -> list[str]:
    """The name of every band. Asked for once: the library looks through all bands each time."""
    plain = (ColorInterp.undefined, ColorInterp.gray)
    return [
        text or (f"band {i}" if colour in plain else colour.name)
        for i, text, colour in zip(dataset.indexes, dataset.descriptions, dataset.colorinterp, strict=True)
    ]


def _index_of(dataset: DatasetReader, band: int | str) -> int:
    called = [str(i) for i in dataset.indexes]
    if isinstance(band, str):  # A number given as text comes before a name that looks like one.
        called += [name.lower() for name in _names(dataset)]
    text = str(band).strip().lower()
    if text in called:
        return called.index(text) % dataset.count + 1
    bands = _listing(dataset)
    raise RasterError(message("raster-no-band", path=dataset.name, band=repr(band), bands=bands))


def _listing(dataset: DatasetReader) -> str:
    shown = [f"{i} ({name})" for i, name in enumerate(_names(dataset)[:MOST_LISTED], 1)]
    return ", ".join(shown) + (f" … {dataset.count}" if dataset.count > MOST_LISTED else "")
