"""Fitting a calibration: it rises, it learns what a signal is worth, and its error is measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.calibration import KINDS, SIGNALS
from engine.errors import ConfigError
from engine.models.nano import load_nano, save_nano
from tests.engine.nano_helpers import tiny_net
from training.benchmark.protocols import Example
from training.nano import calibrate
from training.nano.calibrate import FITTED, JUDGED, SIDE, busiest_part, measure_image, write_calibrated
from training.nano.calibration_fit import (
    calibration_error,
    fit,
    fit_all,
    judged,
    pooled,
    reliability,
    same_kept,
)
from training.patch import Patch


def rows_of(count: int, seed: int = 0, name: str = "some") -> list[dict[str, Any]]:
    """The first score tells the IoU, the last is always too high, the rest says nothing."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        iou = float(rng.uniform(0, 0.9))
        said = (iou + rng.normal(0, 0.05), 0.85 + rng.normal(0, 0.05), rng.uniform(), rng.uniform())
        signals = {signal: float(np.clip(value, 0, 1)) for signal, value in zip(SIGNALS, said, strict=True)}
        rows.append({"set": name, "image": str(number // 10), "object": number, "iou": iou} | signals)
    return rows


def test_the_signal_that_tells_the_iou_gets_the_weight() -> None:
    weights = fit(rows_of(400)).weights
    assert weights[0] > 5 * max(weights[1:])
    assert min(weights) >= 0


def test_scores_that_were_too_high_can_be_believed_afterwards() -> None:
    calibration = fit(rows_of(400))
    judges = rows_of(400, seed=1)
    iou = np.array([row["iou"] for row in judges])
    before = np.array([row["last"] for row in judges])
    after = np.array([calibration([row[signal] for signal in SIGNALS]) for row in judges])
    assert calibration_error(before, iou) > 0.3
    assert calibration_error(after, iou) < 0.05


def test_every_set_counts_alike() -> None:
    few = [row | {"iou": 0.8} for row in rows_of(20, name="few")]
    many = [row | {"iou": 0.2} for row in rows_of(400, name="many")]
    calibration = fit([*few, *many])
    assert np.mean(calibration.values) == pytest.approx(0.5, abs=0.12)


def test_a_falling_stretch_becomes_its_mean() -> None:
    found = pooled(np.array([0.1, 0.5, 0.3, 0.4, 0.9]), np.ones(5))
    assert found.tolist() == pytest.approx([0.1, 0.4, 0.4, 0.4, 0.9])
    weighted = pooled(np.array([0.6, 0.0]), np.array([3.0, 1.0]))
    assert weighted.tolist() == pytest.approx([0.45, 0.45])


def test_the_error_is_the_gap_between_score_and_iou() -> None:
    scores = np.array([0.95, 0.95, 0.15, 0.15])
    assert calibration_error(scores, scores) == pytest.approx(0)
    assert calibration_error(scores, np.array([0.75, 0.75, 0.15, 0.15])) == pytest.approx(0.1)
    assert calibration_error(np.array([1.0]), np.array([0.4])) == pytest.approx(0.6)


def test_as_many_good_answers_are_kept() -> None:
    iou = np.array([0.9, 0.8, 0.7, 0.1])
    before, after = np.array([0.9, 0.8, 0.4, 0.9]), np.array([0.7, 0.6, 0.5, 0.65])
    least = same_kept(before, after, iou)
    assert least == 0.6
    assert (after[iou >= 0.5] >= least).sum() == (before[iou >= 0.5] >= 0.5).sum()
    assert same_kept(np.zeros(4), after, iou) == 1.0


def of_every_kind(count: int) -> list[dict[str, Any]]:
    """Rows for every kind of prompt; what several clicks and boxes are worth is half and a third as much."""
    return [
        row | {"prompt": kind, "iou": row["iou"] / share}
        for share, kind in enumerate(KINDS, 1)
        for row in rows_of(count)
    ]


def test_every_kind_of_prompt_is_fitted_by_itself() -> None:
    found = fit_all(of_every_kind(300))
    most = [max(found.of_kind(kind).values) for kind in KINDS]
    assert most[0] > 1.7 * most[1] > 2.3 * most[2]


def test_the_table_has_a_row_for_every_set_and_prompt_that_was_measured() -> None:
    table = judged(of_every_kind(50), fit_all(of_every_kind(200)), ("some", "none"))
    assert table.count("\n") == 4
    assert all(f"| some | {kind} | 50 |" in table for kind in KINDS)


def test_the_reliability_table_says_what_scores_of_a_tenth_are_worth() -> None:
    rows = [row | {"last": 0.95, "iou": 0.25} for row in of_every_kind(10)]
    lines = reliability(rows, fit_all(rows), ("some", "none")).splitlines()
    assert lines[0] == "| score | some, click | some, clicks | some, box |"
    assert lines[2:] == [
        "| 0.2 to 0.3 |" + " – → 0.25 (10) |" * 3,
        "| 0.9 to 1.0 |" + " 0.25 (10) → – |" * 3,
    ]


def test_no_set_both_fits_and_judges() -> None:
    assert not set(FITTED) & set(JUDGED)


def test_an_image_is_asked_in_every_way_for_each_of_its_objects(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "nano.safetensors"
    save_nano(net, net.state_dict(), path, {})
    image = np.full((128, 128, 3), 60, np.uint8)
    image[30:70, 20:80] = 200
    objects = tuple(Patch(x, 30, np.ones((40, 20), bool)) for x in (20, 60))
    rows = measure_image(("some", 0, Example("image", image, objects)), path)
    asked = [(row["prompt"], row["object"]) for row in rows]
    assert sorted(asked) == sorted((kind, number) for kind in KINDS for number in (0, 1))
    assert all(0 <= row[signal] <= 1 for row in rows for signal in (*SIGNALS, "iou"))
    twice = measure_image(("some", 0, Example("image", image, objects)), path, tta=True)
    assert [row["last"] for row in twice] != [row["last"] for row in rows]


def test_no_scores_are_fitted_to_answers_with_test_time_augmentation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net, path, out = tiny_net(), tmp_path / "nano.safetensors", tmp_path / "out.safetensors"
    save_nano(net, net.state_dict(), path, {})
    asked = ["--data", str(tmp_path), "--weights", str(path), "--rows", str(tmp_path / "rows.jsonl")]
    assert calibrate.main([*asked, "--tta", "--out", str(out)]) == 2
    assert "calibrated to answers without --tta" in capsys.readouterr().err
    assert not out.exists()


def test_the_busiest_part_of_a_large_image_is_kept_and_its_objects_stay_whole() -> None:
    def square(x: int, y: int) -> Patch:
        return Patch(x, y, np.ones((20, 20), bool))

    crowd = [square(1200 + 40 * n, 1300) for n in range(5)]
    image = np.zeros((SIDE * 2, SIDE * 2, 3), np.uint8)
    for patch in crowd:
        image[patch.y : patch.y + 20, patch.x : patch.x + 20] = 200
    part = busiest_part(Example("large", image, (square(10, 10), *crowd)), SIDE)
    assert part.image.shape == (SIDE, SIDE, 3)
    assert len(part.objects) == 5
    for patch in part.objects:
        assert (part.image[patch.y : patch.y + 20, patch.x : patch.x + 20] == 200).all()


def test_the_weights_are_written_again_with_the_calibration(tmp_path: Path) -> None:
    net, path, out = tiny_net(), tmp_path / "nano.safetensors", tmp_path / "calibrated.safetensors"
    save_nano(net, net.state_dict(), path, {"steps": 5})
    path.with_suffix(".card.json").write_text(json.dumps({"steps": 5, "metrics": {"roofs": 50.0}}))
    calibrations = fit_all(of_every_kind(100))
    write_calibrated(path, calibrations, out)
    before, after = (load_nano(file, torch.device("cpu")) for file in (path, out))
    assert after.calibrations == calibrations
    for key, value in before.module.state_dict().items():
        assert torch.equal(value, after.module.state_dict()[key])
    card = json.loads(out.with_suffix(".card.json").read_text())
    assert card["steps"] == 5
    assert card["metrics"] == {"roofs": 50.0}
    assert card["sha256"] == f"sha256:{after.sha256}"
    assert card["calibrated"]["network"] == f"sha256:{before.base_sha256}"
    assert after.base_sha256 == before.base_sha256


def test_a_damaged_card_beside_the_weights_is_one_line(tmp_path: Path) -> None:
    net, path = tiny_net(), tmp_path / "nano.safetensors"
    save_nano(net, net.state_dict(), path, {"steps": 5})
    path.with_suffix(".card.json").write_text("{")
    with pytest.raises(ConfigError, match="mend it or take it away"):
        write_calibrated(path, fit_all(of_every_kind(100)), tmp_path / "out.safetensors")
    assert not list(tmp_path.glob("out.*"))
