"""What a segmentation has found so far, on disk: a killed run goes on from there.

A shard is a GeoParquet file with the segments of some jobs, in raster pixels. Which segments a job has
depends on the job alone, so shards may come in any order, from any process, and twice: they are bound to a
run by its signature and to its plan by the jobs' numbers, nothing else. Files are written whole, and each
page carries a checksum: a damaged one counts as missing, and its jobs are done again.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import geopandas as gpd
import pyarrow
import pyarrow.parquet as pq
import shapely

from engine.errors import ConfigError, OutputError, in_short
from engine.files import written_whole
from engine.messages import message
from engine.staging import claimed
from engine.writing import record
from engine.writing.geometry_store import StoredGeometries

FORMAT = 3
SUFFIX, OWNER, SIGNATURE = ".shards", "owner", "signature.json"
RUN = "id"
"""Under this name the signature and the layer's record say of which run they are."""
JOBS = "jobs"
"""Under this name a shard says whose segments it holds; some jobs find nothing."""
ROWS, SECONDS = 500, 10.0
"""A shard is written when that many segments, or seconds of work, have come together."""
_ATTEMPTS = 9
"""At a folder that others remove as this run makes it."""
Row = Mapping[str, Any]


def folder_of(out: Path) -> Path:
    """Where the shards of an output lie: hidden, beside it."""
    final = Path(os.path.realpath(out))
    return final.with_name(f".{final.name}{SUFFIX}")


def layer_stands(out: Path) -> bool:
    """Whether an output is the layer of the shards beside it: its run was killed before it removed them."""
    run = (_signature(folder_of(out)) or {}).get(RUN)
    return run is not None and (record.of_layer(out) or {}).get(RUN) == run


class AlreadyDoneError(Exception):
    """Not a mistake: the layer of the run to continue stands, and only its shards were left."""


