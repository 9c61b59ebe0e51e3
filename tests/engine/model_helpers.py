"""Small networks and inputs that the model tests share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.models.base import PromptBatch
from engine.models.mobile_sam import build_mobile_sam
from engine.models.sam import SamArchitecture, SamSegmenter, build_sam

STUBS = Path(__file__).with_name("stubs")
ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
SHALLOW = SamArchitecture(embed_dim=32, depth=2, num_heads=2, global_blocks=(1,), image_size=256)
"""A SAM of two thin blocks, one over windows and one over the tile; its decoder is the full one."""


def shallow_module(seed: int = 0) -> torch.nn.Module:
    """A shallow SAM whose relative positions, which start at zero, are random too."""
    torch.manual_seed(seed)
    module = build_sam(SHALLOW)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "rel_pos" in name or "pos_embed" in name:
                parameter.normal_(std=0.5)
    return module


def shallow_segmenter(seed: int = 0) -> SamSegmenter:
    return SamSegmenter(shallow_module(seed), "shallow", "0" * 64, CPU)


def with_random_norms(module: torch.nn.Module) -> torch.nn.Module:
    """The same network in eval mode; what starts at zero or one in a TinyViT is random, so that it counts."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name.endswith("attention_biases"):
                parameter.normal_()
        for layer in module.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.uniform_(0.5, 1.5)
                layer.bias.normal_(std=0.1)
                layer.running_mean.normal_(std=0.1)
                layer.running_var.uniform_(0.5, 1.5)
    return module.eval()


def mobile_segmenter(seed: int = 0) -> SamSegmenter:
    """MobileSAM on tiles of a quarter of its side; no weight depends on that."""
    torch.manual_seed(seed)
    return SamSegmenter(with_random_norms(build_mobile_sam(256)), "mobile_sam", "0" * 64, CPU)


def random_tile(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


def points(*rows: list[tuple[float, float, int]], **extra: torch.Tensor) -> PromptBatch:
    """Prompts from rows of (x, y, label), padded to the longest."""
    width = max(len(row) for row in rows)
    coords = torch.zeros(len(rows), width, 2)
    labels = torch.full((len(rows), width), -1)
    for k, row in enumerate(rows):
        for p, (x, y, label) in enumerate(row):
            coords[k, p] = torch.tensor([x, y])
            labels[k, p] = label
    return PromptBatch(coords, labels, **extra)


def run_python(code: str, *path: Path) -> str:
    """Run code in a fresh interpreter with ``path`` before everything else; its stdout."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": ":".join(map(str, (*path, ROOT))), "OMP_NUM_THREADS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def stand_in_torchvision(monkeypatch: pytest.MonkeyPatch, *dependants: str) -> Iterator[None]:
    """Make the stub importable, and forget it and the modules that import it afterwards."""
    with monkeypatch.context() as patch:
        patch.syspath_prepend(STUBS)
        yield
    for name in list(sys.modules):
        if name.partition(".")[0] == "torchvision" or name in dependants:
            del sys.modules[name]
