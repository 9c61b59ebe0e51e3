"""How a run over files is carried out; nothing of it decides what comes out."""

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
    """Every raster is."""


@dataclass(frozen=True)
class Execution:
    """Who does the work, with which model, and who hears of it.

    Attributes:
        reporter: tells how far the run is.
        load_model: called after the files have proved readable, since it takes the longest.
        command: what the user typed, for the record.
        check: called before the model is loaded, for what else must prove usable with this raster.
        cluster: does the jobs in place of this process, and keeps what it finds in shards.
    """

    reporter: Reporter
    load_model: Callable[[], Segmenter]
    command: str = ""
    check: CheckGrid = _usable
    cluster: ClusterOptions | None = None