class Shards:
    """The shards of one output, which one run at a time works on; a context manager.

    Attributes:
        done: numbers of the jobs that need not be done again.
        notes: what the user should know of what was there, one sentence each.
        run: the name of the run, for the layer's record.
        finished: whether the layer of these shards stands, since a run was killed after it had written it.
        listener: hears the rows that this process adds, those of a job at a time.
    """

    def __init__(self, out: Path, resume: bool) -> None:
        """
        Args:
            out: the output of the run.
            resume: continue with what is there; otherwise remove it.
        """
        self.folder, self.done, self.notes = folder_of(out), set[int](), list[str]()
        self.run, self.finished = uuid.uuid4().hex, False
        self._out, self._resume = out, resume
        self._claim: IO[str] | None = None
        self._waiting: list[tuple[int, Sequence[Row]]] = []
        self._saved = time.monotonic()
        self._stores: list[StoredGeometries] = []
        self.listener: Callable[[Sequence[Row]], None] | None = None

    def __enter__(self) -> Shards:
        """
        Raises:
            OutputError: another run works on this output, or the folder cannot be made.
        """
        try:
            self._claim = self._claimed()
        except BlockingIOError:
            raise OutputError(message("output-busy", folder=self.folder.parent)) from None
        except OSError as error:
            raise OutputError(f"{self.folder}: cannot be written ({error.strerror})") from error
        self.finished = layer_stands(self._out)
        if self.finished and not self._resume:
            self._clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is not None and not issubclass(kind, OutputError):
                self.save()
        finally:
            self._close_stores()
            if not self._files():
                self._remove()
            self._release()

    def begin(self, signature: Mapping[str, Any]) -> None:
        """Find what is done of the run with this signature.

        Args:
            signature: all that decides what the segments look like, in plain JSON types, by name.

        Raises:
            ConfigError: the run to continue has another signature, or none that can be read.
            AlreadyDoneError: that run wrote its layer, which stands.
        """
        wanted = json.loads(json.dumps({"format": FORMAT, **signature}))
        before = _signature(self.folder)
        if (self._files() or self.finished) and self._resume:
            if before is None:
                raise ConfigError(
                    f"{self.folder / SIGNATURE} cannot be read, so the run there cannot be continued; "
                    "start again without --resume"
                )
            self.run = before.pop(RUN, self.run)
            differing = sorted(name for name in {*before, *wanted} if before.get(name) != wanted.get(name))
            if differing:
                raise ConfigError(
                    f"the run to continue was started with another {', '.join(differing)}; "
                    "use the same, or start anew without --resume"
                )
            if self.finished:
                raise AlreadyDoneError
            for file in self._files():
                self._take(file)
            return
        if self._files():
            self._clear()
            self.notes.append("an unfinished run was there and is started anew; --resume continues one")
        with _DiskErrors(self.folder), written_whole(self.folder / SIGNATURE) as part:
            part.write_text(json.dumps({**wanted, RUN: self.run}, indent=1), encoding="utf-8")

    def add(self, job: int, rows: Sequence[Row]) -> None:
        """Keep the segments of a job.

        Args:
            rows: fields of each segment; ``geometry`` is a polygon.

        Raises:
            OutputError: the disk refuses.
        """
        self._waiting.append((job, rows))
        self.done.add(job)
        many = sum(len(rows) for _, rows in self._waiting) >= ROWS
        if many or time.monotonic() - self._saved > SECONDS:
            self.save()
        if self.listener is not None:
            self.listener(rows)

    def save(self) -> None:
        """Write what waits to be written; OutputError if the disk refuses."""
        if self._waiting:
            write_shard(self.folder, self._waiting)
            self._waiting = []
        self._saved = time.monotonic()

    def rows(self) -> Iterator[Row]:
        """Every segment, by job and then in the order in which it was added."""
        self.save()
        for file in self._files():
            for row in _read(file):
                yield {name: value for name, value in row.items() if name != "job"}

    def discard(self) -> None:
        """Remove everything: the layer stands."""
        self._waiting = []
        self._close_stores()
        self._clear()

    def store(self) -> StoredGeometries:
        """A place for geometries on the disk of the output, until the shards are discarded or left."""
        self._stores.append(StoredGeometries(self.folder))
        return self._stores[-1]

    def _close_stores(self) -> None:
        """Windows removes no open file, nor the folder that holds one."""
        for store in self._stores:
            store.close()

    def _files(self) -> list[Path]:
        return sorted(file for file in self.folder.glob("*.parquet") if not file.name.startswith("."))

    def _take(self, file: Path) -> None:
        try:
            self.done |= _jobs(file)
        except (OSError, ValueError, KeyError, pyarrow.ArrowException, shapely.errors.ShapelyError):
            self.notes.append(f"{file.name} of the unfinished run is damaged; its objects are done again")
            file.unlink(missing_ok=True)

    def _clear(self) -> None:
        for file in [*self._files(), self.folder / SIGNATURE]:
            with suppress(OSError):
                file.unlink()

    def _remove(self) -> None:
        """Remove the folder while the claim on it is held: nobody else starts in a folder that goes.

        Windows removes no open file: there the claim is given up first.
        """
        if os.name == "nt":
            self._release()
        for file in self.folder.glob("*"):
            if file.name != OWNER:
                with suppress(OSError):
                    file.unlink()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _claimed(self) -> IO[str]:
        for _ in range(_ATTEMPTS):
            self.folder.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):  # A run that ended has just removed the folder.
                return claimed(self.folder / OWNER)
        return claimed(self.folder / OWNER)

    def _release(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None


class _DiskErrors:
    """OutputError in place of what the disk raises."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            reason = error.strerror or in_short(error)
            raise OutputError(f"{self._folder}: what is done cannot be kept there ({reason})") from error


def write_shard(folder: Path, found: Sequence[tuple[int, Sequence[Row]]]) -> None:
    """Write the segments of some jobs as one shard, whole or not at all; any process may do so.

    Args:
        found: number of each job and its rows, which may be none; fields as for :meth:`Shards.add`.

    Raises:
        OutputError: the disk refuses.
    """
    numbers = [number for number, _ in found]
    path = folder / f"{min(numbers):09}-{max(numbers):09}.parquet"
    rows = [{"job": number, **row} for number, some in found for row in some]
    frame = gpd.GeoDataFrame(rows, geometry="geometry" if rows else [])
    frame.attrs = {JOBS: numbers}
    with _DiskErrors(folder), written_whole(path) as part:
        frame.to_parquet(part, index=False, write_page_checksum=True)


def _table(file: Path) -> pyarrow.Table:
    """The table of a shard, all of whose pages are sound.

    It is read in this thread: Arrow's pool waits for ever where memory is too short for a thread.
    """
    with pq.ParquetFile(file, page_checksum_verification=True) as shard:
        return shard.read(use_threads=False)


def _jobs(file: Path) -> set[int]:
    """The jobs of a shard."""
    table = _table(file)
    numbers = json.loads(table.schema.metadata[b"PANDAS_ATTRS"])[JOBS]
    shapely.from_wkb(table["geometry"].to_numpy())
    return set(map(int, numbers))


def _signature(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / SIGNATURE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _read(file: Path) -> list[dict[str, Any]]:
    table = _table(file)
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        row["geometry"] = shapely.from_wkb(row["geometry"])
    return rows
