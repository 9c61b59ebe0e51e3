"""How a verb's layer comes to stand: checked before the work, kept in shards, then written whole."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from engine.console import Reporter
from engine.execution import Execution
from engine.grid import RasterGrid
from engine.inputs import check_apart
from engine.models.lora import doubtful
from engine.writing.crs import check_crs
from engine.writing.output import check_writable, files_written, write_layer
from engine.writing.shards import RUN, AlreadyDoneError, Shards, layer_stands

if TYPE_CHECKING:
    import geopandas as gpd

    from engine.writing.layer_table import LayerTable

INTERRUPTED = "interrupted, no layer was written; continue with --resume"
"""What Ctrl-C leaves behind, for the user."""


class Made(Protocol):
    """A layer, and the record of the run that made it."""

    @property
    def layer(self) -> gpd.GeoDataFrame | LayerTable: ...

    @property
    def run(self) -> Mapping[str, Any]: ...


M = TypeVar("M", bound=Made)


def check_output(options: Namespace) -> None:
    """Refuse, before the work, an output that cannot be written or that a run reads.

    Args:
        options: of a verb with ``--out``, ``--overwrite`` and ``--resume``.

    Raises:
        OutputError: it cannot be written, stands already, or would take an input's place.
    """
    check_apart(files_written(options.out), options)
    done_before = options.resume and layer_stands(options.out)
    check_writable(options.out, options.overwrite or done_before)


def warn_of_doubtful(adapter: str | None, reporter: Reporter) -> None:
    """Say so if the adapter's own card says that it may be worse than the base model."""
    if adapter is not None and (warning := doubtful(Path(adapter))):
        reporter.event("note", f"note: {warning}")


def publish(options: Namespace, execution: Execution, make: Callable[[Execution, Shards], M]) -> M | None:
    """Make a layer and write it whole; None if the run to continue had written it already.

    Args:
        options: as for :func:`check_output`.
        make: does the work, and keeps what it finds in the shards.

    Raises:
        EngineError: a file cannot be used, or the layer cannot be written.
    """
    doubts: list[str] = []

    def check(grid: RasterGrid) -> None:
        execution.check(grid)
        doubts.extend(check_crs(options.out, grid))
        execution.reporter.notes(doubts)

    with Shards(options.out, options.resume) as shards:
        try:
            made = make(replace(execution, check=check), shards)
        except AlreadyDoneError:
            shards.discard()
            return None
        run = {**made.run, RUN: shards.run, **({"output": {"notes": doubts}} if doubts else {})}
        execution.reporter.notes(write_layer(options.out, made.layer, run, overwrite=options.overwrite))
        shards.discard()
    return made
