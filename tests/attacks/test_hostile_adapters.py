"""Adapters as attackers and damaged disks make them: each loads as it was, or is one line."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.adapters import row
from engine.errors import ModelError
from engine.models.base import Segmenter
from engine.models.lora import (
    CARD_FILE,
    CONFIG_FILE,
    WEIGHTS_FILE,
    LoraSpec,
    add_adapter,
    carries_adapter,
    load_adapter,
    read_card,
    save_adapter,
)
from tests.attacks.mutants import mutated_bytes, mutated_json
from tests.training.adapt.helpers import tiny_segmenter

Count = Callable[[int, int], int]
CARD = {
    "base": "nano",
    "base_sha256": "0" * 64,
    "status": "accepted",
    "verdict": {"measure": "IoU", "before": 0.5, "after": 0.6, "n": 12, "low": None, "word": "better"},
    "objects": {"learned": 8, "held_out": 2},
    "rasters": [{"file": "a.tif", "extent": [0.0, 1.0, 2.0, 3.0]}],
    "steps": 80,
}
SECONDS = 20.0
"""No single file may take longer; on a quiet core it is milliseconds."""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A sound adapter of the small network."""
    segmenter = tiny_segmenter()
    add_adapter(segmenter, LoraSpec(2, None, ("qkv",)), 0)
    save_adapter(segmenter, tmp_path, CARD)
    return tmp_path


@cache
def untouched() -> Segmenter:
    """A network that carries no adapter yet: one that refused its adapters stays that."""
    return tiny_segmenter()


def refused(error: ModelError) -> bool:
    """A line that a person can read, and a network as it was."""
    assert 10 < len(str(error)) < 2000
    assert not carries_adapter(untouched().module)
    return True


def attacked(folder: Path, file: str, content: bytes) -> bool:
    """Whether an adapter with another file loads; anything but a clear line is an error."""
    (folder / file).write_bytes(content)
    started = time.monotonic()
    try:
        load_adapter(untouched(), folder)
        untouched.cache_clear()
    except ModelError as error:
        return not refused(error)
    finally:
        assert time.monotonic() - started < SECONDS
    return True


@pytest.mark.parametrize("file", [CARD_FILE, CONFIG_FILE])
def test_json_of_an_adapter_is_taken_or_refused_in_one_line(good: Path, file: str, count: Count) -> None:
    sound = json.loads((good / file).read_text())
    rng = np.random.default_rng([1, len(file)])
    taken = [
        attacked(good, file, mutated_json(rng, sound).encode("utf-8", "surrogatepass"))
        for _ in range(count(600, 100_000))
    ]
    assert any(taken)
    assert not all(taken)


def test_damaged_weights_are_always_noticed(good: Path, count: Count) -> None:
    sound = (good / WEIGHTS_FILE).read_bytes()
    rng = np.random.default_rng(2)
    for _ in range(count(600, 100_000)):
        content = mutated_bytes(rng, sound)
        assert attacked(good, WEIGHTS_FILE, content) == (content == sound)


def test_hostile_weights_without_a_hash_are_taken_or_refused_in_one_line(good: Path, count: Count) -> None:
    (good / CARD_FILE).write_text(json.dumps(CARD))
    sound = (good / WEIGHTS_FILE).read_bytes()
    rng = np.random.default_rng(3)
    taken = [attacked(good, WEIGHTS_FILE, mutated_bytes(rng, sound)) for _ in range(count(400, 100_000))]
    assert any(taken)
    assert not all(taken)


def test_cards_are_listed_or_refused_in_one_line(tmp_path: Path, count: Count) -> None:
    rng = np.random.default_rng(4)
    listed = 0
    for _ in range(count(3000, 400_000)):
        text = mutated_json(rng, copy.deepcopy(CARD))
        (tmp_path / CARD_FILE).write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            card = read_card(tmp_path)
        except ModelError as error:
            refused(error)
            continue
        cells = row(tmp_path, card)
        assert all(cell.isprintable() and len(cell) < 400 for cell in cells)
        json.dumps(card)
        listed += 1
    assert listed > 0
