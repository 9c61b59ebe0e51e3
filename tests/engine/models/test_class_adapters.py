"""One folder with an adapter for each class: read, put on, and asked for each object's own."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import shapely
import torch

from engine import adapters
from engine.config import SegmentConfig, TileConfig
from engine.errors import ModelError
from engine.grid import Tile
from engine.models import registry
from engine.models.base import Segmenter
from engine.models.class_adapters import adapter_hash, answering_for, classes_on, folders_of, in_use
from engine.models.lora import LoraSpec, adapter_parameters, add_adapter, save_adapter
from engine.reading.points import Prompt, PromptSet
from engine.reading.raster import RasterSource
from engine.segmentation import run_signature
from engine.serving.embeddings import CachedEncoder
from engine.stages import candidates
from engine.stages.candidates import LatticeJob, find_candidates
from engine.stages.job_parts import by_class
from engine.stages.pipeline import Job
from tests.engine.model_helpers import random_tile
from tests.training.adapt.helpers import tiny_file
from training.benchmark.protocols import ArrayReader
from training.find.outlines import described

KINDS = {"roof": "class-1", "panel": "class-2"}


def trained(model: Path, folder: Path, seed: int) -> None:
    """An adapter whose updates are random."""
    segmenter = registry.load(str(model), "cpu")
    add_adapter(segmenter, LoraSpec(2, None, ("qkv", "mlp")), seed)
    torch.manual_seed(seed)
    with torch.no_grad():
        for _, parameter in adapter_parameters(segmenter):
            parameter.normal_(std=0.3)
    save_adapter(segmenter, folder, {"base_sha256": segmenter.sha256, "status": "unproven"})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model file, and a folder with the adapters of two classes."""
    folder = tmp_path_factory.mktemp("classes")
    model, out = tiny_file(folder), folder / "adapter"
    for seed, name in enumerate(KINDS.values(), start=1):
        trained(model, out / name, seed)
    write_card(out, model, KINDS)
    return model, out


def write_card(out: Path, model: Path, classes: Any) -> None:
    card = {"base_sha256": registry.load(str(model), "cpu").sha256, "status": "unproven", "classes": classes}
    (out / "card.json").write_text(json.dumps(card))


def features(model: Segmenter) -> torch.Tensor:
    return model.encode(random_tile(model.image_size)).features


def test_each_class_is_answered_by_its_own_adapter_and_others_by_the_base(made: tuple[Path, Path]) -> None:
    model, out = made
    both, base = registry.load(str(model), "cpu", out), registry.load(str(model), "cpu")
    assert set(classes_on(both.module) or ()) == set(KINDS)
    for kind, name in KINDS.items():
        alone = registry.load(str(model), "cpu", out / name)
        with answering_for(both, kind):
            assert both.adapted
            assert torch.equal(features(both), features(alone))
    with answering_for(both, "tree"):
        assert not both.adapted
        assert torch.equal(features(both), features(base))
    with answering_for(both, "roof"):
        assert not torch.equal(features(both), features(base))


