"""Two processes share one adaptation: half as many steps, and one of them writes and talks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.training.adapt.helpers import tiny_file
from training.scenes import write_scene
from training.scenes.mosaic import mosaic

ROOT = Path(__file__).resolve().parents[3]


def test_torchrun_trains_one_adapter_on_two_processes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    scene = write_scene(mosaic(rng, [["roofs", "roofs"]], 256, gsd=0.5, most=6), tmp_path / "scene", rng)
    out = tmp_path / "adapter"
    files = ["--raster", str(scene.raster), "--points", str(scene.points), "--out", str(out)]
    options = ["--model", str(tiny_file(tmp_path)), "--rank", "2", "--targets", "qkv", "--device", "cpu"]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*launch, "-m", "engine.train", *files, *options, "--epochs", "2", "--threads", "1", "--json"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    card = json.loads((out / "card.json").read_text())
    (estimate,) = [event for event in events if event["event"] == "estimate"]
    # Two tiles a step: half as many steps as tiles an epoch.
    assert card["steps"] == estimate["steps"] == max(1, round(2 * -(-estimate["tiles"] // 2)))
    assert [event["event"] for event in events].count("done") == 1
