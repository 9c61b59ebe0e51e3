"""Two processes share one adaptation: half as many steps, and one of them writes and talks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from engine.console import Reporter
from engine.models import registry
from engine.models.lora import LoraSpec
from engine.models.nano import NanoSegmenter
from tests.training.adapt.helpers import arguments, tiny_file
from training.adapt.options import PRESETS
from training.adapt.sources import TrainRequest, open_sources, training_tiles
from training.adapt.trainer import Adaptation
from training.scenes import SceneFiles, write_scene
from training.scenes.mosaic import mosaic

ROOT = Path(__file__).resolve().parents[3]
STARTED: dict[str, Any] = {"cwd": ROOT, "env": os.environ | {"OMP_NUM_THREADS": "1"}, "text": True}


def launch(scene: SceneFiles, folder: Path, out: Path) -> list[str]:
    """The command that adapts the small network on two processes."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return [*torchrun, "-m", "engine.train", *arguments(scene, tiny_file(folder), out, "--json")]


def test_torchrun_trains_one_adapter_on_two_processes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    scene = write_scene(mosaic(rng, [["roofs", "roofs"]], 256, gsd=0.5, most=6), tmp_path / "scene", rng)
    out = tmp_path / "adapter"
    done = subprocess.run(
        [*launch(scene, tmp_path, out), "--epochs", "2"],
        **STARTED,
        check=False,
        capture_output=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    card = json.loads((out / "card.json").read_text())
    (estimate,) = [event for event in events if event["event"] == "estimate"]
    # Two tiles a step: half as many steps as tiles an epoch.
    assert card["steps"] == estimate["steps"] == max(1, round(2 * -(-estimate["tiles"] // 2)))
    assert [event["event"] for event in events].count("done") == 1
    kept = load_file(out / "adapter_model.safetensors")
    alone = on_one_process(scene, tiny_file(tmp_path), out, card["steps"])
    assert len(alone) == len(kept)
    for name, value in alone.items():
        assert torch.allclose(kept[f"base_model.model.{name}".replace(".default", "")], value, atol=1e-5), (
            name
        )


def test_ctrl_c_in_one_process_stops_all_after_the_same_step(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    scene = write_scene(mosaic(rng, [["roofs", "roofs"]], 256, gsd=0.5, most=6), tmp_path / "scene", rng)
    out = tmp_path / "adapter"
    command = [*launch(scene, tmp_path, out), "--epochs", "500"]
    with subprocess.Popen(command, **STARTED, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        steps = (line for line in run.stdout if '"step"' in line)
        next(steps)
        os.kill(worker_of(run.pid, rank=1), signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert said.count("train: interrupted") == 2, said[-3000:]
    state = torch.load(next(out.rglob("*.pt")), weights_only=True)
    assert 0 < state["step"] == len(state["logs"]) < state["total"]


def worker_of(launcher: int, rank: int) -> int:
    """The process of that rank among those that a launcher started."""
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    (found,) = (pid for pid in children if f"\0RANK={rank}\0" in Path(f"/proc/{pid}/environ").read_text())
    return int(found)


def on_one_process(scene: SceneFiles, model: Path, out: Path, steps: int) -> dict[str, torch.Tensor]:
    """What two processes should come to: every step goes by the mean gradient of two tiles."""
    request = TrainRequest((str(scene.raster),), scene.points, out)
    options = replace(PRESETS["default"], lora=LoraSpec(2, 4.0, ("qkv",)))
    with ExitStack() as stack:
        reporter = Reporter("train", quiet=True)
        sources = open_sources(request, stack, reporter)
        segmenter = registry.load(str(model), "cpu")
        assert isinstance(segmenter, NanoSegmenter)
        tiles = training_tiles(sources, segmenter.for_training().image_size, reporter)
        run = Adaptation(segmenter, tiles, options, steps, 0)
        for number in range(steps):
            run._optimiser.zero_grad()
            losses = [run._result(2 * number + rank).loss for rank in (0, 1)]
            torch.stack([loss for loss in losses if loss is not None]).mean().backward()
            run._update()
            run.step += 1
    return run.student.state("ema")
