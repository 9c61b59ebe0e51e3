"""How a run over files is carried out. Nothing in it changes the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.console import Reporter
from engine.grid import RasterGrid

if TYPE_CHECKING:
    from engine.cluster.connection import ClusterOptions
    from engine.models.base import Segmenter

CheckGrid = Callable[[RasterGrid], None]


def _usable(grid: RasterGrid) -> None:
    """Accept every raster."""


@dataclass(frozen=True)
class Execution:
    """How one run is carried out: its reporter, model loader, check and cluster.

    Attributes:
        reporter: reports progress and notes.
        load_model: called after the files have proved readable, since it takes the longest.
        command: what the user typed, for the record.
        check: called before the model is loaded, for what else must prove usable with this raster.
        cluster: the Dask workers that do the jobs; None does them in this process.
    """

    reporter: Reporter
    load_model: Callable[[], Segmenter]
    command: str = ""
    check: CheckGrid = _usable
    cluster: ClusterOptions | None = None
