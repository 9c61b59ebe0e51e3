"""How steady adapting is with few clicks: ``python -m training.benchmark.few_clicks --folder DIR --out DIR``.

Each scene is adapted to from 10, 20 and 40 of its clicks, ten times with other clicks and another order, and
judged on a fixed share of its objects that no run learns from, in the engine's way. What counts is the worst
of the seeds. A line a run goes to ``runs.jsonl`` as it is done, so that the command can be stopped and
started again; the table goes to ``table.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError, EngineError
from engine.options import model_loader
from engine.reading.raster import RasterSource
from engine.reading.vector import read_layer
from training import progress
from training.adapt.estimate import signals
from training.adapt.options import PRESETS, AdaptOptions, RunOptions
from training.adapt.recipe import adapt
from training.adapt.sources import TrainRequest
from training.benchmark.evalsets import of_class
from training.results import add_lines, check_folder, check_same, go_on_with, run_all, write_whole
from training.run_lock import alone

ROWS = "runs.jsonl"
JUDGED = 0.4
"""Share of a scene's objects that are never learned from."""
FEWEST_JUDGED = 5
JUDGE_STREAM, CLICK_STREAM = 21, 22


@dataclass(frozen=True)
class Task:
    """One adaptation: a scene, a number of clicks, and a seed."""

    scene: str
    clicks: int
    seed: int

    def __str__(self) -> str:
        return f"{self.scene}, {self.clicks} clicks, seed {self.seed}"


@dataclass(frozen=True)
class Run:
    """What one adaptation did to the judged objects of its scene: mean IoU before and after.

    Attributes:
        signals: what their answers say of it without the truth, by the names of
            :class:`training.adapt.estimate.Signals`; rows from before they were kept have none.
    """

    scene: str
    clicks: int
    seed: int
    judged: int
    before: float
    after: float
    signals: Mapping[str, float] = field(default_factory=dict)


