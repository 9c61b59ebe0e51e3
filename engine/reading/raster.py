"""One georeferenced raster, read through windows only: whatever its size, memory follows the window."""

from __future__ import annotations

import hashlib
import math
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import rasterio
from numpy.typing import ArrayLike, NDArray
from rasterio.crs import CRS
from rasterio.errors import CRSError, NotGeoreferencedWarning
from rasterio.errors import RasterioError as LibraryError
from rasterio.io import DatasetReader

from engine.config import StretchConfig
from engine.errors import ConfigError, RasterError
from engine.grid import RasterGrid, Tile, as_points
from engine.reading.bands import choose_bands
from engine.reading.measuring import measured_stretch
from engine.reading.sampling import overviews_contradict
from engine.reading.stretch import Stretch
from engine.reading.windows import WindowReader

LOCAL_COORDINATES = ("pixel", "none")
"""Values of ``assume_crs`` that keep the file's own (or plain pixel) coordinates, without a CRS."""
CACHE_BYTES = 256 << 20
"""Most memory that GDAL may keep decoded blocks in; its own default is a share of all memory."""
HASHED_BYTES = 1 << 16
"""How much of a file's head and tail goes into its fingerprint."""
STALE_OVERVIEWS = (
    "its overviews show other values than its pixels, so they are left out; build them anew (gdaladdo)"
)
CLIPPED_SHARE = 0.6
"""From this share of black and white pixels around the clicks, a note warns the user."""
CLICKS_LOOKED_AT, LOOK_PX = 64, 33
"""How many clicks are looked at for that, and how many pixels a side around each."""
VECTOR_SUFFIXES = {".shp", ".geojson", ".gpkg", ".fgb", ".csv", ".kml", ".parquet"}


@dataclass(frozen=True)
class RasterSpec:
    """All that another process needs to read the same pixels: nothing is measured again."""

    path: str
    bands: tuple[int, ...]
    stretch: Stretch
    assume_crs: str | None

    def open(self) -> RasterSource:
        """Open the raster again, with the very same bands and stretch."""
        return RasterSource.open(self.path, self.bands, self.stretch, self.assume_crs)


