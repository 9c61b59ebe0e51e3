"""Adapter or base, object by object: ``python -m training.benchmark.surer_answers``.

The held-out objects of scenes that :mod:`training.benchmark.own_scenes` made adapters for are answered with
and without these, in the engine's way, from one click and from several: with the adapter as strong as the
engine lets it be on objects of that many clicks, and fully. A line an object goes to ``objects.jsonl``; the
table says what the adapter gains, and what choosing by the score would, with paired intervals.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from engine.metrics import bootstrap_interval, polygon_agreement
from engine.models.lora import without_adapter
from engine.models.strength import FULL
from engine.options import model_loader
from engine.reading.points import Prompt
from engine.reading.vector import read_layer
from engine.stages.pipeline import Job, Segment, plan_jobs, run_jobs
from training.adapt.sources import TrainingRaster, TrainRequest, open_sources
from training.benchmark.protocols import draw_clicks, rasterized
from training.results import add_lines, check_folder, go_on_with, run_all, write_whole
from training.run_lock import alone

if TYPE_CHECKING:
    from engine.models.base import Segmenter

ROWS = "objects.jsonl"
MARGINS = (0.0, 0.02, 0.05, 0.1)
"""By how much the base's score must be higher, in the columns of the table."""
CLICK_STREAM = 11
WAYS = ("adapted", "fully", "base")
Row = Mapping[str, Any]


def run_scene(path: Path, adapters: Path, clicks: Sequence[int]) -> list[dict[str, Any]]:
    """A row for each held-out object and number of clicks: score and IoU of its answers."""
    setting = json.loads((adapters / "setting.json").read_text(encoding="utf-8"))
    only = setting["only"]
    layers = path.with_suffix(".gpkg") if only is None else adapters / f"{path.stem}-{only}.gpkg"
    request = TrainRequest(
        rasters=(str(path),),
        points=layers,
        layer="points",
        out=adapters / path.stem,
        holdout=setting["holdout"],
        seed=setting["seed"],
        reference=layers,
        reference_layer="objects",
    )
    config = SegmentConfig(model=setting["model"], device="cpu", adapter=str(adapters / path.stem))
    with ExitStack() as stack:
        (source,) = open_sources(request, stack, Reporter("surer_answers", quiet=True))
        model = model_loader(config, threads=1)()
        truth = _truth(layers, source)
        return [
            {"scene": path.stem, "clicks": number, **row}
            for number in clicks
            for row in _answered(model, source, truth, number, config)
        ]


def _truth(layers: Path, source: TrainingRaster) -> dict[int, Any]:
    """The true outline of every object, in raster pixels, by the number of its prompt."""
    target = source.raster.grid.crs_wkt
    frame = read_layer(layers, "polygon", layer="objects", target=target).frame
    shapes = shapely.transform(shapely.force_2d(frame.geometry.to_numpy()), source.raster.grid.to_pixel)
    tree = shapely.STRtree(shapely.make_valid(shapes))
    found = {}
    for prompt in (*source.held_out.prompts, *source.learned.prompts):
        hits = tree.query(shapely.Point(prompt.anchor), predicate="within")
        if len(hits):
            found[prompt.prompt_id] = min((tree.geometries[hit] for hit in hits), key=shapely.area)
    return found


def _answered(
    model: Segmenter, source: TrainingRaster, truth: Mapping[int, Any], clicks: int, config: SegmentConfig
) -> Iterator[dict[str, Any]]:
    jobs = list(_jobs(model, source, truth, clicks))
    fully = replace(config, refine=replace(config.refine, strengths=(FULL,)))
    answers = [_by_object(run_jobs(jobs, source.raster, model, one)) for one in (config, fully)]
    with without_adapter(model):
        answers.append(_by_object(run_jobs(jobs, source.raster, model, config)))
    for number in sorted(answers[0].keys() & truth.keys()):
        row: dict[str, Any] = {"object": number}
        for way, found in zip(WAYS, answers, strict=True):
            agreed = polygon_agreement(found[number].geometry, truth[number])
            row[way] = [round(found[number].score, 4), 0.0 if agreed is None else round(agreed[0], 4)]
        yield row


def _by_object(segments: Iterable[Segment]) -> dict[int, Segment]:
    return {segment.prompt_id: segment for segment in segments}