def chosen(count: int, clicks: int, seed: int, scene: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows of the objects to judge on, the same for all seeds, and of those to learn from.

    Returns:
        None if the scene has too few objects.
    """
    everyone = np.random.default_rng((JUDGE_STREAM, scene)).permutation(count)
    judged = everyone[: round(count * JUDGED)]
    others = np.random.default_rng((CLICK_STREAM, scene, seed)).permutation(everyone[len(judged) :])
    if len(judged) < FEWEST_JUDGED or len(others) < clicks:
        return None
    return judged, others[:clicks]


def run_task(
    task: Task, folder: Path, out: Path, model: str, options: AdaptOptions, only: str | None
) -> Run | None:
    """Adapt once; None if the scene has too few objects."""
    path = folder / f"{task.scene}.tif"
    points, objects = _layers(path, only)
    found = chosen(len(points), task.clicks, task.seed, _number(task.scene))
    if found is None:
        return None
    progress.say(f"{task}: begun")
    judged, learned = found
    layers = out / f"{task.scene}-{task.clicks}-{task.seed}.gpkg"
    # Those with an outline are held out first, and only the judged ones have theirs here.
    points.iloc[np.concatenate([judged, learned])].to_file(layers, layer="points")
    inside = objects.sindex.query(points.geometry.iloc[judged], predicate="within")[1]
    objects.iloc[np.unique(inside)].to_file(layers, layer="objects")
    request = TrainRequest(
        rasters=(str(path),),
        points=layers,
        layer="points",
        out=out / layers.stem,
        model=model,
        reference=layers,
        reference_layer="objects",
        holdout=len(judged) / (len(judged) + len(learned)),
        seed=task.seed,
    )
    loader = model_loader(SegmentConfig(model=model, device="cpu"), threads=1)
    run_options = RunOptions("python -m training.benchmark.few_clicks", overwrite=True)
    outcome = adapt(request, options, run_options, loader, Reporter("few_clicks", quiet=True))
    evaluation = outcome.evaluation
    if evaluation is None or not evaluation.before.iou:
        raise ConfigError(f"{path}: no judged click lies in a true polygon")
    layers.unlink()
    before, after = (
        float(np.mean(list(figures.iou.values()))) for figures in (evaluation.before, evaluation.after)
    )
    said = signals(evaluation.before.answers, evaluation.after.answers).to_dict()
    return Run(task.scene, task.clicks, task.seed, len(evaluation.before.iou), before, after, said)


def _layers(path: Path, only: str | None) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    layers = path.with_suffix(".gpkg")
    with RasterSource.open(str(path)) as raster:
        target = raster.grid.crs_wkt
    points = read_layer(layers, "point", layer="points", target=target).frame
    objects = read_layer(layers, "polygon", layer="objects", target=target).frame
    if only is None:
        return points, objects
    return of_class(points, only, layers), of_class(objects, only, layers)


def _number(scene: str) -> int:
    """A number that follows from a scene's name, on every machine."""
    return int.from_bytes(scene.encode()[-6:], "big")


def table(runs: Sequence[Run]) -> str:
    """Markdown: by scene and clicks the mean, worst and best change over the seeds, in points of IoU."""
    columns = ["scene", "clicks", "judged", "seeds", "before", "mean change", "worst", "best"]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for scene, clicks in sorted({(run.scene, run.clicks) for run in runs}):
        mine = [run for run in runs if (run.scene, run.clicks) == (scene, clicks)]
        before = 100 * float(np.mean([run.before for run in mine]))
        lines.append(
            f"| {scene} | {clicks} | {mine[0].judged} | {len(mine)} | {before:.1f} | {_spread(mine)} |"
        )
    for clicks in sorted({run.clicks for run in runs}):
        mine = [run for run in runs if run.clicks == clicks]
        lines.append(f"| all | {clicks} | | {len(mine)} | | {_spread(mine)} |")
    return "\n".join(lines)


def _spread(runs: Iterable[Run]) -> str:
    changes = 100 * np.array([run.after - run.before for run in runs])
    return f"{changes.mean():+.1f} | {changes.min():+.1f} | {changes.max():+.1f}"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.few_clicks", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="GeoTIFFs with GeoPackages of their names")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clicks", type=count, nargs="+", default=[10, 20, 40], help="to learn from")
    parser.add_argument("--seeds", type=count, default=10, help="draws of the clicks, and orders")
    parser.add_argument("--only", metavar="CLASS", help="clicks and objects of this class alone")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--preset", choices=sorted(PRESETS), default="default")
    parser.add_argument("--rank", type=count, help="of the updates (default: the preset's)")
    parser.add_argument("--rate", type=float, help="peak learning rate (default: the preset's)")
    parser.add_argument(
        "--every", type=count, default=1, metavar="N", help="every Nth scene by name; 2: the training scenes"
    )
    parser.add_argument("--workers", type=count, default=2)
    options = parser.parse_args(argv)
    work = alone(options.out, "--out", partial(_work, options))
    return run_command(work, Reporter("few_clicks"), "interrupted; run it again to continue")


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    rows = options.out / ROWS
    check_folder(rows)
    scenes = [path.stem for path in sorted(options.folder.glob("*.tif"))][:: options.every]
    if not scenes:
        raise ConfigError(f"{options.folder}: no GeoTIFFs in it; check --folder")
    identity = {name: getattr(options, name) for name in ("model", "preset", "rank", "only")}
    if options.rate is not None:  # Folders say nothing of it that are older than the option.
        identity["rate"] = options.rate
    check_same(options.out / "setting.json", identity, "--out")
    runs = [Run(**entry) for entry in go_on_with(rows)]
    done = {Task(run.scene, run.clicks, run.seed) for run in runs}
    tasks = [
        Task(scene, clicks, seed)
        for seed in range(options.seeds)
        for clicks in options.clicks
        for scene in scenes
    ]
    failed: list[str] = []

    def keep(task: Task, future: Future[Run | None]) -> None:
        reporter.advance(1)
        try:
            run = future.result()
        except EngineError as error:
            failed.append(f"{task}: {error}")
            return
        if run is not None:
            runs.append(run)
            add_lines(rows, [asdict(run)])

    waiting = [task for task in tasks if task not in done]
    reporter.start(len(waiting), "runs")
    work = partial(
        run_task,
        folder=options.folder,
        out=options.out,
        model=options.model,
        options=_adapt_options(options),
        only=options.only,
    )
    run_all(work, waiting, options.workers, keep, lambda text: reporter.event("run", text))
    if not runs:
        raise ConfigError(f"{options.folder}: no scene has enough objects{'; '.join(['', *failed])}")
    text = table(runs)
    write_whole(options.out / "table.md", text + "\n")
    print(text)
    if failed:
        raise ConfigError(f"{len(failed)} runs have no row, the others have: {'; '.join(sorted(failed))}")


def _adapt_options(options: argparse.Namespace) -> AdaptOptions:
    preset = PRESETS[options.preset].with_rank(options.rank)
    return preset if options.rate is None else replace(preset, rate=options.rate)


if __name__ == "__main__":
    sys.exit(main())
