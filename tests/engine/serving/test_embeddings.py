"""No tile is embedded twice, nothing stale or damaged is ever used, and a full disk stops nobody."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ConfigError
from engine.models.base import Embedding
from engine.serving.embeddings import CachedEncoder, EmbeddingStore, default_folder, default_limit
from tests.engine.model_helpers import random_tile
from tests.fakes import FakeSegmenter


def embedding(seed: int = 0, cells: int = 8) -> Embedding:
    generator = torch.Generator().manual_seed(seed)
    shapes = [(1, 4, cells, cells), (1, 2, 2 * cells, 2 * cells), (1, 2, 4 * cells, 4 * cells)]
    first, *others = (torch.randn(shape, generator=generator) for shape in shapes)
    return Embedding(first, tuple(others))


def same(one: Embedding, other: Embedding) -> bool:
    pairs = zip((one.features, *one.high_res), (other.features, *other.high_res), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


def test_an_embedding_comes_back_bit_by_bit(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path / "new" / "folder")
    store.put("a", embedding())
    again = EmbeddingStore(tmp_path / "new" / "folder").get("a")
    assert again is not None
    assert same(again, embedding())
    assert store.get("b") is None


@pytest.mark.parametrize("damage", ["cut", "flipped", "renamed", "empty"])
def test_a_damaged_or_exchanged_entry_is_not_used_and_goes(tmp_path: Path, damage: str) -> None:
    store = EmbeddingStore(tmp_path)
    store.put("a", embedding())
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[-5] ^= 1
        file.write_bytes(content)
    elif damage == "empty":
        file.write_bytes(b"")
    else:
        file = file.rename(tmp_path / file.name.replace("a", "b", 1))
    key = "b" if damage == "renamed" else "a"
    assert store.get(key) is None
    assert not file.exists()


def test_what_was_unused_for_longest_goes_first(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    store.put("0", embedding(0))
    one = store.size()
    store = EmbeddingStore(tmp_path, limit=3 * one)
    for number in range(1, 3):
        store.put(str(number), embedding(number))
    for number, path in enumerate(sorted(tmp_path.iterdir())):
        os.utime(path, (number, number))
    assert store.get("0") is not None  # used now
    store.put("3", embedding(3))
    assert store.get("1") is None
    assert all(store.get(key) is not None for key in ("0", "2", "3"))
    assert store.size() <= 3 * one


def test_an_entry_larger_than_the_limit_is_not_kept(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, limit=100)
    store.put("a", embedding())
    assert store.size() == 0


def test_a_folder_that_refuses_keeps_nothing_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = EmbeddingStore(tmp_path / "file" / "below")
    store.put("a", embedding())
    assert store.get("a") is None
    assert store.problem is not None
    assert "cannot be kept" in store.problem


def test_clearing_leaves_other_files_alone(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path)
    store.put("a", embedding())
    (tmp_path / "notes.txt").write_text("mine")
    store.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_negative_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        EmbeddingStore(tmp_path, limit=-1)


def test_the_folder_follows_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RESAM_EMBEDDINGS", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("RESAM_EMBEDDINGS")
    assert default_folder().name == "embeddings"


def test_a_second_look_needs_no_network_and_neither_does_tomorrows(tmp_path: Path) -> None:
    tile = random_tile(128)
    today = CachedEncoder(FakeSegmenter(), EmbeddingStore(tmp_path))
    first = today.encode(tile)
    assert same(today.encode(tile.copy()), first)
    tomorrow = CachedEncoder(FakeSegmenter(), EmbeddingStore(tmp_path))
    assert same(tomorrow.encode(tile), first)
    assert (today.computed, tomorrow.computed) == (1, 0)


def test_other_pixels_weights_or_adapters_are_other_embeddings(tmp_path: Path) -> None:
    tile, other = random_tile(128), random_tile(128, seed=1)
    model = FakeSegmenter()
    plain = CachedEncoder(model)
    adapted = CachedEncoder(model, adapter="abc")
    retrained = FakeSegmenter()
    retrained.base_sha256 = "e" * 64
    keys = {plain.key(tile), plain.key(other), adapted.key(tile), CachedEncoder(retrained).key(tile)}
    assert len(keys) == 4
    assert plain.key(tile) == CachedEncoder(FakeSegmenter()).key(tile)


def test_memory_holds_no_more_than_asked_for() -> None:
    model = FakeSegmenter()
    cached = CachedEncoder(model, kept=2)
    tiles = [np.full((128, 128, 3), value, np.uint8) for value in (1, 2, 3)]
    for tile in (*tiles, tiles[2], tiles[0]):
        cached.encode(tile)
    assert cached.computed == len(model.encoded) == 4


def test_the_limit_is_what_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RESAM_EMBEDDINGS_GB", raising=False)
    assert default_limit() == 2 * 2**30
    monkeypatch.setenv("RESAM_EMBEDDINGS_GB", "0.5")
    assert default_limit() == 2**29


@pytest.mark.parametrize("named", ["much", "inf", "nan"])
def test_a_limit_that_is_no_size_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESAM_EMBEDDINGS_GB", named)
    with pytest.raises(ConfigError, match="RESAM_EMBEDDINGS_GB"):
        default_limit()
