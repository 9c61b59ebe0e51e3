"""Damaged rasters and layers, read in a process that may die of them: what the forge runs, many at a time.

A case holds if it ends with pixels or features of the right form, or with one line; within bounds of time and
memory, and without a word of a library on standard error.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from rasterio.crs import CRS

from engine import encode, evaluate, preview, segment
from engine.console import Reporter, library_warnings
from engine.errors import EXIT_CODE, EngineError
from engine.grid import RasterGrid
from engine.models import registry
from engine.reading.points import load_prompts
from engine.reading.raster import RasterSource
from engine.reading.vector import read_layer
from tests.attacks.mutants import mutated_file
from tests.attacks.raster_seeds import SIDE
from tests.fakes import FakeSegmenter
from tests.rasters import NORTH_UP, UTM

CPU_SECONDS, SECONDS = 20, 300
"""A case may not take longer; on a quiet core it is milliseconds."""
MOST_BYTES = 1 << 30
"""Memory that a case may take besides what the libraries take."""
VERB_EACH = 20
"""One case in this many goes through a whole verb."""
IN_C = re.compile(r"libpng (error|warning): |_tiff\w+Proc: |(Warning|Error): Key |internal_proj_\w+: ")
"""What libpng, libtiff, libgeotiff and PROJ print themselves."""
GRID = RasterGrid(SIDE, SIDE, NORTH_UP, CRS.from_string(UTM))
Look = Callable[[Path], None]


class Broken(Exception):
    """A case does not hold."""


def rasters(folder: str, first: int, many: int) -> None:
    """Damage and read rasters."""
    attack(Path(folder), first, many, look_at_raster, raster_verbs)


def points(folder: str, first: int, many: int) -> None:
    """Damage and read layers of clicks."""
    attack(Path(folder), first, many, look_at_points, point_verbs)


def polygons(folder: str, first: int, many: int) -> None:
    """Damage and read layers of polygons."""
    attack(Path(folder), first, many, look_at_polygons, polygon_verbs)


# --- one case -----------------------------------------------------------------------------------------


def attack(
    folder: Path, first: int, many: int, look: Look, verbs: Callable[[Path, Path], Sequence[Any]]
) -> None:
    """Run cases of consecutive numbers, each told in the journal before it begins and after it has ended."""
    registry.load = lambda *given: FakeSegmenter()  # type: ignore[assignment]
    seeds = sorted(json.loads((folder / "seeds.json").read_text()).items())
    said = os.open(folder / "said", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    os.dup2(said, 2)
    roomy = most_used()
    with (folder / "journal").open("a") as journal:
        for number in range(first, first + many):
            name, main = seeds[number % len(seeds)]
            print(json.dumps({"number": number, "seed": name}), file=journal, flush=True)
            path = damaged(folder, name, main, np.random.default_rng([number, len(seeds)]))
            outcome = "broken"
            try:
                outcome = bounded(partial(one, path, folder, number, look, verbs))
                check_said(said)
                roomy = check_memory(roomy)
            except Exception:  # noqa: BLE001 - whatever it is, it is what we look for
                outcome = traceback.format_exc()
                shutil.copytree(folder / "work", folder / "broken" / str(number), dirs_exist_ok=True)
                roomy = most_used()
            os.ftruncate(said, 0)
            print(json.dumps({"outcome": outcome}), file=journal, flush=True)


def damaged(folder: Path, name: str, main: str, rng: np.random.Generator) -> Path:
    """Copy a seed, change one of its files, and return the path to read."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(folder / "seeds" / name, work)
    files = sorted(path for path in work.rglob("*") if path.is_file())
    path = work / main
    chosen = path if path.is_file() and rng.random() < 0.6 else files[int(rng.integers(len(files)))]
    chosen.write_bytes(mutated_file(rng, chosen.read_bytes()))
    return path


def bounded(work: Callable[[], str]) -> str:
    """Do it; the system ends the process if it takes too long, in a library too."""
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    signal.alarm(SECONDS)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)


def one(
    path: Path, folder: Path, number: int, look: Look, verbs: Callable[[Path, Path], Sequence[Any]]
) -> str:
    if number // 7 % VERB_EACH == 0:
        choice = verbs(path, folder)
        return through_verb(*choice[number % len(choice)])
    try:
        with library_warnings(Reporter("read", quiet=True)):
            look(path)
    except EngineError as error:
        check_line(str(error))
        return "refused"
    return "taken"


def check_line(text: str) -> None:
    if not 10 < len(text) < 2000 or "\n" in text:
        raise Broken(f"no line for a person: {text!r}")


def check_said(said: int) -> None:
    """That nothing went to standard error, but what libraries in C print there past all handlers."""
    text = os.pread(said, 1 << 20, 0).decode(errors="replace")
    lines = [line for line in text.splitlines() if not IN_C.match(line)]
    if lines:
        raise Broken(f"said on standard error: {lines[:20]}")


