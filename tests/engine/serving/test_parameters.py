"""Requests that are wrong in every way are the asker's fault, and leave the worker working."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.models.base import Embedding
from engine.protocol import FailureMessage, RequestMessage, ResultMessage, from_line, to_line
from engine.serving.embeddings import STALE_SECONDS, EmbeddingStore
from engine.serving.worker import read_lines
from tests.engine.cli_scene import fake, folder
from tests.engine.serving.test_worker import Talk, clicked, model, raster, talk

__all__ = ["fake", "folder", "model", "talk"]

ROOT = Path(__file__).resolve().parents[3]
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "raster is a text": ("ask", {"raster": "scene.tif"}),
    "raster is missing": ("ask", {"raster": None}),
    "path is a number": ("ask", {"raster": {"path": 5}}),
    "path has a null": ("ask", {"raster": {"path": "a\0b"}}),
    "bands are a number": ("ask", {"bands": 3}),
    "bands are a text": ("ask", {"bands": "123"}),
    "bands hold a list": ("ask", {"bands": [[1]]}),
    "CRS is a number": ("ask", {"assume_crs": 4326}),
    "model is a list": ("ask", {"model": ["nano"]}),
    "device is a number": ("ask", {"device": 0}),
    "adapter is a number": ("ask", {"adapter": 1}),
    "objects are an object": ("ask", {"objects": {}}),
    "an object is a number": ("ask", {"objects": [7]}),
    "id is a text": ("ask", {"objects": [{"id": "a", "points": []}]}),
    "id is huge": ("ask", {"objects": [{"id": 2**70, "points": []}]}),
    "points are ragged": ("ask", {"objects": [{"id": 1, "points": [[1, 2], [1, 2, 3]]}]}),
    "points are text": ("ask", {"objects": [{"id": 1, "points": [["a", "b", "c"]]}]}),
    "points are huge": ("ask", {"objects": [{"id": 1, "points": [[10**400, 0, 1]]}]}),
    "a label is seven": ("ask", {"objects": [{"id": 1, "points": [[600_001, 5_199_999, 7]]}]}),
    "box is short": ("ask", {"objects": [{"id": 1, "points": [], "box": [1, 2, 3]}]}),
    "fast is a text": ("ask", {"fast": "yes"}),
    "neighbours are a text": ("ask", {"neighbours": "all"}),
    "a neighbour is a number": ("ask", {"neighbours": [7]}),
    "a neighbour is a line": (
        "ask",
        {"neighbours": [{"type": "LineString", "coordinates": [[0, 0], [1, 1]]}]},
    ),
    "a neighbour is ragged": ("ask", {"neighbours": [{"type": "Polygon", "coordinates": [[[0, 0], [1]]]}]}),
    "a neighbour is flat": ("ask", {"neighbours": [{"type": "Polygon", "coordinates": [7]}]}),
    "a neighbour has no corners": ("ask", {"neighbours": [{"type": "MultiPolygon"}]}),
    "polygons are a list": ("ask", {"polygons": [1]}),
    "a polygon option is unknown": ("ask", {"polygons": {"colour": 1}}),
    "a shape is unknown": ("ask", {"polygons": {"shape": "star"}}),
    "a shape is a number": ("ask", {"polygons": {"shape": 1}}),
    "a polygon option is a text": ("ask", {"polygons": {"simplify_px": "a"}}),
    "places are a number": ("prepare", {"places": 5}),
    "places are flat": ("prepare", {"places": [1, 2]}),
    "around is a text": ("prepare", {"places": [[600_001, 5_199_999]], "around": "far"}),
    "around is far": ("prepare", {"places": [[600_001, 5_199_999]], "around": 3000}),
    "around is negative": ("prepare", {"places": [[600_001, 5_199_999]], "around": -1}),
    "object is a list": ("candidates", {"object": [1]}),
    "model is an object": ("load", {"model": {}}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_type_is_told_as_the_askers_fault(talk: Talk, folder: Path, name: str) -> None:
    method, changed = WRONG[name]
    of_raster = {key: changed[key] for key in ("bands", "assume_crs") if key in changed}
    params = {"raster": raster(folder) | of_raster, "objects": [clicked(0)]} | {
        key: value for key, value in changed.items() if key not in of_raster
    }
    answer = talk.ask(1, method, **params)
    assert isinstance(answer, FailureMessage), answer
    assert answer.kind == "input", answer
    assert "\n" not in answer.message
    assert isinstance(talk.ask(2, "ask", raster=raster(folder), objects=[clicked(0)]), ResultMessage)


def test_bytes_that_are_no_utf8_are_told_and_the_worker_goes_on() -> None:
    lines = (
        b'{"id": 1, "method": "\xff\xfe"}\n'
        + b"\xff" * 300
        + b"\n"
        + to_line(RequestMessage(2, "shutdown", {})).encode()
    )
    done = subprocess.run(
        [sys.executable, "-m", "engine.serving.worker"],
        cwd=ROOT, input=lines, capture_output=True, timeout=110, check=False,
    )  # fmt: skip
    messages = [from_line(line) for line in done.stdout.decode("ascii").splitlines()]
    failures = [message for message in messages if isinstance(message, FailureMessage)]
    assert [(failure.id, failure.kind) for failure in failures] == [(1, "protocol"), (None, "protocol")]
    assert any(isinstance(message, ResultMessage) and message.id == 2 for message in messages)
    assert done.returncode == 0


def test_a_line_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.serving.worker.LINE_MAX", 100)
    first, second, last = read_lines(io.BytesIO(b"x" * 200_000 + b"\nnext\nend").read)
    assert len(first) == 101
    assert (second, last) == ("next", "end")


# --- the cache --------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["contiguous", "channels last", "turned"])
def test_an_embedding_comes_back_with_its_order_in_memory(tmp_path: Path, order: str) -> None:
    features = torch.randn(1, 8, 6, 5, generator=torch.Generator().manual_seed(0))
    if order == "channels last":
        features = features.contiguous(memory_format=torch.channels_last)
    if order == "turned":
        features = features.transpose(2, 3)
    store = EmbeddingStore(tmp_path)
    store.put("k", Embedding(features, (features[:, :4], features.mean(1, keepdim=True))))
    kept = store.get("k")
    assert kept is not None
    assert torch.equal(kept.features, features)
    assert kept.features.stride() == features.stride()
    assert len(kept.high_res) == 2
    assert torch.equal(kept.high_res[0], features[:, :4])


def test_a_cached_answer_equals_a_fresh_one_to_the_bit(tmp_path: Path) -> None:
    convolution = torch.nn.Conv2d(64, 32, 3).eval()
    features = torch.randn(1, 64, 32, 32, generator=torch.Generator().manual_seed(0))
    features = features.contiguous(memory_format=torch.channels_last)
    store = EmbeddingStore(tmp_path)
    store.put("k", Embedding(features))
    kept = store.get("k")
    assert kept is not None
    with torch.inference_mode():
        assert torch.equal(convolution(kept.features), convolution(features))


def test_what_a_killed_write_left_is_counted_and_removed(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    for name, age in (("tmpdead", 2 * STALE_SECONDS), ("tmplive", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "k").write_bytes(b"x" * 5000)
        os.utime(tmp_path / name, (0, (tmp_path / name).stat().st_mtime - age))
    assert store.size() == 5000
    store.put("k", Embedding(torch.zeros(1, 2, 2, 2)))
    assert not (tmp_path / "tmpdead").exists()
    assert (tmp_path / "tmplive").exists()
    assert store.size() < 5000


def test_clearing_removes_what_a_killed_write_left(tmp_path: Path) -> None:
    (tmp_path / "tmpdead").mkdir()
    os.utime(tmp_path / "tmpdead", (0, 0))
    part = tmp_path / ".k.0a1b2c3d.part.embedding"
    part.write_bytes(b"x" * 7000)
    os.utime(part, (0, 0))
    store = EmbeddingStore(tmp_path)
    assert store.size() == 7000
    store.clear()
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_read_as_arrays(talk: Talk, folder: Path) -> None:
    place = clicked(0)["points"][0][:2]
    answer = talk.ask(1, "prepare", raster=raster(folder), places=[place, list(np.add(place, 1))], around=1)
    assert isinstance(answer, ResultMessage)
