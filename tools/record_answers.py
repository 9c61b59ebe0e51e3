"""Record what the program answers, or compare it with an earlier record.

``python tools/record_answers.py --out answers.json`` writes a record; ``--compare answers.json`` makes a new
one and prints a line per difference. Only public command lines are run, as processes on one thread, so one
script records the program before and after its modules move. ``--root`` names another checkout.

The imagery comes from ``RESAM_DATA``, else from ``../shared/data`` beside the checkout. Durations, dates,
versions and paths are left out. Exit codes: 0 for no difference, 1 for differences, 2 if a command fails.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from differences import summary
from rasterio.windows import Window
from safetensors.numpy import load_file

VOLATILE = {"created", "made", "mtime", "pid", "seconds", "version", "versions"}
"""Keys whose values differ from run to run, or from machine to machine, by nature."""
PROGRESS = {"start", "progress", "estimate", "heartbeat"}
"""Events that tell how far a run is, and how fast."""
HERE = Path(__file__).resolve().parent.parent
SCENES = 3
CROP_PX = 512
"""Side of the part of a scene that serves where a whole scene would take too long."""
CPU = ("--device", "cpu")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
PATIENCE_SECONDS = 120
"""Longest time that the worker may take to end."""

Answers = dict[str, Any]


class RecordError(Exception):
    """The record cannot be made; the message is one line."""


@dataclass(frozen=True)
class Program:
    """A checkout of the project, the imagery, and a folder for what the commands write."""

    root: Path
    data: Path
    work: Path

    def environment(self) -> dict[str, str]:
        """One thread, modules from the checkout, an embedding cache of its own."""
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
        own = {"PYTHONPATH": str(self.root), "RESAM_EMBEDDINGS": str(self.work / "embeddings")}
        return kept | own | ONE_THREAD

    def call(self, module: str, *words: object) -> subprocess.CompletedProcess[str]:
        """Run ``python -m module words`` in the checkout."""
        command = [sys.executable, "-m", module, *map(str, words)]
        return subprocess.run(
            command, cwd=self.root, env=self.environment(), capture_output=True, text=True, check=False
        )

    def worker(self) -> subprocess.Popen[str]:
        """A worker with pipes to talk through."""
        old = (self.root / "engine" / "worker.py").exists()  # where it lay before it had a room
        return subprocess.Popen(
            [sys.executable, "-m", "engine.worker" if old else "engine.serving.worker"],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, module: str, *words: object) -> str:
        """The command's stdout; RecordError if it fails."""
        done = self.call(module, *words)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise RecordError(f"{module} exited with {done.returncode}: {last}")
        return done.stdout

    def plain(self, value: Any) -> Any:
        """JSON types without volatile keys, non-finite numbers, and paths of this machine."""
        if isinstance(value, Mapping):
            return {str(key): self.plain(item) for key, item in value.items() if key not in VOLATILE}
        if isinstance(value, list | tuple | np.ndarray):
            return [self.plain(item) for item in value]
        if isinstance(value, str):
            for folder, name in ((self.work, "WORK"), (self.data, "DATA"), (self.root, "ROOT")):
                value = value.replace(str(folder), name)
            return value
        if isinstance(value, np.generic):
            return self.plain(value.item())
        if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
            return None
        return value if isinstance(value, bool | int | float) else str(value)

    def events(self, stdout: str) -> list[Any]:
        """The JSON events of a run, without its progress."""
        events = [json.loads(line) for line in stdout.splitlines()]
        return [self.plain(event) for event in events if event["event"] not in PROGRESS]


def layer_answer(program: Program, path: Path, layer: str | None = None) -> Answers:
    """A vector layer: the hash of all its geometries and values in order, and the same as numbers."""
    frame = gpd.read_file(path, **({} if layer is None else {"layer": layer}))
    digest, objects = hashlib.sha256(), []
    for fields, shape in zip(frame.drop(columns="geometry").to_dict("records"), frame.geometry, strict=True):
        values = program.plain(fields)
        digest.update(b"" if shape is None else shapely.to_wkb(shape, byte_order=1))
        digest.update(json.dumps(values).encode())
        corners = [] if shape is None else shapely.get_coordinates(shape).ravel().tolist()
        area = 0.0 if shape is None else float(shape.area)
        objects.append({"area": area, "fields": values, "coordinates": corners})
    crs = None if frame.crs is None else frame.crs.to_string()
    return {"sha256": digest.hexdigest(), "count": len(frame), "crs": crs, "objects": objects}


