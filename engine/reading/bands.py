"""Which bands of a raster become red, green and blue, and which one says where there is data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader

from engine.errors import RasterError


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

    Left to itself: the bands marked red, green and blue; else the first three that are not alpha; else the
    first, as grey. An alpha band is data only when asked for by name or number (many four-band images with
    near infrared are marked so by mistake). RasterError lists what exists if a band does not.
    """
    if wanted is None:
        indexes = _automatic(dataset)
    else:
        indexes = tuple(_index_of(dataset, band) for band in wanted)
        if len(indexes) not in (1, 3):
            raise RasterError(
                f"{dataset.name}: {len(indexes)} bands were asked for: give one (grey) or three (red, green, "
                f"blue) of {_listing(dataset)}"
            )
    alphas = [i for i in _alphas(dataset) if i not in indexes]
    return BandChoice(
        indexes=indexes,
        names=tuple(_name(dataset, i) for i in indexes),
        alpha=alphas[0] if alphas else None,
        palette=len(indexes) == 1 and dataset.colorinterp[indexes[0] - 1] == ColorInterp.palette,
    )


def _automatic(dataset: DatasetReader) -> tuple[int, ...]:
    alphas = _alphas(dataset)
    data = [i for i in dataset.indexes if i not in alphas]
    if not data:
        raise RasterError(f"{dataset.name}: it holds nothing but an alpha band: choose one with --bands")
    colours = dict(zip(reversed(dataset.colorinterp), reversed(dataset.indexes), strict=True))
    rgb = [colours.get(c) for c in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)]
    if None not in rgb:
        return tuple(i for i in rgb if i is not None)
    return tuple(data[:3]) if len(data) >= 3 else (data[0],)


def _alphas(dataset: DatasetReader) -> list[int]:
    return [i for i in dataset.indexes if dataset.colorinterp[i - 1] == ColorInterp.alpha]


def _name(dataset: DatasetReader, index: int) -> str:
    colour = dataset.colorinterp[index - 1]
    named = colour.name if colour not in (ColorInterp.undefined, ColorInterp.gray) else f"band {index}"
    return dataset.descriptions[index - 1] or named


def _index_of(dataset: DatasetReader, band: int | str) -> int:
    text = str(band).strip().lower()
    for i in dataset.indexes:
        if text in {str(i), _name(dataset, i).lower()}:
            return i
    raise RasterError(f"{dataset.name}: there is no band {band!r}: choose from {_listing(dataset)}")


def _listing(dataset: DatasetReader) -> str:
    return ", ".join(f"{i} ({_name(dataset, i)})" for i in dataset.indexes)