def most_used() -> int:
    """The most memory that was ever in use, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def check_memory(roomy: int) -> int:
    """That little more was taken than ever before; the most that was ever in use, in bytes."""
    most = most_used()
    if most > roomy + MOST_BYTES:
        raise Broken(f"took {(most - roomy) / 2**30:.1f} GiB")
    return max(most, roomy)


# --- what is done with a file -------------------------------------------------------------------------


def look_at_raster(path: Path) -> None:
    """All that the engine asks of a raster."""
    with RasterSource.open(path) as raster:
        grid = raster.grid
        json.dumps([raster.describe(), raster.fingerprint(), grid.metres_per_pixel()], allow_nan=False)
        middle = grid.width / 2, grid.height / 2
        for window in ((0, 0, grid.width, grid.height), (*middle, 40, 40), (-5, middle[1] - 3.5, 20, 20)):
            check_pixels(*raster.read_area(window, 24, 32))
        corners = np.array([[0, 0], [1, 1]]) * (grid.width, grid.height) + [[0.5], [-0.5]]
        if raster.valid_at([*corners, middle, (-1, -1)]).shape != (4,):
            raise Broken("validity of another number of places")
        raster.notes_at([middle])


def check_pixels(rgb: np.ndarray, valid: np.ndarray) -> None:
    if (rgb.shape, rgb.dtype, valid.shape, valid.dtype) != ((24, 32, 3), np.uint8, (24, 32), bool):
        raise Broken(f"pixels of another form: {rgb.shape} {rgb.dtype} {valid.shape} {valid.dtype}")
    if rgb[~valid].any():
        raise Broken("pixels without data are not black")


def look_at_points(path: Path) -> None:
    """All clicks are prompts on the raster, or are rejected for a reason."""
    found = load_prompts(path, GRID)
    for prompt in found.prompts:
        if not (np.isfinite(prompt.xy).all() and GRID.contains(prompt.positives).all()):
            raise Broken(f"a click off the raster: {prompt.xy}")
    if not all(rejected.reason for rejected in found.rejected):
        raise Broken("rejected without a reason")
    if len(found.prompts) + len(found.rejected) == 0:
        raise Broken("nothing was found, and nothing said")


def look_at_polygons(path: Path) -> None:
    """Polygons as boxes, and as they are."""
    layer = read_layer(path, "polygon", target=GRID.crs_wkt)
    if not len(layer.frame):
        raise Broken("nothing was found, and nothing said")
    load_prompts(None, GRID, boxes=path)


# --- whole verbs --------------------------------------------------------------------------------------


def through_verb(main: Callable[[list[str]], int], words: list[str], out: Path) -> str:
    """Run a verb, quietly: its output is whole, or there is a line and nothing else."""
    shutil.rmtree(out.parent, ignore_errors=True)
    out.parent.mkdir()
    code = main([*words, "--quiet"])
    if code == 0:
        if out.suffix == ".gpkg":
            assert len(pyogrio.read_dataframe(out, layer="segments")) > 0
        assert out.stat().st_size > 0
        return "taken"
    text = Path("/proc/self/fd/2").read_text(errors="replace")
    said = [line for line in text.splitlines() if not IN_C.match(line)]
    if code != EXIT_CODE or len(said) != 1:
        raise Broken(f"code {code}, said {text!r}")
    check_line(said[0])
    os.ftruncate(2, 0)
    left = [path.name for path in out.parent.iterdir()]
    if left:
        raise Broken(f"left behind: {left}")
    return "refused"


def raster_verbs(path: Path, folder: Path) -> list[Any]:
    """The verbs that read a raster, with what they take besides."""
    out, given = folder / "out", ["--raster", str(path)]
    clicks, truth = str(folder / "clicks.gpkg"), str(folder / "truth.gpkg")
    return [
        (segment.main, [*given, "--points", clicks, "--out", str(out / "a.gpkg")], out / "a.gpkg"),
        (evaluate.main, [*given, "--reference", truth, "--out", str(out / "a.json")], out / "a.json"),
        (preview.main, [*given, "--polygons", truth, "--out", str(out / "a.png")], out / "a.png"),
        (encode.main, [*given, "--cache", str(out / "a")], out / "a"),
    ]


def point_verbs(path: Path, folder: Path) -> list[Any]:
    """The verb that reads clicks."""
    out, given = folder / "out", ["--raster", str(folder / "scene.tif")]
    return [(segment.main, [*given, "--points", str(path), "--out", str(out / "a.gpkg")], out / "a.gpkg")]


def polygon_verbs(path: Path, folder: Path) -> list[Any]:
    """The verbs that read polygons."""
    out, given = folder / "out", ["--raster", str(folder / "scene.tif")]
    return [
        (segment.main, [*given, "--boxes", str(path), "--out", str(out / "a.gpkg")], out / "a.gpkg"),
        (evaluate.main, [*given, "--reference", str(path), "--out", str(out / "a.json")], out / "a.json"),
        (preview.main, [*given, "--polygons", str(path), "--out", str(out / "a.png")], out / "a.png"),
    ]