def _jobs(model: Segmenter, source: TrainingRaster, truth: Mapping[int, Any], clicks: int) -> Iterator[Job]:
    """The held-out objects' tiles; the other clicks are there as neighbours."""
    mine = {prompt.prompt_id for prompt in source.held_out.prompts}
    everyone = (*source.held_out.prompts, *source.learned.prompts)
    prompts = sorted((_clicked(p, truth, clicks, source) for p in everyone), key=lambda p: p.prompt_id)
    for job in plan_jobs(prompts, source.raster.grid, model.image_size, SegmentConfig().tiles):
        own = tuple(prompt for prompt in job.own if prompt.prompt_id in mine)
        if own:
            others = tuple(prompt for prompt in job.own if prompt.prompt_id not in mine)
            yield replace(job, own=own, context=(*others, *job.context))


def _clicked(prompt: Prompt, truth: Mapping[int, Any], clicks: int, source: TrainingRaster) -> Prompt:
    """The object's own click, and further ones drawn in its true outline."""
    if clicks == 1 or prompt.prompt_id not in truth:
        return prompt
    grid, patch = source.raster.grid, rasterized(truth[prompt.prompt_id])
    if not patch.mask.any():
        return prompt
    seed = (CLICK_STREAM, prompt.prompt_id)
    xy, labels = draw_clicks(patch, (grid.height, grid.width), clicks - 1, 0, seed)
    return replace(prompt, xy=np.concatenate([prompt.xy, xy]), labels=np.concatenate([prompt.labels, labels]))


def table(rows: Sequence[Row]) -> str:
    """Markdown: mean IoU with and without adapter, of the surer by margin, and of the better one."""
    surer = [f"surer by {margin:g}" for margin in MARGINS]
    columns = [
        "clicks",
        "objects",
        "base",
        "adapted, above base",
        "fully, above base",
        *surer,
        "the better one",
    ]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for clicks in sorted({row["clicks"] for row in rows}):
        mine = [row for row in rows if row["clicks"] == clicks]
        adapted, fully, base = (np.array([row[way] for row in mine]).T for way in WAYS)
        changes = [adapted[1] - base[1], fully[1] - base[1]]
        changes += [np.where(base[0] > adapted[0] + margin, 0, adapted[1] - base[1]) for margin in MARGINS]
        changes.append(np.maximum(adapted[1] - base[1], 0))
        cells = " | ".join(_change(change * 100) for change in changes)
        lines.append(f"| {clicks} | {len(mine)} | {base[1].mean() * 100:.1f} | {cells} |")
    return "\n".join(lines)


def _change(values: np.ndarray) -> str:
    low, high = bootstrap_interval(values, np.random.default_rng(0))
    return f"{values.mean():+.1f} ({low:+.1f} to {high:+.1f})"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.surer_answers", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the scenes")
    parser.add_argument("--adapters", type=Path, required=True, help="--out of own_scenes for them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clicks", type=count, nargs="+", default=[1, 3], help="on every object")
    parser.add_argument("--workers", type=count, default=2)
    options = parser.parse_args(argv)
    work = alone(options.out, "--out", lambda reporter: _work(options))
    return run_command(work, Reporter("surer_answers"), "interrupted; run it again to continue")


def _work(options: argparse.Namespace) -> None:
    path = options.out / ROWS
    check_folder(path)
    made = {card.parent.name for card in options.adapters.glob("*/card.json")}
    scenes = [scene for scene in sorted(options.folder.glob("*.tif")) if scene.stem in made]
    if not scenes or not (options.adapters / "setting.json").is_file():
        raise ConfigError(
            f"{options.adapters}: no adapters of the scenes in {options.folder}; make them with "
            "python -m training.benchmark.own_scenes"
        )
    rows = go_on_with(path)
    done = {row["scene"] for row in rows}

    def keep(scene: Path, future: Future[list[dict[str, Any]]]) -> None:
        found = future.result()
        add_lines(path, found)
        rows.extend(found)

    work = partial(run_scene, adapters=options.adapters, clicks=options.clicks)
    run_all(work, [scene for scene in scenes if scene.stem not in done], options.workers, keep)
    text = table(rows)
    write_whole(options.out / "table.md", text + "\n")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
