"""One folder with an adapter for each class: read, put on, and asked for each object's own."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine import adapters
from engine.errors import ModelError
from engine.grid import Tile
from engine.models import registry
from engine.models.base import Segmenter
from engine.models.class_adapters import adapter_hash, answering_for, classes_on, folders_of, in_use
from engine.models.lora import LoraSpec, adapter_parameters, add_adapter, save_adapter
from engine.reading.points import Prompt
from engine.serving.embeddings import CachedEncoder
from engine.stages.job_parts import by_class
from engine.stages.pipeline import Job
from tests.engine.model_helpers import random_tile
from tests.training.adapt.helpers import tiny_file

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
