"""Tiles read by a thread while the network works on the ones before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

import numpy as np

from engine.grid import RasterGrid, Tile

Job = TypeVar("Job")
Image = tuple[np.ndarray, np.ndarray]
AHEAD = 2
"""Tiles that wait, read, for the network; each takes 1 MB (512 pixels a side) or 4 MB."""


class Source(Protocol):
    """A raster that is read by tiles, by one thread at a time."""

    @property
    def grid(self) -> RasterGrid:
        """Size and georeference."""
        ...

    def read(self, tile: Tile) -> Image:
        """(size, size, 3) uint8 RGB and (size, size) bool validity of a tile."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class ReadAhead:
    """Reads announced tiles ahead; reads any other tile on request.

    The thread has a source of its own, since one source is for one thread at a time.
    """

    def __init__(self, source: Source, thread: ThreadPoolExecutor, other: Future[Source]) -> None:
        """``other`` is the source of the thread."""
        self._source, self._thread, self._other = source, thread, other
        self._waiting: deque[tuple[Tile, Future[Image]]] = deque()

    @property
    def grid(self) -> RasterGrid:
        """Size and georeference."""
        return self._source.grid

    def expect(self, tile: Tile) -> None:
        """Begin to read a tile; :meth:`read` will be asked for it, after those that were expected before."""
        self._waiting.append((tile, self._thread.submit(lambda: self._other.result().read(tile))))

    def read(self, tile: Tile) -> Image:
        """A tile, as the source reads it, with the source's errors."""
        if self._waiting and self._waiting[0][0] == tile:
            return self._waiting.popleft()[1].result()
        return self._source.read(tile)


def foreseen(reader: ReadAhead, jobs: Iterable[Job], tile_of: Callable[[Job], Tile]) -> Iterator[Job]:
    """The jobs one by one; meanwhile the tiles of the next ones are read."""
    waiting: deque[Job] = deque()
    for job in jobs:
        reader.expect(tile_of(job))
        waiting.append(job)
        if len(waiting) > AHEAD:
            yield waiting.popleft()
    yield from waiting


@contextmanager
def reading_ahead(source: Source, open_again: Callable[[], Source]) -> Iterator[ReadAhead]:
    """A reader that reads ahead of a source.

    Args:
        open_again: opens the same raster once more; it and all its reading happen in one thread.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as thread:
        other = thread.submit(open_again)
        try:
            yield ReadAhead(source, thread, other)
        finally:
            thread.shutdown(wait=True, cancel_futures=True)
            if not other.cancelled() and other.exception() is None:
                other.result().close()
