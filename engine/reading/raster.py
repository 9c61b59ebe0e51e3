"""One georeferenced raster, read through windows only: whatever its size, memory follows the window."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rasterio.io import DatasetReader
from rasterio.windows import Window

from engine.config import StretchConfig
from engine.errors import RasterError
from engine.grid import Tile, as_points
from engine.inputs import beside, on_disk
from engine.reading.bands import choose_bands
from engine.reading.georeference import grid_of
from engine.reading.measuring import measured_stretch
from engine.reading.opening import library_calls, open_dataset
from engine.reading.sampling import overviews_contradict
from engine.reading.stretch import Stretch
from engine.reading.windows import WindowReader

HASHED_BYTES = 1 << 16
"""How much of a file's head and tail goes into its fingerprint."""
HASHED_PLACES, HASHED_PX = 4, 32
"""The fingerprint of a raster on the network reads windows on a grid: how many a side, and their side."""
STALE_OVERVIEWS = (
    "its overviews show other values than its pixels, so they are left out; build them anew (gdaladdo)"
)
CLIPPED_SHARE = 0.6
"""From this share of black and white pixels around the clicks, a note warns the user."""
CLICKS_LOOKED_AT, LOOK_PX = 64, 33
"""How many clicks are looked at for that, and how many pixels a side around each."""

FilesState = tuple[tuple[str, int, int], ...]
"""Name, size and time of each of some files."""


@dataclass(frozen=True)
class RasterSpec:
    """All that another process needs to read the same pixels: nothing is measured again."""

    path: str
    bands: tuple[int, ...]
    stretch: Stretch
    assume_crs: str | None
    allow_remote: bool = False

    def open(self) -> RasterSource:
        """Open the raster again, with the very same bands and stretch."""
        return RasterSource.open(self.path, self.bands, self.stretch, self.assume_crs, self.allow_remote)


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
        allow_remote: bool = False,
        notes: Sequence[str] = (),
    ) -> None:
        self.path = path
        self.stretch = stretch
        self.notes = tuple(f"{Path(path).name}: {note}" for note in notes)
        self.grid = grid_of(dataset, path, assume_crs)
        self._dataset = dataset
        self._reader = reader
        self._assume_crs, self._allow_remote = assume_crs, allow_remote

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        bands: Sequence[int | str] | None = None,
        stretch: StretchConfig | Stretch | None = None,
        assume_crs: str | None = None,
        allow_remote: bool = False,
    ) -> RasterSource:
        """Open any raster GDAL can read.

        Args:
            path: file, or a GDAL name such as ``/vsicurl/...``.
            bands: one or three bands, by number from 1 or by description; None chooses.
            stretch: settings to measure one from a sample (default), or a stretch measured earlier. 8-bit
                colour is kept as it is unless a measured stretch is given.
            assume_crs: CRS of a raster that states none, or ``pixel`` to keep its coordinates as they are.
            allow_remote: whether a file on this disk, such as a VRT, may lead to the network; an address may
                always be given as ``path``.

        Raises:
            RasterError: missing, damaged, empty or without a CRS.
            ConfigError: ``assume_crs`` names no CRS.
        """
        name = os.path.abspath(path) if os.path.exists(path) else os.fspath(path)
        dataset = open_dataset(name, allow_remote=allow_remote)
        with ExitStack() as unless_kept, library_calls(name):
            unless_kept.callback(dataset.close)
            choice = choose_bands(dataset, bands)
            grid_of(dataset, name, assume_crs)  # The cheap checks come before the sample.
            notes = []
            if overviews_contradict(dataset, choice.indexes):
                notes.append(STALE_OVERVIEWS)
                dataset.close()
                dataset = open_dataset(name, allow_remote=allow_remote, OVERVIEW_LEVEL="NONE")
                unless_kept.callback(dataset.close)
            if not isinstance(stretch, Stretch):
                stretch, assumed = measured_stretch(
                    WindowReader(dataset, choice), stretch or StretchConfig(), name
                )
                notes += assumed
            reader = WindowReader(dataset, choice, stretch.missing)
            source = cls(dataset, name, reader, stretch, assume_crs, allow_remote, notes)
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
        return RasterSpec(self.path, self.bands, self.stretch, self._assume_crs, self._allow_remote)

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
        with library_calls(self.path):
            values, valid = self._reader.read(window, (height, width))
        rgb = self.stretch.apply(values)
        rgb[~valid] = 0
        return rgb, valid

    def valid_at(self, xy: ArrayLike) -> NDArray[np.bool_]:
        """Whether each of (N, 2) pixel coordinates lies on the raster, on a pixel with data."""
        points = as_points(xy)
        valid = self.grid.contains(points)
        with library_calls(self.path):
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
        (overviews, masks, the sources of a VRT). Of a raster in an archive the archive is the file, whose
        end holds the checksums of what is in it. Some pixels are taken too of a raster that is not a file
        itself (a file holds several) or is nowhere on this disk.
        """
        files, all_here = self._on_disk()
        itself = os.path.isfile(self.path)
        main = Path(self.path) if itself else next(iter(files), None)
        stat = main.stat() if main else None
        return {
            "name": Path(self.path).name,
            "size": stat.st_size if stat else None,
            "mtime": stat.st_mtime if stat else None,
            "width": self.grid.width,
            "height": self.grid.height,
            "dtype": self.dtype,
            "count": self._dataset.count,
            "crs": self.grid.crs.to_string() if self.grid.crs else None,
            "transform": list(self.grid.transform[:6]),
            "sha256": _content_hash(files, b"" if itself and all_here else self._some_pixels()),
        }

    def state(self) -> FilesState:
        """How the files on this disk that decide the pixels are now; where it changes, so may the pixels."""
        files, _ = self._on_disk()
        found = {path: _stat(path) for path in [*files, *(beside(files[0]) if files else [])]}
        return tuple((str(path), stat.st_size, stat.st_mtime_ns) for path, stat in found.items() if stat)

    def _on_disk(self) -> tuple[list[Path], bool]:
        """The files that this is made of, the main one first, and whether there is no more to it."""
        names = self._dataset.files or [self.path]
        found = {name: [path for path in on_disk(name) if path.is_file()] for name in names}
        paths = dict.fromkeys(path for paths in found.values() for path in paths)
        return list(paths), all(found.values())

    def _some_pixels(self) -> bytes:
        side = min(HASHED_PX, self.grid.width, self.grid.height)
        share = (np.arange(HASHED_PLACES) + 0.5) / HASHED_PLACES
        found = []
        with library_calls(self.path):
            for top in (share * (self.grid.height - side)).astype(int).tolist():
                for left in (share * (self.grid.width - side)).astype(int).tolist():
                    values, valid = self._reader.sample(Window(left, top, side, side), (side, side))
                    found += [np.where(valid, values, 0).tobytes(), valid.tobytes()]
        return b"".join(found)

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


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _content_hash(files: Sequence[Path], pixels: bytes) -> str:
    digest = hashlib.sha256(pixels)
    for i, path in enumerate(files):
        stat = path.stat()
        if i == 0:
            with path.open("rb") as file:
                digest.update(file.read(HASHED_BYTES))
                file.seek(max(0, stat.st_size - HASHED_BYTES))
                digest.update(file.read(HASHED_BYTES))
        else:
            digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()