class RasterSource:
    """A raster as 8-bit RGB windows with a validity mask. A context manager; open it by :meth:`open`.

    It holds one dataset handle and is not thread-safe: open one per worker. Pickling carries
    :attr:`spec` and opens the file again on the other side.

    Attributes:
        path: as given, made absolute if it is a local file.
        grid: georeferencing.
        stretch: how values become bytes; fixed for the whole raster.
        notes: what had to be assumed, one sentence each.
    """

    def __init__(
        self,
        dataset: DatasetReader,
        path: str,
        reader: WindowReader,
        stretch: Stretch,
        assume_crs: str | None,
        notes: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.stretch = stretch
        self.notes = tuple(f"{Path(path).name}: {note}" for note in notes)
        self.grid = _grid(dataset, path, assume_crs)
        self._dataset = dataset
        self._reader = reader
        self._assume_crs = assume_crs

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        bands: Sequence[int | str] | None = None,
        stretch: StretchConfig | Stretch | None = None,
        assume_crs: str | None = None,
    ) -> RasterSource:
        """Open any raster GDAL can read.

        Args:
            path: file, or a GDAL name such as ``/vsicurl/...``.
            bands: one or three bands, by number from 1 or by description; None chooses.
            stretch: settings to measure one from a sample (default), or a stretch measured earlier. 8-bit
                colour is kept as it is unless a measured stretch is given.
            assume_crs: CRS of a raster that states none, or ``pixel`` to keep its coordinates as they are.

        Raises:
            RasterError: missing, damaged, empty or without a CRS.
            ConfigError: ``assume_crs`` names no CRS.
        """
        name = os.path.abspath(path) if os.path.exists(path) else os.fspath(path)
        dataset = _open_dataset(name)
        with ExitStack() as unless_kept, _library_calls(name):
            unless_kept.callback(dataset.close)
            choice = choose_bands(dataset, bands)
            _grid(dataset, name, assume_crs)  # The cheap checks come before the sample.
            notes = []
            if overviews_contradict(dataset, choice.indexes):
                notes.append(STALE_OVERVIEWS)
                dataset.close()
                dataset = _open_dataset(name, OVERVIEW_LEVEL="NONE")
                unless_kept.callback(dataset.close)
            if not isinstance(stretch, Stretch):
                stretch, assumed = measured_stretch(
                    WindowReader(dataset, choice), stretch or StretchConfig(), name
                )
                notes += assumed
            reader = WindowReader(dataset, choice, stretch.missing)
            source = cls(dataset, name, reader, stretch, assume_crs, notes)
            unless_kept.pop_all()
        return source

    @property
    def bands(self) -> tuple[int, ...]:
        """Numbers, from 1, of the bands in use: one, or red, green and blue."""
        return self._reader.choice.indexes

    @property
    def band_names(self) -> tuple[str, ...]:
        """Descriptions of the bands in use."""
        return self._reader.choice.names

    @property
    def dtype(self) -> str:
        """Type of the first band in use, as GDAL calls it."""
        return str(self._dataset.dtypes[self.bands[0] - 1])

    @property
    def nodata(self) -> float | None:
        """Value that marks missing data in the first band in use, if there is one."""
        return self._dataset.nodatavals[self.bands[0] - 1]

    @property
    def spec(self) -> RasterSpec:
        """What opens the same view of this raster elsewhere."""
        return RasterSpec(self.path, self.bands, self.stretch, self._assume_crs)

    def read(
        self, tile: Tile | tuple[float, float, float], size: int | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Read a square: a tile, or (x, y, span) in raster pixels, into ``size`` pixels a side.

        Returns:
            rgb (size, size, 3) uint8 and valid (size, size) bool. Pixels off the raster or without data are
            black and not valid.
        """
        x, y, span = (tile.x, tile.y, tile.span) if isinstance(tile, Tile) else tile
        side = size or (tile.size if isinstance(tile, Tile) else math.ceil(span))
        return self.read_area((x, y, span, span), side, side)

    def read_area(
        self, window: tuple[float, float, float, float], height: int, width: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Read the window (x, y, width, height; raster pixels) into rgb (height, width, 3) and valid."""
        if min(window[2:]) <= 0 or min(height, width) < 1 or not math.isfinite(sum(window)):
            raise RasterError(f"cannot read window {window} into {width} x {height} pixels: nothing in it")
        with _library_calls(self.path):
            values, valid = self._reader.read(window, (height, width))
        rgb = self.stretch.apply(values)
        rgb[~valid] = 0
        return rgb, valid

    def valid_at(self, xy: ArrayLike) -> NDArray[np.bool_]:
        """Whether each of (N, 2) pixel coordinates lies on the raster, on a pixel with data."""
        points = as_points(xy)
        valid = self.grid.contains(points)
        with _library_calls(self.path):
            valid[valid] = self._reader.valid_at(points[valid])
        return valid

    def notes_at(self, xy: ArrayLike) -> tuple[str, ...]:
        """What (N, 2) pixel coordinates show of the stretch: a note if the sample missed what is there."""
        if self.stretch.scale == "identity":
            return ()
        points = as_points(xy)
        points = points[self.grid.contains(points)]
        clipped = valid = 0
        for x, y in points[:: math.ceil(len(points) / CLICKS_LOOKED_AT) or 1] - LOOK_PX / 2:
            rgb, data = self.read_area((x, y, LOOK_PX, LOOK_PX), LOOK_PX, LOOK_PX)
            clipped += int((((rgb == 0) | (rgb == 255)).all(axis=-1) & data).sum())
            valid += int(data.sum())
        if clipped <= CLIPPED_SHARE * valid:
            return ()
        return (
            f"{Path(self.path).name}: {100 * clipped / valid:.0f} % of the pixels around the clicks come out "
            "black or white, since the values sampled over the raster do not stand for them; crop it to its "
            "data, or state its nodata value",
        )

    def describe(self) -> dict[str, Any]:
        """Bands and stretch in JSON-able form, for provenance."""
        nodata = self.nodata
        return {
            "bands": list(self.bands),
            "band_names": list(self.band_names),
            "dtype": self.dtype,
            "nodata": str(nodata) if nodata is not None and not math.isfinite(nodata) else nodata,
            "stretch": self.stretch.as_dict(),
        } | ({"notes": list(self.notes)} if self.notes else {})

    def fingerprint(self) -> dict[str, Any]:
        """What tells this raster from another, JSON-able, without reading it whole.

        ``sha256`` covers the first and last 64 KiB of the file, and size and time of files beside it
        (overviews, masks, the sources of a VRT).
        """
        path = Path(self.path)
        stat = path.stat() if path.is_file() else None
        return {
            "name": path.name,
            "size": stat.st_size if stat else None,
            "mtime": stat.st_mtime if stat else None,
            "width": self.grid.width,
            "height": self.grid.height,
            "dtype": self.dtype,
            "count": self._dataset.count,
            "crs": self.grid.crs.to_string() if self.grid.crs else None,
            "transform": list(self.grid.transform[:6]),
            "sha256": _content_hash([Path(name) for name in self._dataset.files]),
        }

    def close(self) -> None:
        """Let go of the file."""
        self._dataset.close()

    def __enter__(self) -> RasterSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return RasterSpec.open, (self.spec,)


@contextmanager
def _library_calls(path: str) -> Iterator[None]:
    """Bound GDAL's cache, unless the user set it, and turn the library's errors into one line."""
    options = {} if "GDAL_CACHEMAX" in os.environ else {"GDAL_CACHEMAX": CACHE_BYTES}
    try:
        with rasterio.Env(**options):
            yield
    except LibraryError as error:
        raise RasterError(
            f"{path}: cannot be read, the file may be damaged ({_root_cause(error)})"
        ) from error


def _root_cause(error: BaseException) -> str:
    """First line of the innermost message: GDAL's own words, where the outer ones say 'see previous'."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).splitlines()[0].strip() if str(error) else type(error).__name__


def _open_dataset(path: str, **options: str) -> DatasetReader:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # Our own message is clearer.
            dataset = rasterio.open(path, sharing=False, **options)
    except LibraryError as error:
        raise RasterError(_why_not_open(path, error)) from error
    if not dataset.count:
        inner = ", ".join(dataset.subdatasets) or "none"
        dataset.close()
        raise RasterError(f"{path}: holds no bands of its own: name one of its subdatasets ({inner})")
    return dataset


def _why_not_open(path: str, error: LibraryError) -> str:
    if os.path.isdir(path):
        return f"{path}: is a folder: give the raster file in it"
    if Path(path).suffix.lower() in VECTOR_SUFFIXES and os.path.exists(path):
        return f"{path}: is a vector layer, not a raster: give an image such as a GeoTIFF"
    if not os.path.exists(path) and "://" not in path and not path.startswith("/vsi"):
        return f"{path}: does not exist: check the path of the raster"
    return f"{path}: not a raster that GDAL can read, or damaged ({_root_cause(error)})"


def _grid(dataset: DatasetReader, path: str, assume_crs: str | None) -> RasterGrid:
    local = assume_crs is not None and assume_crs.lower() in LOCAL_COORDINATES
    crs = _crs(dataset, path, None if local else assume_crs)
    nowhere = crs is not None and (
        dataset.transform.is_identity or not (crs.is_geographic or crs.is_projected)
    )
    if local and nowhere:
        crs = None
    if not local and dataset.transform.is_identity and (dataset.gcps[0] or dataset.rpcs):
        raise RasterError(
            f"{path}: is placed by control points (GCPs or RPCs) only: warp it first, "
            "with gdalwarp -t_srs EPSG:xxxx"
        )
    if crs is None and not local:
        raise RasterError(
            f"{path}: states no CRS: give it by --assume-crs EPSG:xxxx, or keep its coordinates as they are "
            "by --assume-crs pixel"
        )
    if not local and dataset.transform.is_identity:
        raise RasterError(
            f"{path}: has a CRS but no place in it: give it one (gdal_edit.py -a_ullr, or its world file), "
            "or keep its coordinates as they are by --assume-crs pixel"
        )
    return RasterGrid(dataset.width, dataset.height, dataset.transform, crs)


def _crs(dataset: DatasetReader, path: str, assumed: str | None) -> CRS | None:
    if assumed is None:
        return dataset.crs or None
    try:
        with rasterio.Env():
            crs = CRS.from_user_input(assumed)
    except (CRSError, ValueError) as error:
        raise ConfigError(
            f"--assume-crs {assumed!r} is no CRS: give one like EPSG:32632, or pixel"
        ) from error
    if dataset.crs and dataset.crs != crs:
        raise RasterError(f"{path}: has a CRS of its own, {dataset.crs.to_string()}: leave --assume-crs out")
    return crs


def _content_hash(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for i, path in enumerate(path for path in files if path.is_file()):
        stat = path.stat()
        if i == 0:
            with path.open("rb") as file:
                digest.update(file.read(HASHED_BYTES))
                file.seek(max(0, stat.st_size - HASHED_BYTES))
                digest.update(file.read(HASHED_BYTES))
        else:
            digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()
