"""What the forge runs and the tests kill: the engine's own writers, over small files."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from engine import encode, train
from engine.models import registry
from engine.models.base import Segmenter
from engine.models.lora import LoraSpec, add_adapter, save_adapter
from tests.fakes import FakeSegmenter
from tests.training.adapt.helpers import tiny_segmenter
from training.adapt import trainer

CARD = {"base": "nano", "base_sha256": "0" * 64, "status": "accepted"}
trainer.SAVE_SECONDS = 0
trainer.Adaptation.time_step = lambda run, *given: 1.0  # type: ignore[method-assign]
"""Four steps to tell the user how long the run takes, which is of one step here: they write nothing."""


@cache
def with_adapter(rank: int) -> Segmenter:
    """The small network with an adapter of some rank, which tells one from another."""
    segmenter = tiny_segmenter()
    add_adapter(segmenter, LoraSpec(rank, None, ("qkv",)), rank)
    return segmenter


def ready_to_save() -> None:
    """Do once what a child would else do each time, such as importing for seconds."""
    with tempfile.TemporaryDirectory() as folder:
        for rank in (2, 3):
            save(folder, rank)


def save(folder: str, rank: int) -> None:
    """Save an adapter whose card says its rank."""
    save_adapter(with_adapter(rank), Path(folder), {**CARD, "steps": rank})


def embed(*arguments: str) -> None:
    """Run ``encode``."""
    registry.load = lambda *given: FakeSegmenter()  # type: ignore[assignment]
    assert encode.main(list(arguments)) == 0


def adapt(*arguments: str) -> None:
    """Run ``train``, which keeps its state after every step."""
    assert train.main(list(arguments)) == 0


def begun(old: Path, folder: Path) -> None:
    """A folder that is like another one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(old, folder)
