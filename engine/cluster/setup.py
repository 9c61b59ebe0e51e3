"""What a run hands to worker processes: how to make the tools of its jobs. No Dask here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

Row = Mapping[str, Any]


class WorkerContext(Protocol):
    """Tools that stand in a worker process for as long as the run lasts: an open raster, a loaded model."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What must be the same in every worker, such as the hash of the weights; plain JSON types."""
        ...

    def rows(self, jobs: Sequence[Any]) -> Iterator[Sequence[Row]]:
        """Do jobs in their order: of each the rows that go to a shard. They depend on the job alone."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class WorkerSetup(Protocol):
    """A value that can be pickled, and makes a context where it arrives."""

    @property
    def device(self) -> str:
        """What the user asked for, such as ``auto``."""
        ...

    def open(self, device: str) -> WorkerContext:
        """Make the tools, the network on ``device``; EngineError if one of them is not to be had there."""
        ...
