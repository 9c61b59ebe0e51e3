"""Adapters as files: listed, merged, loaded by peft, and adapted once more."""

from __future__ import annotations

import html
import json
import os
import shlex
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine import adapters, train
from engine.calibration import Calibration, Calibrations
from engine.models import registry
from engine.models.base import Segmenter
from engine.models.lora import LoraSpec, add_adapter, save_adapter
from engine.models.nano import save_nano
from engine.models.weights_file import WeightsFile
from tests.engine.model_helpers import shallow_segmenter
from tests.engine.nano_helpers import tiny_net
from tests.training.adapt.helpers import arguments, card_of
from training.adapt import evaluation
from training.adapt.student import Student
from training.scenes import SceneFiles


def test_adapters_are_listed_compared_and_merged(
    adapter: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert adapters.main(["list", str(adapter), str(adapter.parent)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["adapter", "status", "base"]
    assert len(lines) == 2
    merged = tmp_path / "merged.safetensors"
    assert adapters.main(["merge", str(adapter), "--model", str(tiny), "--out", str(merged)]) == 0
    with_adapter = registry.load(str(tiny), "cpu", adapter, "fp32")
    alone = registry.load(str(merged), "cpu", precision="fp32")
    tile = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    one, other = (model.encode(tile).features for model in (with_adapter, alone))
    assert (one - other).abs().max() < 0.02  # merged weights are kept in half precision
    assert alone.adapted, "it answers with the mask that was trained and judged"
    assert with_adapter.adapted
    assert not registry.load(str(tiny), "cpu").adapted
    assert adapters.main(["merge", str(adapter), "--model", str(tiny), "--out", str(merged)]) == 2


def test_accepted_adapters_are_listed_first_and_rejected_ones_last(
    adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    statuses = {"a": "rejected", "b": "unproven", "c": "accepted", "d": "diverged"}
    for name, status in statuses.items():
        shutil.copytree(adapter, tmp_path / name)
        (tmp_path / name / "card.json").write_text(json.dumps({**card_of(adapter), "status": status}))
    assert adapters.main(["list", *(str(tmp_path / name) for name in statuses)]) == 0
    listed = [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]]
    assert listed[:2] == ["accepted", "unproven"]
    assert set(listed[2:]) == {"rejected", "diverged"}


def test_a_merged_nano_keeps_the_calibration_of_its_scores(tmp_path: Path) -> None:
    kind = Calibration((0.2, 0.5, 0.2, 0.1), (0.0, 1.0), (0.1, 0.8))
    base = tmp_path / "base.safetensors"
    net = tiny_net()
    save_nano(net, net.state_dict(), base, {}, Calibrations(kind, kind, kind))
    model = registry.load(str(base), "cpu")
    add_adapter(model, LoraSpec(2, None, ("qkv",)), 0)
    save_adapter(model, tmp_path / "adapter", {"base": "nano", "base_sha256": model.base_sha256})
    merged = tmp_path / "merged.safetensors"
    words = ["merge", str(tmp_path / "adapter"), "--model", str(base), "--out", str(merged)]
    assert adapters.main(words) == 0
    assert registry.load(str(merged), "cpu").calibrations == model.calibrations  # type: ignore[attr-defined]


def test_an_adapter_within_another_is_listed_by_the_names_of_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("roofs", "roofs/class-1", "panels", "panels/class-1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text('{"base_sha256": "0"}')
    assert adapters.main(["list", str(tmp_path / "roofs"), str(tmp_path / "panels")]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert sorted(listed) == ["panels", "panels/class-1", "roofs", "roofs/class-1"]


def test_a_merged_sam_says_so_too(tmp_path: Path) -> None:
    model = shallow_segmenter()
    Student(model, LoraSpec(2, None, ("qkv",)), 0)
    save_adapter(model, tmp_path / "adapter", {"base": "sam_vit_b", "base_sha256": model.sha256})
    path = tmp_path / "merged.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "load", lambda *given: model)
        assert adapters.main(["merge", str(tmp_path / "adapter"), "--out", str(path)]) == 0
    assert registry.load(str(path), "cpu").adapted


def test_one_bad_card_hides_no_other_adapter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digits = '{"base_sha256": "0", "verdict": {"before": 1' + "0" * 400 + ', "after": 1}, "status": ["x"]}'
    escape = '{"base_sha256": "0", "status": "\\u001b[2J\\ud800\\n", "base": "' + "b" * 999 + '"}'
    good = '{"base_sha256": "0", "status": "accepted"}'
    for name, card in {"a": "[" * 10_000, "b": digits, "c": escape, "d": good, "e": "{}", "f": "7"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text(card)
    for name in (b"\xff\xfe", b"line\nbreak"):
        (tmp_path / os.fsdecode(name)).mkdir()
        (tmp_path / os.fsdecode(name) / "card.json").write_text(good)
    assert adapters.main(["list", str(tmp_path)]) == 0
    said = capsys.readouterr()
    listed = [line.split()[0] for line in said.out.splitlines()[1:]]
    assert set(listed) == {"d", "line", "\ufffd\ufffd", "b", "c"}
    assert len(listed) == 5
    assert max(map(len, said.out.splitlines())) < 300
    assert "\x1b" not in said.out
    assert said.err.count("note:") == said.err.count("\n") == 3


def test_damaged_cards_alone_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "card.json").write_text("[")
    assert adapters.main(["list", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("card", ["7", '"merged"', "[" * 9999, '{"a":' * 9999])
def test_a_header_that_is_no_card_says_nothing_of_adapting(tmp_path: Path, card: str) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "x.safetensors", metadata={"card": card})
    assert not WeightsFile(tmp_path / "x.safetensors").merged


def test_no_adapter_to_list_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert adapters.main(["list", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_merging_a_rejected_adapter_is_warned_of(
    adapter: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad"
    shutil.copytree(adapter, bad)
    (bad / "card.json").write_text(json.dumps(card_of(adapter) | {"status": "rejected"}))
    out = str(tmp_path / "merged.safetensors")
    assert adapters.main(["merge", str(bad), "--model", str(tiny), "--out", out]) == 0
    assert "was rejected" in capsys.readouterr().err


def test_peft_itself_loads_the_adapter(adapter: Path, tiny: Path) -> None:
    from peft import PeftModel

    ours, theirs = (
        registry.load(str(tiny), "cpu", adapter, "fp32"),
        registry.load(str(tiny), "cpu", precision="fp32"),
    )
    tile = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    plain = theirs.encode(tile).features
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Keys that are missing or left over are only warned of.
        PeftModel.from_pretrained(theirs.module, str(adapter))
    assert torch.equal(theirs.encode(tile).features, ours.encode(tile).features)
    assert not torch.equal(theirs.encode(tile).features, plain)


def test_a_card_written_by_hand_is_listed_with_dashes(
    adapter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(adapter, tmp_path / "mine")
    card = {"base_sha256": "0" * 64, "verdict": "fine", "objects": 7, "steps": 80.0}
    (tmp_path / "mine" / "card.json").write_text(json.dumps(card))
    monkeypatch.chdir(tmp_path / "mine")
    assert adapters.main(["list", "."]) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["mine", *"–––", "80", *"–––––"]


def test_a_base_that_was_adapted_before_is_judged_by_its_single_mask(
    adapter: Path, scene: SceneFiles, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = tmp_path / "merged.safetensors"
    assert adapters.main(["merge", str(adapter), "--model", str(tiny), "--out", str(merged)]) == 0
    asked_for_three: list[bool] = []
    plain = evaluation.quality_proxies

    def noted(model: Segmenter, *given: Any) -> Any:
        asked_for_three.append(not model.adapted)
        return plain(model, *given)

    monkeypatch.setattr(evaluation, "quality_proxies", noted)
    for model, expected in ((tiny, [True, False]), (merged, [False, False])):
        asked_for_three.clear()
        out = tmp_path / model.stem
        assert train.main(arguments(scene, model, out, "--epochs", "1", "--quiet")) == 0
        assert asked_for_three == expected
        assert f"--model {shlex.quote(str(model))} --adapter" in html.unescape(
            (out / "report.html").read_text()
        )
