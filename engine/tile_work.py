"""The jobs of a segmentation in another process: its raster, its model, and the rows of one job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.config import SegmentConfig
from engine.errors import RasterError
from engine.models.class_adapters import adapter_hash
from engine.reading.ahead import foreseen, reading_ahead
from engine.reading.points import Prompt
from engine.reading.raster import RasterSource, RasterSpec
from engine.stages.pipeline import Job, run_job

if TYPE_CHECKING:
    from engine.models.base import Segmenter


@dataclass(frozen=True)
class ModelFacts:
    """What a run says of its model, wherever it is loaded."""

    name: str
    sha256: str
    image_size: int


@dataclass(frozen=True)
class TileSetup:
    """Opens the raster and loads the model; see :class:`engine.cluster.setup.WorkerSetup`.

    Attributes:
        raster: opens the same view of the raster.
        fingerprint: of the raster, as the process that sends this sees it.
    """

    raster: RasterSpec
    fingerprint: Mapping[str, Any]
    config: SegmentConfig

    @property
    def device(self) -> str:
        """What the user asked for."""
        return self.config.device

    def open(self, device: str) -> TileContext:
        """The raster and the model in this process; RasterError if it is another raster."""
        raster = open_same(self.raster, self.fingerprint)
        # Here, since it loads torch.
        from engine.models import registry

        model = registry.load(self.config.model, device, self.config.adapter)
        return TileContext(raster, model, self.config)


class TileContext:
    """A raster and a model; see :class:`engine.cluster.setup.WorkerContext`."""

    def __init__(self, raster: RasterSource, model: Segmenter, config: SegmentConfig) -> None:
        self._raster, self._model, self._config = raster, model, config

    @property
    def facts(self) -> Mapping[str, Any]:
        """Name and sizes of the model, and what its weights and adapter are."""
        return {
            "model": self._model.name,
            "weights": self._model.sha256,
            "tile size": self._model.image_size,
            "adapter": adapter_hash(self._config.adapter),
        }

    def rows(self, jobs: Sequence[Job]) -> Iterator[list[Mapping[str, Any]]]:
        """The segments of each job, a row each."""
        with reading_ahead(self._raster, self._raster.spec.open) as reader:
            for job in foreseen(reader, jobs, lambda job: job.tile):
                yield [vars(found) for found in run_job(job, reader, self._model, self._config)]

    def close(self) -> None:
        """Let go of the raster."""
        self._raster.close()


def model_of(facts: Mapping[str, Any]) -> ModelFacts:
    """The model that a context has, from what it says of itself."""
    return ModelFacts(facts["model"], facts["weights"], facts["tile size"])


def open_same(spec: RasterSpec, fingerprint: Mapping[str, Any]) -> RasterSource:
    """A raster opened in another process; RasterError if it is not the same one."""
    raster = spec.open()
    here = raster.fingerprint()
    # A copy on another disk is as good, and may be younger.
    if differing := [name for name in here if name != "mtime" and here[name] != fingerprint[name]]:
        raster.close()
        raise RasterError(
            f"{spec.path}: is another file than where the run was started (its {', '.join(differing)}); "
            "give a path, or an address, under which all machines see the same raster"
        )
    return raster


def light(job: Job) -> Job:
    """The job without what its prompts carry for the layer alone; the class may choose the adapter."""

    def bare(prompts: tuple[Prompt, ...]) -> tuple[Prompt, ...]:
        kept = ({"class": prompt.attributes.get("class")} for prompt in prompts)
        return tuple(replace(prompt, attributes=own) for prompt, own in zip(prompts, kept, strict=True))

    return replace(job, own=bare(job.own), context=bare(job.context))
