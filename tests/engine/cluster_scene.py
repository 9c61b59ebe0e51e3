"""A raster of many tiles, workers with a fake model, and schedulers, for the tests of clusters."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from engine.writing.shards import folder_of
from tests.engine.cli_scene import ROOT
from tests.fakes import Box, painted
from tests.rasters import NORTH_UP, UTM, write_raster

FAKE_MODEL = """
import os, sys, time
from engine.models import registry
from tests.fakes import FakeSegmenter
class Slow(FakeSegmenter):
    def encode(self, image):
        time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
        return super().encode(image)
registry.load = lambda *given: Slow()
"""
"""What a process begins with whose models are all the fake one."""
COMMAND = FAKE_MODEL + (
    "from importlib import import_module\n"
    "if __name__ == '__main__':\n"
    "    sys.exit(import_module('engine.' + sys.argv[1]).main(sys.argv[2:]))\n"
)
"""A command line; the processes that it starts read this file too."""
WORKER = """
import asyncio
from distributed import Worker
async def main():
    async with Worker(sys.argv[1], nthreads=1, host="127.0.0.1", dashboard=False) as worker:
        await worker.finished()
asyncio.run(main())
"""
SCHEDULER = """
import asyncio, sys
from distributed import Scheduler
async def main():
    dashboard = "127.0.0.1:0"
    async with Scheduler(host="127.0.0.1", port=int(sys.argv[1]), dashboard_address=dashboard) as scheduler:
        await scheduler.finished()
asyncio.run(main())
"""
OTHER_VERSION = """
from engine import versions
found = versions.all_versions()
versions.all_versions = lambda: {**found, "shapely": "1.8.5"}
"""
Process = subprocess.Popen[bytes]


def write_large(folder: Path) -> Path:
    """A raster of many tiles of the fake model, with an object and a click in each."""
    corners = [(x, y) for x in range(20, 580, 80) for y in range(20, 580, 80)]
    boxes: list[Box] = [(x, y, x + 36, y + 28) for x, y in corners]
    write_raster(folder / "scene.tif", painted((600, 600), [(box, 220) for box in boxes]))
    places = np.array([(x + 18.0, y + 14.0) for x, y in corners])
    world = np.column_stack([NORTH_UP.c + NORTH_UP.a * places[:, 0], NORTH_UP.f + NORTH_UP.e * places[:, 1]])
    notes = {"note": [f"n{number}" for number in range(len(places))]}
    gpd.GeoDataFrame(notes, geometry=shapely.points(world), crs=UTM).to_file(folder / "clicks.gpkg")
    return folder


def geometries(path: Path) -> list[bytes]:
    """Every geometry of a GeoParquet file, in its order."""
    return [bytes(wkb) for wkb in shapely.to_wkb(gpd.read_parquet(path).geometry.to_numpy())]


@contextmanager
def scheduler(port: int) -> Iterator[Process]:
    """A scheduler at a port of the loopback address."""
    with _process(SCHEDULER, str(port)) as process:
        until(lambda: _answers(port))
        yield process


@contextmanager
def worker(port: int, before: str = "", folder: Path = ROOT, seconds: float = 0.0) -> Iterator[Process]:
    """A worker with the fake model.

    Args:
        before: lines that its program begins with.
        folder: it runs there.
        seconds: that the model takes for a tile.
    """
    with _process(before + FAKE_MODEL + WORKER, f"tcp://127.0.0.1:{port}", folder, seconds) as process:
        yield process


@contextmanager
def _process(program: str, argument: str, folder: Path = ROOT, seconds: float = 0.0) -> Iterator[Process]:
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "FAKE_SECONDS": str(seconds)}
    command = [sys.executable, "-c", program, argument]
    with subprocess.Popen(command, env=variables, cwd=folder, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port() -> int:
    """A port of the loopback address that nobody listens at."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def until_shards(out: Path, count: int = 1) -> None:
    """Wait until so many shards of an output are there."""
    until(lambda: len(list(folder_of(out).glob("[0-9]*.parquet"))) >= count)


def until(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("it never came true")
        time.sleep(0.02)


def _answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0
