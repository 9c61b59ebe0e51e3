"""The worker answers a click with the adapter of the class that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import encode
from engine.serving.embeddings import EmbeddingStore
from engine.serving.request_handler import RequestHandler
from tests.engine.models.test_class_adapters import KINDS, trained, write_card
from tests.rasters import NORTH_UP, write_raster
from tests.training.adapt.helpers import painted, tiny_file

PLACE = NORTH_UP @ (70.0, 65.0)
"""In the first object of the painted raster."""
CLICK = {"id": 1, "points": [[*PLACE, 1]], "box": None}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A raster, a model, and a folder with the adapters of two classes, as a request names them."""
    folder = tmp_path_factory.mktemp("worker")
    model, out = tiny_file(folder), folder / "adapter"
    for seed, name in enumerate(KINDS.values(), start=1):
        trained(model, out / name, seed)
    write_card(out, model, KINDS)
    raster = write_raster(folder / "painted.tif", np.moveaxis(painted()[0], -1, 0), transform=NORTH_UP)
    return {"raster": {"path": str(raster)}, "model": str(model), "adapter": str(out), "device": "cpu"}


def answer(handler: RequestHandler, params: dict[str, Any], **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = handler.handle("ask", {**params, "objects": [CLICK], **more}, lambda: None)
    return found


def entropy(found: dict[str, Any]) -> float:
    return float(found["features"][0]["entropy"])


def test_a_click_is_answered_by_the_adapter_of_its_class(asked: dict[str, Any], tmp_path: Path) -> None:
    handler = RequestHandler(EmbeddingStore(tmp_path))
    found = {
        kind: entropy(answer(handler, {**asked, "class": kind})) for kind in ("roof", "panel", "tree", None)
    }
    alone = {
        kind: entropy(answer(handler, {**asked, "adapter": str(Path(asked["adapter"]) / name)}))
        for kind, name in KINDS.items()
    }
    base = entropy(answer(handler, {**asked, "adapter": None}))
    assert found == {**alone, "tree": base, None: base}
    assert len({*found.values()}) == 3


def test_what_is_embedded_beforehand_is_of_the_class_that_is_asked_for(
    asked: dict[str, Any], tmp_path: Path
) -> None:
    handler = RequestHandler(EmbeddingStore(tmp_path))
    roof = {**asked, "class": "roof", "places": [[*PLACE]]}
    assert handler.handle("prepare", roof, lambda: None) == {"embedded": 1}
    assert handler.handle("prepare", roof, lambda: None) == {"embedded": 0}
    assert answer(handler, {**asked, "class": "roof"}, embedded_only=True, fast=True)["features"]
    assert answer(handler, {**asked, "class": "panel"}, embedded_only=True, fast=True)["not_embedded"]


@pytest.mark.parametrize("kind", ["roof", "tree", None])
def test_the_masks_to_choose_from_say_who_answered_as_the_answer_does(
    kind: str | None, asked: dict[str, Any], tmp_path: Path
) -> None:
    handler, params = RequestHandler(EmbeddingStore(tmp_path)), {**asked, "class": kind}
    masks = handler.handle("candidates", {**params, "object": CLICK}, lambda: None)["candidates"]
    said = {mask["adapter"] for mask in masks}
    assert said == {answer(handler, params)["features"][0]["adapter"]}
    assert said == {asked["adapter"] if kind == "roof" else None}


def test_after_encode_no_object_waits_of_a_class_or_of_none(asked: dict[str, Any], tmp_path: Path) -> None:
    options = {"raster": asked["raster"]["path"], "cache": str(tmp_path)}
    options |= {name: asked[name] for name in ("model", "adapter", "device")}
    assert encode.main([word for name, value in options.items() for word in (f"--{name}", value)]) == 0
    handler = RequestHandler(EmbeddingStore(tmp_path))
    for kind in ("roof", "panel", None):
        found = answer(handler, {**asked, "class": kind}, embedded_only=True, fast=True)
        assert "not_embedded" not in found, kind