def adapter_answer(program: Program, folder: Path) -> Answers:
    """An adapter's weights, as one hash and by tensor, its card and its pictures."""
    digest, tensors = hashlib.sha256(), {}
    for name, values in sorted(load_file(folder / "adapter_model.safetensors").items()):
        digest.update(f"{name} {values.dtype} {values.shape}".encode() + values.tobytes())
        exact = values.astype(np.float64)
        tensors[name] = {"sum": exact.sum(), "norm": np.linalg.norm(exact), "largest": np.abs(exact).max()}
    found = {"tensors": tensors, "card": json.loads((folder / "card.json").read_text("utf-8"))}
    pictures = {path.name: file_hash(path) for path in sorted(folder.glob("*.png"))}
    return {"sha256": digest.hexdigest(), "pictures": pictures, **program.plain(found)}


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def raster_hash(path: Path) -> str:
    """SHA-256 of a raster's pixels and of where they lie."""
    with rasterio.open(path) as raster:
        place = f"{raster.crs} {tuple(raster.transform)} {raster.dtypes} {raster.nodata}"
        return hashlib.sha256(place.encode() + raster.read().tobytes()).hexdigest()


@dataclass(frozen=True)
class Files:
    """A raster with its clicks and its true polygons."""

    raster: Path
    points: Path
    objects: Path

    @classmethod
    def made_in(cls, folder: Path) -> Files:
        """The files of a generated scene, by the names that the demo gives them."""
        return cls(folder / "scene.tif", folder / "clicks.gpkg", folder / "objects.gpkg")


def smallest_roofs(data: Path) -> list[Files]:
    """The smallest scenes of ``roofs``, by the raster's size."""
    paths = sorted((data / "roofs").glob("*.tif"), key=lambda path: (path.stat().st_size, path.name))
    if len(paths) < SCENES:
        raise RecordError(f"{data}: has no {SCENES} scenes in roofs; set RESAM_DATA to the imagery's folder")
    return [Files(path, path.with_suffix(".gpkg"), path.with_suffix(".gpkg")) for path in paths[:SCENES]]


