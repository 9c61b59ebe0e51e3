"""Tiles embedded by worker processes, into the folder where embeddings are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.config import SegmentConfig
from engine.errors import OutputError
from engine.grid import Tile
from engine.models.class_adapters import NO_CLASS, adapter_hash, answering_for, classes_on
from engine.reading.ahead import foreseen, reading_ahead
from engine.reading.raster import RasterSource, RasterSpec
from engine.serving.embeddings import CachedEncoder, EmbeddingStore
from engine.tile_work import open_same

if TYPE_CHECKING:
    from engine.models.base import Segmenter


@dataclass(frozen=True)
class EmbeddingSetup:
    """Opens the raster, the model and the folder; see :class:`engine.cluster.setup.WorkerSetup`.

    Attributes:
        raster: opens the same view of the raster.
        fingerprint: of the raster, as the process that sends this sees it.
        folder: where embeddings are kept.
        limit: most that is kept there, in bytes.
    """

    raster: RasterSpec
    fingerprint: Mapping[str, Any]
    config: SegmentConfig
    folder: Path
    limit: int

    @property
    def device(self) -> str:
        """What the user asked for."""
        return self.config.device

    def open(self, device: str) -> EmbeddingContext:
        """The raster, the model and the folder in this process; RasterError if it is another raster."""
        # Here, since it loads torch.
        from engine.models import registry

        config = self.config
        return self.context(registry.load(config.model, device, config.adapter, config.precision))

    def context(self, model: Segmenter) -> EmbeddingContext:
        """The same with a model that is loaded already."""
        raster = open_same(self.raster, self.fingerprint)
        store = EmbeddingStore(self.folder, self.limit)
        encoder = CachedEncoder(model, store, adapter_hash(self.config.adapter), kept=1)
        return EmbeddingContext(raster, encoder, store)


class EmbeddingContext:
    """A raster, a model and a folder; see :class:`engine.cluster.setup.WorkerContext`."""

    def __init__(self, raster: RasterSource, encoder: CachedEncoder, store: EmbeddingStore) -> None:
        self._raster, self._encoder, self._store = raster, encoder, store

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the model is."""
        return {
            "weights": self._encoder.sha256,
            "tile size": self._encoder.image_size,
            "precision": self._encoder.precision,
        }

    def rows(self, tiles: Sequence[Tile]) -> Iterator[list[Mapping[str, Any]]]:
        """Embed tiles that hold data: a row if the network was asked, none if the embedding was there.

        Raises:
            OutputError: the folder cannot be written.
        """
        with reading_ahead(self._raster, self._raster.spec.open) as reader:
            for tile in foreseen(reader, tiles, lambda tile: tile):
                before = self._encoder.computed
                image, valid = reader.read(tile)
                # With an adapter for each class, any tile may be asked for objects of each class and of none.
                kinds = dict.fromkeys([*(classes_on(self._encoder.module) or ()), NO_CLASS])
                for kind in kinds if valid.any() else ():
                    with answering_for(self._encoder, kind):
                        self._encoder.encode(image)
                if self._store.problem is not None:
                    raise OutputError(self._store.problem)
                yield [{"embedded": True}] * (self._encoder.computed - before)

    def close(self) -> None:
        """Let go of the raster."""
        self._raster.close()
