"""The demo adapts to a radar scene and shows what came of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.training.adapt.helpers import tiny_segmenter
from training.adapt.options import PRESETS, AdaptOptions
from training.demo import adapt
from training.demo import run as demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "model_loader", lambda config, threads: tiny_segmenter)
        patch.setattr(adapt, "EPOCHS", 1.0)
        assert demo.main(["--out", str(out), "--sheets", "1"]) == 0
    return out


def test_the_demo_leaves_an_adapter_with_its_report(folder: Path) -> None:
    card = json.loads((folder / "adapter" / "card.json").read_text())
    assert card["verdict"]["n"] == card["objects"]["held_out"] > 0
    assert card["verdict"]["measure"].startswith("IoU")
    assert (folder / "adapter" / "report.html").exists()


def test_the_page_shows_the_verdict_of_the_card(folder: Path) -> None:
    card = json.loads((folder / "adapter" / "card.json").read_text())
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Adapted to the clicks of a radar scene" in page
    assert f"{card['verdict']['before']:.3f}" in page
    assert card["verdict"]["word"] in page


def test_the_command_on_the_card_is_the_run_with_the_default_preset(folder: Path) -> None:
    card = json.loads((folder / "adapter" / "card.json").read_text())
    assert re.search(r"resam train .*--clicks-holdout 0\.5", card["command"])
    assert card["options"]["rate"] == PRESETS["default"].rate
    assert isinstance(PRESETS["default"], AdaptOptions)


def test_a_verdict_by_clicks_alone_is_told_without_an_interval() -> None:
    verdict = {"word": "better", "measure": "expected IoU", "before": 0.4, "after": 0.5}
    said = adapt.sentence({"verdict": verdict | {"low": None, "high": None}})
    assert said == "mean expected IoU 0.400 -> 0.500 (+0.100): better"