def crop(files: Files, folder: Path) -> Files:
    """The square of ``CROP_PX`` around the median click, with the clicks and whole objects in it."""
    folder.mkdir()
    made = Files.made_in(folder)
    with rasterio.open(files.raster) as raster:
        points = gpd.read_file(files.points, layer="points").to_crs(raster.crs)
        objects = gpd.read_file(files.objects, layer="objects").to_crs(raster.crs)
        row, column = raster.index(points.geometry.x.median(), points.geometry.y.median())
        left = int(np.clip(column - CROP_PX // 2, 0, raster.width - CROP_PX))
        top = int(np.clip(row - CROP_PX // 2, 0, raster.height - CROP_PX))
        window = Window(left, top, CROP_PX, CROP_PX)
        profile = {key: raster.profile[key] for key in ("driver", "dtype", "count", "crs", "nodata")}
        profile |= {"width": CROP_PX, "height": CROP_PX, "transform": raster.window_transform(window)}
        area = shapely.box(*raster.window_bounds(window))
        with rasterio.open(made.raster, "w", **profile) as out:
            out.write(raster.read(window=window))
    points[points.within(area)].to_file(made.points, layer="points")
    objects[objects.within(area)].to_file(made.objects, layer="objects")
    return made


def segment_answer(program: Program, files: Files, *words: object, out: str = "out.gpkg") -> Answers:
    """One run of ``segment``: its events, its layer, and its record of the run if the format holds one."""
    path = program.work / out
    asked = ("--raster", files.raster, "--out", path, "--overwrite", "--json", *CPU, *words)
    events = program.events(program.run("engine.segment", *asked))
    if path.suffix != ".gpkg":
        return {"events": events, "layer": layer_answer(program, path)}
    run = json.loads(pyogrio.read_dataframe(path, layer="resam_run")["run"][0])
    return {"events": events, "layer": layer_answer(program, path, "segments"), "run": program.plain(run)}


def segment_answers(
    program: Program, scenes: Sequence[Files], parts: Sequence[Files], adapter: Path
) -> Answers:
    """The smallest scene whole, parts of others; other settings, prompts, bands and formats on less."""
    asked = [scenes[0], *parts]
    found = {f"roofs {n}": segment_answer(program, f, "--points", f.points) for n, f in enumerate(asked, 1)}
    words: tuple[object, ...] = ("--points", parts[0].points, "--adapter", adapter)
    found["adapted"] = segment_answer(program, parts[0], *words)
    tree = program.data / "urban_trees" / "claremont_2020_54.tif"
    trees = Files(tree, tree.with_suffix(".geojson"), tree)
    bare = ("--no-refine", "--no-requery", "--no-zoom", "--allow-overlap", "--simplify", 0, "--min-area", 20)
    words = ("--points", trees.points, "--bands", 4, 1, 2)
    found["infrared, bare"] = segment_answer(program, trees, *words, *bare, out="out.fgb")
    labels = program.data / "multiband" / "spacenet_geotiff_labels.geojson"
    sixteen = Files(labels.with_name("spacenet_sample_geotiff.tif"), labels, labels)
    words = ("--boxes", labels, "--shape", "right-angled")
    found["16 bits, squared boxes"] = segment_answer(program, sixteen, *words, out="out.geojson")
    return found


def demo_answer(program: Program, folder: Path, *words: object) -> Answers:
    """One run of the demo: scenes, clicks, polygons, numbers, pictures, and the adapter if there is one."""
    program.run("training.demo", "--out", folder, "--threads", 1, *words)
    answer: Answers = {"picture": file_hash(folder / "picture.jpg")}
    answer["report"] = program.plain(json.loads((folder / "report.json").read_text("utf-8")))
    answer["polygons"] = layer_answer(program, folder / "polygons.gpkg", "segments")
    for place in (folder, folder / "radar"):
        if place.is_dir():
            layers = {name: layer_answer(program, place / f"{name}.gpkg") for name in ("clicks", "objects")}
            answer[f"{place.name} scene"] = layers | {"raster": raster_hash(place / "scene.tif")}
    if (folder / "adapter").is_dir():
        answer["adapter"] = adapter_answer(program, folder / "adapter")
    return answer


def demo_answers(program: Program) -> Answers:
    """A small aerial scene, and the radar scene, adapted to and segmented."""
    small = program.work / "small"
    found = {"small": demo_answer(program, small, "--sheets", 1)}
    radar = Files.made_in(small / "radar")
    words = ("--points", radar.points, "--adapter", small / "adapter")
    found["radar, adapted"] = segment_answer(program, radar, *words)
    return found


def train_answer(program: Program, part: Files, out: Path) -> Answers:
    """A short run of ``train`` on part of a scene, judged by outlines; the adapter stays in its folder."""
    words = ("--raster", part.raster, "--points", part.points, "--reference", part.objects, "--json", *CPU)
    # The demo trains by the default preset.
    length = ("--clicks-holdout", 0.25, "--epochs", 2, "--seed", 3, "--preset", "paper")
    stdout = program.run("engine.train", *words, *length, "--threads", 1, "--out", out)
    return {"events": program.events(stdout), "adapter": adapter_answer(program, out)}


def evaluate_answer(program: Program, files: Files, *words: object) -> Answers:
    """One run of ``evaluate``: its events and its report."""
    out = program.work / "evaluation.json"
    asked = ("--raster", files.raster, "--points", files.points, "--reference", files.objects, *CPU)
    stdout = program.run("engine.evaluate", *asked, "--out", out, "--json", *words)
    report = program.plain(json.loads(out.read_text("utf-8")))
    return {"events": program.events(stdout), "report": report}


def refusals(program: Program, part: Files) -> Answers:
    """What bad input gets: the exit code and the line."""
    good = ("--raster", part.raster, "--out", program.work / "none.gpkg", "--points", part.points)
    asked: dict[str, tuple[object, ...]] = {
        "no such raster": (*good, "--raster", "none.tif"),
        "no such layer": (*good, "--points-layer", "none"),
        "unknown option": (*good, "--none"),
    }
    done = {name: program.call("engine.segment", *words) for name, words in asked.items()}
    return {name: {"code": d.returncode, "said": program.plain(d.stderr)} for name, d in done.items()}


def worker_requests(scene: Files, part: Files, adapter: Path) -> list[tuple[str, Answers]]:
    """The fixed talk: methods with their parameters, in order."""
    points = gpd.read_file(part.points).geometry
    places = [[point.x, point.y] for point in points[:3]]
    clicks = [{"id": n + 1, "points": [[*place, 1]]} for n, place in enumerate(places)]
    negative = {"id": 1, "points": [[*places[0], 1], [*places[1], 0]]}
    box = list(gpd.read_file(part.objects).geometry[0].bounds)
    at = {"raster": {"path": str(part.raster)}, "device": "cpu"}
    one, far = {**at, "objects": clicks[:1]}, {"id": 1, "points": [[0, 0, 1]]}
    other = gpd.read_file(scene.points, layer="points").geometry[0]
    elsewhere = {"raster": {"path": str(scene.raster)}, "device": "cpu", "embedded_only": True}
    return [
        ("load", {"model": "nano", "device": "cpu"}),
        ("prepare", {**at, "places": places[:1]}),
        ("prepare", {**at, "places": places[:1], "around": 1, "give_way": True}),
        ("ask", one),
        ("ask", {**one, "fast": True}),
        ("ask", {**at, "objects": clicks}),
        ("ask", {**at, "objects": [negative]}),
        ("ask", {**at, "objects": [{"id": 4, "points": [], "box": box}]}),
        ("ask", {**at, "objects": [{"id": 5, "points": [[*places[0], 0]], "box": box}]}),
        ("candidates", {**at, "object": clicks[0]}),
        ("ask", {**one, "polygons": {"shape": "right-angled", "simplify_px": 2.0}}),
        ("ask", {**elsewhere, "objects": [{"id": 1, "points": [[other.x, other.y, 1]]}]}),
        ("ask", {**one, "adapter": str(adapter)}),
        ("status", {}),
        ("ask", {**at, "objects": [{"id": 1, "points": [[*places[0], 0]]}]}),
        ("ask", {**at, "objects": [far]}),
        ("ask", {**at, "raster": {"path": "none.tif"}, "objects": []}),
        ("ask", {}),
        ("dance", {}),
        ("cancel", {"request": 99}),
        ("clear_cache", {}),
        ("shutdown", {}),
    ]


def worker_answers(program: Program, requests: Sequence[tuple[str, Answers]]) -> Answers:
    """Talk with a worker, one request after another, after a line without a message."""
    lines = ["garbage"]
    lines += [json.dumps({"id": n, "method": m, "params": p}) for n, (m, p) in enumerate(requests, 1)]
    names = ["garbage", *(f"{n:02} {method}" for n, (method, _) in enumerate(requests, 1))]
    with program.worker() as running:
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            answers: Answers = {"hello": program.plain(json.loads(running.stdout.readline()))}
            for name, line in zip(names, lines, strict=True):
                running.stdin.write(line + "\n")
                running.stdin.flush()
                answers[name] = program.plain(worker_reply(running.stdout))
            return answers | {"exit": running.wait(PATIENCE_SECONDS)}
        except (BrokenPipeError, subprocess.TimeoutExpired) as error:
            raise RecordError(f"engine.worker: {error}") from error
        finally:
            running.kill()


def worker_reply(lines: Iterable[str]) -> Any:
    """The next message other than an event."""
    for line in lines:
        message = json.loads(line)
        if "event" not in message:
            return message
    raise RecordError("engine.worker ended before it answered")


def record(root: Path, data: Path) -> Answers:
    """All answers of a checkout."""
    scenes = smallest_roofs(data)
    with tempfile.TemporaryDirectory() as folder:
        program = Program(root, data, Path(folder).resolve())
        parts = [crop(scene, program.work / scene.raster.stem) for scene in scenes[1:]]
        part, adapter = parts[0], program.work / "adapter"
        return {
            "train": train_answer(program, part, adapter),
            "segment": segment_answers(program, scenes, parts, adapter),
            "worker": worker_answers(program, worker_requests(scenes[2], part, adapter)),
            "evaluate": evaluate_answer(program, part),
            "demo": demo_answers(program),
            "refused": refusals(program, part),
        }


def main() -> int:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, metavar="JSON", help="file to write the record to")
    parser.add_argument("--compare", type=Path, metavar="JSON", help="an earlier record")
    parser.add_argument("--root", type=Path, default=HERE, help="checkout to record (default: this one)")
    options = parser.parse_args()
    if options.out is None and options.compare is None:
        parser.error("give --out, --compare or both")
    root = options.root.resolve()
    data = Path(os.environ.get("RESAM_DATA") or root.parent / "shared" / "data").resolve()
    started = time.monotonic()
    try:
        old = None if options.compare is None else json.loads(options.compare.read_text("utf-8"))
        new = json.loads(json.dumps(record(root, data)))
        if options.out is not None:
            options.out.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    except (RecordError, OSError, ValueError) as error:
        print(f"record_answers: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    lines = [] if old is None else summary(old, new)
    done = "recorded" if old is None else f"{len(lines)} differences"
    print("\n".join([*lines, f"{done}, {time.monotonic() - started:.0f} s"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
