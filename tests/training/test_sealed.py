"""Files with their hash: read back as they were, refused after any change, still torch files to others."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import ModelError
from training.sealed import read_sealed, save_sealed

CONTENT = {"weights": torch.arange(4000.0), "step": 7}


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    save_sealed(CONTENT, tmp_path / "state.pt")
    return tmp_path / "state.pt"


def same(found: object) -> bool:
    assert isinstance(found, dict)
    return torch.equal(found["weights"], CONTENT["weights"]) and found["step"] == 7


def test_what_was_sealed_comes_back(sealed: Path) -> None:
    assert same(read_sealed(sealed))
    assert same(read_sealed(sealed, bare=True))


def test_torch_alone_reads_a_sealed_file(sealed: Path) -> None:
    assert same(torch.load(sealed, weights_only=True))


def test_two_flipped_bytes_anywhere_are_noticed(sealed: Path) -> None:
    whole = sealed.read_bytes()
    rng = np.random.default_rng(0)
    for bare in (False, True):
        for first, second in rng.integers(0, len(whole), (150, 2)):
            flipped = bytearray(whole)
            flipped[first] ^= 1 << int(rng.integers(8))
            flipped[second] ^= 1 << int(rng.integers(8))
            sealed.write_bytes(flipped)
            if bytes(flipped) != whole:
                with pytest.raises(ModelError, match="damaged"):
                    read_sealed(sealed, bare=bare)


@pytest.mark.parametrize("length", [0, 1, 21, 22, 76, 77, 78, 5000])
def test_a_file_cut_short_is_noticed(sealed: Path, length: int) -> None:
    os.truncate(sealed, length)
    with pytest.raises(ModelError, match=r"state\.pt"):
        read_sealed(sealed)
    with pytest.raises(ModelError, match=r"state\.pt"):
        read_sealed(sealed, bare=True)


def test_a_file_without_a_hash_is_read_only_where_that_is_asked_for(tmp_path: Path) -> None:
    torch.save(CONTENT, tmp_path / "old.pt")
    assert same(read_sealed(tmp_path / "old.pt", bare=True))
    with pytest.raises(ModelError, match="hash"):
        read_sealed(tmp_path / "old.pt")
