"""What a user waits for: the first click, the second, the hover, over the worker's own pipes."""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.machine import facts
from benchmarks.models import random_vit_b
from benchmarks.table import Table, rounded
from engine.protocol import EventMessage, FailureMessage, RequestMessage, ResultMessage, from_line, to_line
from training.scenes import write_scene
from training.scenes.mosaic import mosaic

TITLE = "The map tool: what a user waits for"
ABOUT = (
    "A worker process as the plugin starts it, asked over its pipes. `start` is until it can take a click "
    "(imports, model); `embed` prepares a tile that was never looked at; `first click` falls on another "
    "such tile, `second click` adds one to the same object, `hover` is the preview under the mouse. Each "
    "answer is a polygon in the raster's CRS, found as the plugin asks for it: refine, requery, zoom. "
    "Medians. The masks of SAM ViT-B with random weights are noise, whose outlines take seconds to draw; so "
    "only what its network does is given: the decoder's part of a click is in the table above."
)
LAYOUT = (("roofs", "tanks", "roofs", "tanks"),) * 4
SHEET_PX, GSD_M, MOST, SEED = 512, 0.3, 4, 8


def add_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("interactive")
    group.add_argument("--objects", type=int, default=6, help="objects clicked with nano (default: 6)")
    group.add_argument("--vit-objects", type=int, default=2, help="the same for ViT-B; 0 leaves it out")


def run(options: Namespace) -> Table:
    """Measure both models, each in a fresh worker with an empty cache."""
    machine = facts(options.threads)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        rng = np.random.default_rng(SEED)
        files = write_scene(mosaic(rng, LAYOUT, SHEET_PX, gsd=GSD_M, most=MOST), folder, rng)
        rows = [_measured("nano", options.model, files.raster, options, options.objects)]
        if options.vit_objects:
            weights = folder / "vit_b.pth"
            torch.save(random_vit_b().module.state_dict(), weights)
            rows.append(
                _measured("sam_vit_b (random)", str(weights), files.raster, options, options.vit_objects)
            )
    ours = rows[0]
    notes = [f"After the first look, a click with nano takes {ours['second click ms']:.0f} ms."]
    settings = {"objects": options.objects, "vit objects": options.vit_objects}
    return Table("interactive", TITLE, ABOUT, rows, notes, settings, machine)


def _measured(name: str, model: str, raster: Path, options: Namespace, count: int) -> dict[str, Any]:
    clicked = name == "nano"
    times: dict[str, list[float]] = {"embed": [], "first click": [], "second click": [], "hover": []}
    with tempfile.TemporaryDirectory() as cache, _worker(cache, options.threads) as talk:
        common = {"model": model, "device": "cpu", "raster": {"path": str(raster)}}
        start = talk.milliseconds("load", common)
        spots = list(places(raster, 2 * count))
        for x, y in spots[count:]:
            times["embed"].append(talk.milliseconds("prepare", {**common, "places": [[x, y]]}))
        for x, y in spots[:count] if clicked else ():
            more = {"fast": True, "embedded_only": True}
            for what, points, options_ in (
                ("first click", [[x, y, 1]], {}),
                ("second click", [[x, y, 1], [x + 2.0, y, 1]], {}),
                ("hover", [[x + 1.0, y + 1.0, 1]], more),
            ):
                asked = {**common, "objects": [_object(points)], **options_}
                times[what].append(talk.milliseconds("ask", asked))
    medians = {
        f"{key} ms": rounded(statistics.median(values)) if values else "–" for key, values in times.items()
    }
    return {"model": name, "start s": rounded(start / 1000), **medians}


def places(raster: Path, count: int) -> Iterator[tuple[float, float]]:
    """Clicks, one a tile of new ground, in the raster's CRS."""
    import geopandas as gpd

    clicks = gpd.read_file(raster.with_name("clicks.gpkg"), layer="points")
    far: list[tuple[float, float]] = []
    for point in clicks.geometry:
        if all(max(abs(point.x - x), abs(point.y - y)) > FAR_M for x, y in far):
            far.append((point.x, point.y))
    return itertools.islice(iter(far), count)


FAR_M = 170.0
"""Clicks so far apart share no tile."""


def _object(points: list[list[float]]) -> dict[str, Any]:
    return {"id": 1, "points": points, "box": None}


class _Talk:
    """Requests to a worker, one after another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._numbers = itertools.count(1)

    def milliseconds(self, method: str, params: dict[str, Any]) -> float:
        """Time until the answer of a request has been read."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the worker has no pipes")
        number, started = next(self._numbers), time.perf_counter()
        self._process.stdin.write(to_line(RequestMessage(number, method, params)))
        self._process.stdin.flush()
        for line in self._process.stdout:
            message = from_line(line)
            if isinstance(message, EventMessage):
                continue
            if isinstance(message, FailureMessage):
                raise RuntimeError(message.message)
            if isinstance(message, ResultMessage) and message.id == number:
                json.dumps(message.result)
                return 1000 * (time.perf_counter() - started)
        raise RuntimeError("the worker ended")


@contextmanager
def _worker(cache: str, threads: int) -> Iterator[_Talk]:
    variables = {**os.environ, "XDG_CACHE_HOME": cache, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "engine.serving.worker"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=variables,
    ) as process:
        yield _Talk(process)
        if process.stdin is not None:
            process.stdin.close()
        process.wait(30)