def test_an_adapter_of_one_class_is_no_part_of_another_on_whatever_layers_they_are(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    model, out = made
    shutil.copytree(out, tmp_path / "mixed")
    narrow = registry.load(str(model), "cpu")
    add_adapter(narrow, LoraSpec(2, None, ("qkv",)), 5)
    with torch.no_grad():
        for _, parameter in adapter_parameters(narrow):
            parameter.normal_(std=0.3)
    save_adapter(narrow, tmp_path / "mixed" / "class-2", {"base_sha256": narrow.sha256, "status": "unproven"})
    both = registry.load(str(model), "cpu", tmp_path / "mixed")
    for kind, name in (("roof", "class-1"), ("panel", "class-2"), ("roof", "class-1")):
        alone = registry.load(str(model), "cpu", tmp_path / "mixed" / name)
        with answering_for(both, kind):
            assert torch.equal(features(both), features(alone))
            assert in_use(both.module) == (classes_on(both.module) or {})[kind]


@pytest.mark.parametrize("before", ["roof", "panel", "tree"])
def test_a_lattice_is_answered_by_the_base_whichever_class_was_answered_before(
    made: tuple[Path, Path], before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("MIN_STABILITY", 0.0), ("MIN_CELLS", 1), ("LARGEST_SHARE", 1.0)):
        monkeypatch.setattr(candidates, name, value)  # Random weights answer with unsteady masks.
    model, out = made
    both, base = registry.load(str(model), "cpu", out), registry.load(str(model), "cpu")
    reader = ArrayReader(random_tile(256))
    job = LatticeJob(
        Tile(0, 0, 0, 0, 0, both.image_size, both.image_size), np.array([[60.0, 60.0], [150.0, 180.0]]), True
    )
    with answering_for(both, before):
        features(both)
    shapes = [shapely.box(40, 40, 90, 90)]
    for ask in (
        lambda network: find_candidates(job, reader, network, 8),
        lambda network: described(shapes, 0, reader, network, TileConfig()),
    ):
        ours, theirs = ask(both), ask(base)
        assert len(ours) == len(theirs) > 0
        assert all(np.array_equal(a.features, b.features) for a, b in zip(ours, theirs, strict=True))


def test_several_adapters_on_one_network_are_no_reason_to_warn(made: tuple[Path, Path]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        registry.load(str(made[0]), "cpu", made[1])


def test_a_cached_embedding_of_one_class_is_not_taken_for_that_of_another(made: tuple[Path, Path]) -> None:
    model, out = made
    encoder = CachedEncoder(registry.load(str(model), "cpu", out), adapter=adapter_hash(out))
    tile = random_tile(encoder.image_size)
    found = []
    for kind in ("roof", "panel", "tree"):
        for _ in range(2):
            with answering_for(encoder, kind):
                found.append(encoder.encode(tile).features)
    assert encoder.computed == 3
    assert torch.equal(found[0], found[1])
    assert not any(torch.equal(found[0], other) for other in found[2:])
    plain = CachedEncoder(registry.load(str(model), "cpu"))
    with answering_for(encoder, "tree"):
        assert encoder.key(tile) == plain.key(tile)


def test_other_classes_of_the_clicks_are_another_run(made: tuple[Path, Path]) -> None:
    model, out = made
    network = registry.load(str(model), "cpu")
    raster = cast(RasterSource, SimpleNamespace(fingerprint=lambda: "a", describe=lambda: "b"))

    def signature(kind: str, adapter: Path | None) -> dict[str, Any]:
        clicked = Prompt(1, np.array([[5.0, 5.0]]), np.ones(1, np.int64), None, {"CLASS": kind})
        config = SegmentConfig(adapter=None if adapter is None else str(adapter))
        return run_signature(config, raster, PromptSet((clicked,), (), (), ("CLASS",)), network)

    assert signature("roof", out) == signature("roof", out)
    changed = signature("panel", out)
    differing = {name for name, value in signature("roof", out).items() if changed[name] != value}
    assert differing == {"column class"}
    for adapter in (None, out / "class-1"):
        assert signature("roof", adapter) == signature("panel", adapter), "the class decides nothing there"


def test_the_hash_of_the_folder_follows_every_adapter_in_it(made: tuple[Path, Path], tmp_path: Path) -> None:
    model, out = made
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    assert adapter_hash(copy) == adapter_hash(out)
    trained(model, copy / "class-2", 7)
    assert adapter_hash(copy) != adapter_hash(out)


def test_jobs_are_split_by_class_and_keep_the_others_as_context(made: tuple[Path, Path]) -> None:
    model, out = made
    kinds = ("roof", "tree", "panel", "roof", None)
    prompts = tuple(
        Prompt(number, np.full((1, 2), 9.0 * number), np.ones(1, np.int64), attributes={"class": kind})
        for number, kind in enumerate(kinds, start=1)
    )
    job = Job(Tile(0, 0, 0, 0, 0, 64, 64), prompts[:4], prompts[4:])
    segmenter = registry.load(str(model), "cpu", out)
    parts = [
        [[p.prompt_id for p in of] for of in (part.own, part.context)] for _, part in by_class(job, segmenter)
    ]
    assert parts == [[[1, 4], [2, 3, 5]], [[2], [1, 3, 4, 5]], [[3], [1, 2, 4, 5]]]
    assert [part for _, part in by_class(job, registry.load(str(model), "cpu"))] == [job]


def test_what_is_in_use_has_a_name_of_its_own(made: tuple[Path, Path]) -> None:
    model, out = made
    both = registry.load(str(model), "cpu", out)
    names = []
    for kind in ("roof", "panel", "tree"):
        with answering_for(both, kind):
            names.append(in_use(both.module))
    assert len({*names}) == 3
    assert names[2] is None
    assert in_use(registry.load(str(model), "cpu").module) == ""
    assert in_use(registry.load(str(model), "cpu", out / "class-1").module) == ""


@pytest.mark.parametrize(
    "classes",
    [{}, [], "roof", {"roof": "../other"}, {"roof": ".."}, {"roof": "a\\b"}, {"roof": 3}, {"roof": ""}],
)
def test_a_card_whose_classes_cannot_be_used_is_refused(
    classes: Any, made: tuple[Path, Path], tmp_path: Path
) -> None:
    write_card(tmp_path, made[0], classes)
    with pytest.raises(ModelError, match="classes must name a sub-folder for each of 1 to 64 classes"):
        folders_of(tmp_path)


def test_a_class_without_its_folder_is_refused(made: tuple[Path, Path], tmp_path: Path) -> None:
    write_card(tmp_path, made[0], {"roof": "class-1"})
    with pytest.raises(ModelError, match=r"class-1.*card\.json"):
        registry.load(str(made[0]), "cpu", tmp_path)


def test_adapters_of_other_weights_are_refused(made: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="was trained on weights"):
        registry.load("nano", "cpu", made[1])


def test_a_folder_of_several_cannot_be_merged_at_once(
    made: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["merge", str(made[1]), "--model", str(made[0]), "--out", str(tmp_path / "m.safetensors")]
    assert adapters.main(asked) == 2
    assert "holds an adapter for each class: merge one of them" in capsys.readouterr().err
    assert not (tmp_path / "m.safetensors").exists()
