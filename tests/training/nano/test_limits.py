"""What limits one click: the same clicks for every model, and figures paired by image."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.models.nano import save_nano
from engine.models.nano_net import NanoNet
from tests.engine.nano_helpers import TINY, tiny_net
from training.benchmark.protocols import Example
from training.nano import limits
from training.nano.limits import MARGIN, OBJECTS, click_in, figures, measure_image, table, windows
from training.patch import Patch


def scene(side: int = 700, count: int = 30) -> Example:
    """Squares on black, spread over the picture."""
    rng = np.random.default_rng(1)
    image, patches = np.zeros((side, side, 3), np.uint8), []
    for _ in range(count):
        x, y = (int(value) for value in rng.integers(side - 24, size=2))
        image[y : y + 24, x : x + 24] = 220
        patches.append(Patch(x, y, np.ones((24, 24), bool)))
    return Example("scene", image, tuple(patches))


def test_windows_hold_the_clicks_of_their_objects_and_nobody_is_asked_for_twice() -> None:
    example = scene()
    found = windows(example, 0, 3, 512)
    assert len(found) <= 3
    asked = [number for numbers in found.values() for number in numbers]
    assert len(asked) == len(set(asked))
    assert max(map(len, found.values())) <= OBJECTS * 3
    for (x, y), numbers in found.items():
        assert 0 <= x <= 188
        assert 0 <= y <= 188
        places = [(click_in(example, 0, number) - (x, y)) / 512 for number in numbers]
        assert all(((place >= 0) & (place < 1)).all() for place in places)
        others = places[1:] if len(found) == 3 else []
        assert all((np.abs(place - 0.5) <= 0.5 - MARGIN + 1e-9).all() for place in others[: OBJECTS - 1])


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    grown = replace(TINY, fine2=4, reads_masks=True, rounds=2)
    net = NanoNet(grown)
    net.load_state_dict(tiny_net().state_dict(), strict=False)
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    save_nano(net, net.state_dict(), path, {})
    return path


def test_every_object_has_a_row_with_all_its_masks(weights: Path) -> None:
    example = scene(200, 4)
    rows = measure_image(("generated", 0, example), weights, ())
    assert sorted(row["object"] for row in rows) == [0, 1, 2, 3]
    for row in rows:
        assert len(row["three"]) == len(row["predicted"]) == 3
        assert all(0 <= value <= 1 for value in (*row["three"], row["single"], row["box"]))
    assert rows == measure_image(("generated", 0, example), weights, ())


@pytest.mark.parametrize("part", limits.WITHOUT)
def test_a_part_can_be_left_out(weights: Path, part: str) -> None:
    module = limits._model(weights, (part,)).module
    whole = limits._model(weights, ()).module
    assert (module.shape.rounds == 1) == (part == "rounds")
    assert (module.mask_decoder.reader is None) == (part == "reader")
    assert (module.mask_decoder.finer is None) == (part == "finer")
    assert whole.shape.rounds == 2
    assert len(measure_image(("generated", 0, scene(200, 2)), weights, (part,))) == 2


def row(image: str, three: list[float], predicted: list[float], box: float = 0.8) -> dict[str, Any]:
    return {
        "set": "nwpu",
        "image": image,
        "three": three,
        "predicted": predicted,
        "single": three[0],
        "box": box,
    }


def test_the_mask_with_the_highest_predicted_iou_is_the_chosen_one() -> None:
    found = figures([row("a", [0.2, 0.6, 0.4], [0.1, 0.5, 0.9]), row("b", [0.3, 0.1, 0.0], [0.9, 0.1, 0.1])])
    assert found["nwpu"]["single"].tolist() == pytest.approx([20, 30])
    assert found["nwpu"]["chosen"].tolist() == pytest.approx([40, 30])
    assert found["nwpu"]["best"].tolist() == pytest.approx([60, 30])


def test_differences_are_paired_by_image() -> None:
    before = [row(image, [value] * 3, [0.5] * 3) for image, value in (("a", 0.2), ("b", 0.8))]
    after = [row(image, [value] * 3, [0.5] * 3) for image, value in (("b", 0.9), ("a", 0.3))]
    assert "60.0 (+10.0: +10.0 to +10.0)" in table(after, before)
    assert "(" not in table(after)


def test_rows_of_another_model_that_are_not_there_are_one_line_and_code_2(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps(row("a", [0.2] * 3, [0.5] * 3)) + "\n")
    command = ["--data", str(tmp_path), "--weights", str(weights), "--rows", str(rows)]
    assert limits.main([*command, "--against", str(tmp_path / "gone.jsonl")]) == 2
    complaint = capsys.readouterr().err
    assert "gone.jsonl" in complaint
    assert complaint.count("\n") == 1
